"""Sockets whose session has ended: closed soon, even if their person only watches. Each command checks by itself."""

from channels.layers import get_channel_layer

from accounts.sessions import find_open
from common.threads import in_thread
from conversations.live.groups import Sockets

CHECK_SECONDS = 3.0


async def close_ended(sockets: Sockets) -> None:
    """Close every socket whose session has ended: its person signed out, was deactivated, or has a new password."""
    opened = [(socket.session, socket.channel_name) for socket in sockets.all()]
    if not opened:
        return
    still_open = await in_thread(find_open)(session for session, _ in opened)
    for session, channel in opened:
        if session not in still_open and (layer := get_channel_layer()):
            await layer.send(channel, {"type": "session.ended"})
