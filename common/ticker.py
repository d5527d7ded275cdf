"""A timer that many share, so that what each does now and then is done for many of them together."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

logger = logging.getLogger(__name__)

SLOTS = 6
"""Those who wait are spread over so many ticks: if all were called at once, the last one would wait for all others."""


MANY = 100
"""From so many on, each waits as long as the ticker says. Fewer cost little if they are called more often."""
LEAST_SHARE = 0.5
"""Of that time, however few they are."""


class Ticker:
    """A timer that calls everybody who waits for it after about `seconds`, sooner if they are few.

    It runs only while somebody waits.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due = 0.0
        self._is_running = False
        self._slots: deque[list[Callable[[], object]]] = deque([] for _ in range(SLOTS))
        """Who is called with the next tick, with the one after that, and so on."""

    @property
    def interval(self) -> float:
        """After how many seconds those are called who begin to wait now."""
        waiting = sum(map(len, self._slots))
        return self._seconds * min(1, max(LEAST_SHARE, waiting / MANY))

    def call(self, callback: Callable[[], object]) -> None:
        """Call this after about the interval, a tick earlier if many others wait as long."""
        last, earlier = self._slots[-1], self._slots[-2]
        (last if len(last) <= len(earlier) else earlier).append(callback)
        if not self._is_running:
            self._is_running = True
            self._due = asyncio.get_running_loop().time()
            self._wait()

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        # Ticks that are late are made up for, so that those of different slots stay apart; but not many of them.
        interval = self.interval
        self._due = max(self._due, loop.time() - interval) + interval / SLOTS
        loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        slot = self._slots.popleft()
        self._slots.append([])
        for callback in slot:
            try:
                callback()
            except Exception:
                # The others must not wait for ever.
                logger.exception("what waited for a tick failed")
        if any(self._slots):
            self._wait()
        else:
            self._is_running = False
