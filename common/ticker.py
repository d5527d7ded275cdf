"""A timer that many share, so that what each does now and then is done for all of them together."""

import asyncio
import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)

TOGETHER = 50
"""So many are called at once, and the others after what these have set going: nobody's words wait until everybody's
have come."""


class Ticker:
    """A timer that calls everybody who waits for its next tick. It runs only while somebody does."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: list[Callable[[], object]] = []

    def call(self, callback: Callable[[], object]) -> None:
        """Call this with the next tick."""
        if not self._waiting:
            asyncio.get_running_loop().call_later(self._seconds, self._tick)
        self._waiting.append(callback)

    def _tick(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._call(waiting)

    def _call(self, waiting: list[Callable[[], object]]) -> None:
        for callback in waiting[:TOGETHER]:
            try:
                callback()
            except Exception:
                # The others must not wait for ever.
                logger.exception("what waited for a tick failed")
        if later := waiting[TOGETHER:]:
            asyncio.get_running_loop().call_soon(self._call, later)
