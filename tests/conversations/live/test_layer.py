"""The channel layer between the sockets of a process."""

import asyncio
import time

from channels.layers import get_channel_layer

from conversations.live.layer import ChannelLayer


async def test_old_socket_still_hears_of_its_group(monkeypatch):
    layer = get_channel_layer()
    assert isinstance(layer, ChannelLayer)
    await layer.group_add("person.ada", "specific.one")
    clock, days = time.time, 30 * 24 * 3600
    monkeypatch.setattr("channels.layers.time.time", lambda: clock() + days)
    monkeypatch.setattr(layer, "_next_cleaning", 0)
    await layer.group_send("person.ada", {"type": "conversation.updated"})
    async with asyncio.timeout(60):
        assert await layer.receive("specific.one") == {"type": "conversation.updated"}


async def test_what_nobody_receives_is_removed_after_a_while(monkeypatch):
    layer = ChannelLayer()
    await layer.group_send("person.ada", {"type": "conversation.updated"})
    await layer.send("specific.gone", {"type": "conversation.updated"})
    clock = time.time
    monkeypatch.setattr("channels.layers.time.time", lambda: clock() + 3600)
    await layer.group_send("person.ada", {"type": "conversation.updated"})
    assert layer.channels
    monkeypatch.setattr(layer, "_next_cleaning", 0)
    await layer.group_send("person.ada", {"type": "conversation.updated"})
    assert not layer.channels
