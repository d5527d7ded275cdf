"""What this process stores of its answers, together what waits at the same moment: beginnings, checkpoints and ends."""

from common.batcher import Batcher
from common.threads import in_thread, until_available
from conversations.answering import ownership
from conversations.answering.ownership import Beginning, Checkpoint, Ending
from conversations.models import Conversation

MAX_ROWS = 100
MAX_BYTES = 500_000
"""Of one statement, unless a single output is longer: there are several copies of it meanwhile."""


class Writes:
    """What is stored of the answers of this process, one statement and one commit for all that wait for it.

    If the database is unavailable, beginnings and ends wait until they can be stored.
    """

    def __init__(self) -> None:
        self._beginnings: Batcher[Beginning, bool] = Batcher(_begin, max_size=MAX_ROWS)
        self._checkpoints: Batcher[Checkpoint, bool] = Batcher(_checkpoint, max_size=MAX_ROWS, max_bytes=MAX_BYTES)
        self._endings: Batcher[Ending, Conversation | None] = Batcher(_finish, max_size=MAX_ROWS, max_bytes=MAX_BYTES)

    async def begin(self, beginning: Beginning) -> bool:
        """Store that the provider has begun. Return False if another process owns the response."""
        return await until_available(self._beginnings.call, beginning)

    async def checkpoint(self, checkpoint: Checkpoint) -> bool:
        """Store what a running answer has. Return False if it has ended, or another process owns the response."""
        return await self._checkpoints.call(checkpoint, len(checkpoint.row))

    async def finish(self, ending: Ending) -> Conversation | None:
        """Store an end. Return the conversation as it is then; None if another process owns the response."""
        return await until_available(self._endings.call, ending, len(ending.row))


async def _begin(beginnings: list[Beginning]) -> list[bool | Exception]:
    return [*await in_thread(ownership.begin)(beginnings)]


async def _checkpoint(checkpoints: list[Checkpoint]) -> list[bool | Exception]:
    return [*await in_thread(ownership.checkpoint)(checkpoints)]


async def _finish(endings: list[Ending]) -> list[Conversation | Exception | None]:
    return [*await in_thread(ownership.finish)(endings)]
