"""Sockets whose session has ended: closed soon, even if their person only watches. Each command checks by itself."""

from collections.abc import Collection
from uuid import UUID

from channels.layers import get_channel_layer
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import User
from accounts.sessions import session_user
from common.threads import in_thread
from conversations.live.groups import Sockets

CHECK_SECONDS = 3.0


class SessionChecks:
    """Checks of the sessions of all open sockets: two small queries, however many there are and however often.

    What each session was when it was checked as a whole is remembered, so that only one that looks different is
    checked as a whole again.
    """

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets
        self._seen: dict[str, tuple[UUID, str]] = {}
        """By the session's key: whose it is, and their hashed password."""

    def note_open(self, session_key: str, user: User) -> None:
        """Note that the session was just checked as a whole, and whose it is."""
        self._seen[session_key] = user.pk, user.password

    async def close_ended(self) -> None:
        """Close every socket whose session has ended: its person signed out, was deactivated, or has a new password."""
        opened = [(socket.session_key, socket.channel_name) for socket in self._sockets.all()]
        if not opened:
            return
        ended = await in_thread(self.ended)({session_key for session_key, _ in opened})
        for session_key, channel in opened:
            if session_key in ended and (layer := get_channel_layer()):
                await layer.send(channel, {"type": "session.ended"})

    def ended(self, session_keys: Collection[str]) -> set[str]:
        """Return the keys of those sessions that have ended."""
        unchanged = self._unchanged()
        self._seen = {key: unchanged[key] for key in session_keys if key in unchanged}
        for key in session_keys - self._seen.keys():
            if user := session_user(key):
                self.note_open(key, user)
        return set(session_keys) - self._seen.keys()

    def _unchanged(self) -> dict[str, tuple[UUID, str]]:
        """Return the sessions that are still there, of people who are still active and have the same password."""
        # A copy, because sockets that open meanwhile are noted in the event loop.
        seen = self._seen.copy()
        there = Session.objects.filter(session_key__in=seen, expire_date__gt=timezone.now())
        people = {pk for pk, _ in seen.values()}
        active = set(User.objects.filter(pk__in=people, is_active=True).values_list("pk", "password"))
        return {key: seen[key] for key in there.values_list("session_key", flat=True) if seen[key] in active}
