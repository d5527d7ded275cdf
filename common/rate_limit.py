"""How quickly answers may begin."""

import asyncio
import math


class Pace:
    """Lets a few through at once, and then so many a second, in the order in which they come.

    To begin an answer costs as much as a hundred deltas. When hundreds begin at once, those that already stream would
    stand still meanwhile.
    """

    def __init__(self, *, at_once: int, a_second: float) -> None:
        self._interval = 1 / a_second
        self._lead = (at_once - 1) * self._interval
        # The clock may have begun only just now, with the machine.
        self._next = -math.inf

    async def wait(self) -> None:
        now = asyncio.get_running_loop().time()
        turn = max(self._next, now - self._lead)
        self._next = turn + self._interval
        if turn > now:
            await asyncio.sleep(turn - now)
