"""What the sockets of a process ask: whatever waits at the same moment is checked and stored together."""

from collections.abc import Sequence
from uuid import UUID

from accounts.sessions import Session, find_open
from assistants.choices import Choices
from common.batcher import Batcher
from common.threads import in_thread
from conversations.answering.ask import Asked, Outcome, Stored, ask
from conversations.answering.runner import Runner
from conversations.messages import NewMessage

MAX_BATCH = 32
"""Messages: more at once would keep the event loop busy for longer than anybody should wait for a word."""


class SignedOut(Exception):
    """The session of this socket has ended."""


class Asking:
    """The messages that are asked in this process, `process`, and answered by its runner."""

    def __init__(self, process: UUID, runner: Runner, choices: Choices) -> None:
        self._process = process
        self._choices = choices
        self._runner = runner
        self._batcher = Batcher(self._ask_together, max_size=MAX_BATCH)

    async def ask(self, session: Session, message: NewMessage) -> Stored:
        """Store the message and start its answer, or several to compare.

        Raise `SignedOut` if the session has ended, or `Refused` if the message can't be asked.
        """
        return await self._batcher.call((session, Asked(session[1], message)))

    async def _ask_together(self, waiting: list[tuple[Session, Asked]]) -> list[Stored | Exception]:
        outcomes: list[Stored | Exception] = [*await in_thread(self._ask)(waiting)]
        for outcome in outcomes:
            # Here, because the socket may be gone before it learns that its message is stored.
            if not isinstance(outcome, Exception):
                for response in outcome.responses if outcome.is_new else ():
                    self._runner.start(response)
        return outcomes

    def _ask(self, waiting: Sequence[tuple[Session, Asked]]) -> list[Outcome | SignedOut]:
        sessions = find_open(session for session, _ in waiting)
        outcomes = iter(ask([asked for session, asked in waiting if session in sessions], self._choices, self._process))
        return [next(outcomes) if session in sessions else SignedOut() for session, _ in waiting]
