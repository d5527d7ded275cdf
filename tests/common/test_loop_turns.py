"""Callers that take turns with everything else in the event loop."""

import asyncio

from common.loop_turns import LoopTurns


async def test_one_gets_through_in_each_turn_of_the_loop():
    turns, passed, seen = LoopTurns(), [], []

    async def go(number: int) -> None:
        await turns.wait()
        passed.append(number)

    callers = [asyncio.create_task(go(number)) for number in range(5)]
    while len(passed) < 5:
        await asyncio.sleep(0)
        seen.append(len(passed))

    assert passed == [0, 1, 2, 3, 4]
    assert max(after - before for before, after in zip([0, *seen], seen, strict=False)) == 1
    await asyncio.gather(*callers)


async def test_one_that_leaves_keeps_nobody_from_their_turn():
    turns = LoopTurns()
    await turns.wait()
    leaving, staying = asyncio.create_task(turns.wait()), asyncio.create_task(turns.wait())
    await asyncio.sleep(0)
    leaving.cancel()
    async with asyncio.timeout(10):
        await staying


async def test_who_comes_alone_does_not_wait():
    turns = LoopTurns()
    first = turns.wait()
    try:
        first.send(None)
    except StopIteration:
        return
    raise AssertionError("it waits for something")
