"""How many may begin at once, and how many a second after that."""

import asyncio
import math


class RateLimiter:
    """A limiter that lets `burst` callers through at once and then `per_second`, in the order in which they come.

    To begin an answer costs as much as a hundred deltas: if hundreds began at once, those that stream already would
    stand still meanwhile.
    """

    def __init__(self, *, burst: int, per_second: float) -> None:
        self._interval = 1 / per_second
        self._lead = (burst - 1) * self._interval
        # The clock may have begun only just now, with the machine.
        self._next = -math.inf

    async def wait(self) -> None:
        """Return when it is this caller's turn."""
        now = asyncio.get_running_loop().time()
        turn = max(self._next, now - self._lead)
        self._next = turn + self._interval
        if turn > now:
            await asyncio.sleep(turn - now)
