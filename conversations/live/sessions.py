"""Sockets whose session has ended: closed soon, also where their person only looks on. Each command asks by itself."""

import asyncio
import logging

from channels.layers import get_channel_layer

from accounts.sessions import session_user
from common.threads import in_thread
from conversations.live.groups import sockets

logger = logging.getLogger(__name__)

LOOK_SECONDS = 30.0


async def keep_looking() -> None:
    """Close the sockets of those who signed out, were deactivated, or have a new password, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await close_ended()
        except Exception:
            logger.warning("sessions that ended can't be looked for now", exc_info=True)


async def close_ended() -> None:
    """Look once."""
    opened = [(socket.session_key, socket.channel_name) for group in sockets.values() for socket in group]
    ended = await in_thread(_ended)({session_key for session_key, _ in opened})
    for session_key, channel in opened:
        if session_key in ended and (layer := get_channel_layer()):
            await layer.send(channel, {"type": "session.ended"})


def _ended(session_keys: set[str]) -> set[str]:
    return {session_key for session_key in session_keys if session_user(session_key) is None}
