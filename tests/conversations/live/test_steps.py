"""Sockets that follow the steps of a turn, whenever they come to it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from conversations.live.consumer import SocketConsumer
from tests.support import tools
from tests.support.socket import ENDS, open_socket
from tests.support.tool_calls import call, last_text, turn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def functions(settings) -> Iterator[None]:
    settings.TOOL_MODULES, settings.DEFAULT_TOOLS = ["tests.support.tools"], ["get_tide"]
    yield
    tools.ran.clear()


async def test_steps_that_end_before_the_socket_of_a_new_conversation_follows_it_are_sent(site, ada, monkeypatch):
    site.script(match="tide?", calls=[call("get_tide")])
    watch = SocketConsumer.watch

    async def watch_late(self: SocketConsumer, *args: Any) -> None:
        async with asyncio.timeout(30):
            while [response.status for response in await turn()] != ["completed", "completed"]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await watch(self, *args)

    monkeypatch.setattr(SocketConsumer, "watch", watch_late)
    socket = await open_socket(ada)
    await socket.ask("How high is the tide?")
    events = await socket.until(*ENDS)
    events += await socket.until(*ENDS)
    first, step = await turn()
    assert [event["response_id"] for event in events if event["type"] in ENDS] == [str(first.pk), str(step.pk)]
    assert events[-1]["response"]["turn"] == str(first.pk)
    assert "Two metres" in last_text(events)
    await socket.close()
