"""The channel layer: it connects the sockets of one process. Processes are connected by streams/redis.py."""

import time
from typing import Any

from channels.layers import InMemoryChannelLayer

CLEANING_SECONDS = 30.0
FOREVER_SECONDS = 10**9


class ChannelLayer(InMemoryChannelLayer):
    """Channels' own, which looks for what has expired now and then, and lets no socket leave its groups for its age.

    Theirs looks through all open sockets with each message that is sent or received.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(group_expiry=FOREVER_SECONDS, **options)
        self._next_cleaning = 0.0

    def _clean_expired(self) -> None:
        if time.monotonic() >= self._next_cleaning:
            self._next_cleaning = time.monotonic() + CLEANING_SECONDS
            super()._clean_expired()  # type: ignore[misc]
