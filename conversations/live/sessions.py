"""Sockets whose session has ended: closed soon, even if their person only watches. Each command checks by itself."""

from channels.layers import get_channel_layer

from accounts.sessions import session_user
from common.threads import in_thread
from conversations.live.groups import Sockets

CHECK_SECONDS = 30.0


async def close_ended_sessions(sockets: Sockets) -> None:
    """Close every socket whose session has ended: its person signed out, was deactivated, or has a new password."""
    opened = [(socket.session_key, socket.channel_name) for socket in sockets.all()]
    ended = await in_thread(_ended)({session_key for session_key, _ in opened})
    for session_key, channel in opened:
        if session_key in ended and (layer := get_channel_layer()):
            await layer.send(channel, {"type": "session.ended"})


def _ended(session_keys: set[str]) -> set[str]:
    return {session_key for session_key in session_keys if session_user(session_key) is None}
