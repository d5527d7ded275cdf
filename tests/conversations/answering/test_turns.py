"""Answers of one person keep nobody else's waiting."""

from common.pools import REQUESTS
from tests.support.socket import connect


async def test_requests_of_a_person_are_built_one_at_a_time(site, ada, grace):
    site.script(match="tide", text="At noon.")
    own, other = await connect(ada), await connect(grace)
    async with REQUESTS.turn_async(ada.pk):
        await own.ask("Rising tide?")
        await own.until("response.queued")
        await other.ask("Rising tide?")
        await other.until_end()
        assert len(site.bodies()) == 1
    await own.until_end()
    assert len(site.bodies()) == 2
    for socket in (own, other):
        await socket.close()
