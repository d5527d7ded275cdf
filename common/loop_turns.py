"""Beginnings that don't make what runs already stand still."""

import asyncio
from collections import deque


class LoopTurns:
    """Turns of the event loop: in each of them, one caller gets through, in the order in which they come.

    To begin an answer costs as much as a hundred deltas. If hundreds began at once, those that stream already would
    stand still meanwhile; one by one, they take turns with everything else that is to be done.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_taken = False

    async def wait(self) -> None:
        """Return when it is this caller's turn."""
        loop = asyncio.get_running_loop()
        if self._is_taken:
            turn: asyncio.Future[None] = loop.create_future()
            self._waiting.append(turn)
            await turn
        else:
            self._is_taken = True
            loop.call_soon(self._end_turn)

    def _end_turn(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                asyncio.get_running_loop().call_soon(self._end_turn)
                return
        self._is_taken = False
