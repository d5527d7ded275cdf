"""A database that falls silent, because its machine hangs or a firewall drops its packets."""

import asyncio
from collections.abc import Iterator

import aiohttp
import pytest

from chatsite.settings import _database
from tests.support.network import Network, network_to
from tests.support.site import Site, ended, environment_of, receive_until, signed_in_database
from tests.support.socket import question

SHORT_TIMEOUTS = "?connect_timeout=2&keepalives_idle=1&keepalives_interval=1&keepalives_count=1&tcp_user_timeout=1000"


@pytest.fixture
def network(provider, tmp_path) -> Iterator[tuple[Network, Site]]:
    with signed_in_database("test_of_silence") as (url, cookie), network_to(url) as network:
        environment = environment_of(tmp_path, network.url + SHORT_TIMEOUTS)
        with ended(Site(environment | {"OPENAI_BASE_URL": provider.base_url}, tmp_path / "log", cookie)) as site:
            yield network, site


@pytest.mark.process
async def test_silent_database_is_noticed_and_loses_nothing(network, provider):
    wire, site = network
    provider.script(match="tide", text="High tide at noon", deltas=2, at={"5": {"wait": "go"}})
    async with site.tab() as tab, site.tab() as other:
        await tab.send_json(question("Rising tide"))
        await receive_until(tab, "response.output_text.delta")
        wire.drop_packets()
        await other.send_json(question("Still there?"))
        assert await health(site) == 503
        assert (await receive_until(other, "error"))["code"] == "server_error"

        wire.accept_again()
        provider.release("go")
        await receive_until(tab, "response.completed")
        await other.send_json(question("Still there?"))
        await receive_until(other, "response.completed")
        assert await health(site) == 200


async def health(site: Site) -> int:
    """Return the status of the health check, which must answer in time."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(8), session.get(f"{site.address}/health/") as answer:
        return answer.status


def test_timeouts_of_a_connection_can_be_set_in_the_database_url():
    by_default = _database("postgresql://chat@db/chat")["OPTIONS"]
    assert by_default["tcp_user_timeout"] == 10_000
    options = _database("postgresql://chat@db/chat?tcp_user_timeout=3000&keepalives_idle=60")["OPTIONS"]
    assert (options["tcp_user_timeout"], options["keepalives_idle"]) == ("3000", "60")
    assert options["keepalives_count"] == by_default["keepalives_count"]
