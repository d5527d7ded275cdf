"""The state of one answer, shared by its run, its attempts and its recovery."""

from enum import Enum

from conversations.models import Response
from conversations.streams.logs import Log
from providers.responses_api.events import Delta, Event
from providers.responses_api.output import Output

MAX_NUMBER = 2**63 - 1
"""The largest number of an event that the row can hold."""

MAX_CHECKPOINT_SECONDS = 3.0
CHECKPOINT_GROWTH = 8
"""A checkpoint costs as much as the output is long. One that has grown by less than this part of it waits a while."""


class State(Enum):
    """How far an answer has come, as far as this process knows."""

    QUEUED = "queued"
    """The provider hasn't said yet that it has the message."""
    IN_PROGRESS = "in_progress"
    """The provider has begun: a second request would be another answer."""
    ENDED = "ended"
    """The end is known; only storing it is left."""


TRANSITIONS = {
    # An answer may be lost before the provider names it, so it can be queued again from there too.
    State.QUEUED: {State.QUEUED, State.IN_PROGRESS, State.ENDED},
    State.IN_PROGRESS: {State.QUEUED, State.ENDED},
    State.ENDED: set[State](),
}
"""The states that may follow each state."""


class Answer:
    """A response that this process answers: its row, its log, its output so far, and its state.

    `starting_after` is the provider's number of the last event that was read, if the provider answers in the background
    and can send the rest again; else None. `checkpointed` is the number of the last event that a checkpoint stored, and
    `checkpointed_at` when, by the event loop's clock. `asked_at` is when the message was asked, or when the calls had
    ended after which a step goes on. `is_cancelled` says that the person has asked to stop.
    """

    def __init__(
        self, response: Response, log: Log, *, is_taken_over: bool = False, is_cancelled: bool = False
    ) -> None:
        self.response = response
        self.log = log
        self.output = Output(response.output)
        self.starting_after = response.starting_after
        self.asked_at = response.created_at
        self.checkpointed = log.last
        self.checkpointed_at = 0.0
        self.is_cancelled = is_cancelled
        self.is_taken_over = is_taken_over
        self._state = State.IN_PROGRESS if is_taken_over else State.QUEUED

    @property
    def state(self) -> State:
        return self._state

    @property
    def has_begun(self) -> bool:
        return self._state is State.IN_PROGRESS

    @property
    def is_in_background(self) -> bool:
        """Whether the provider goes on without us and can send the rest again."""
        return self.starting_after is not None

    @property
    def is_changed(self) -> bool:
        """Whether there is more than the last checkpoint stored."""
        return self.has_begun and self.log.last > self.checkpointed

    def is_checkpoint_due(self, now: float) -> bool:
        """Return whether a checkpoint should store the output: a long one that grew by little waits."""
        grown = CHECKPOINT_GROWTH * (self.log.last - self.checkpointed) >= self.log.last - self.log.base
        return self.is_changed and (grown or now - self.checkpointed_at >= MAX_CHECKPOINT_SECONDS)

    def begin(self) -> None:
        """Note that the provider has begun."""
        self._enter(State.IN_PROGRESS)

    def requeue(self) -> None:
        """Forget what came: the message is asked again."""
        self._enter(State.QUEUED)
        self.output = Output()
        self.starting_after = None

    def end(self) -> None:
        """Note that the end is known."""
        self._enter(State.ENDED)

    def is_new(self, event: Event, *, is_resumed: bool) -> bool:
        """Return whether this event comes first now: a background response's stream that is resumed may repeat some.

        Numbers that don't grow in the first stream are none: it can't be resumed then.
        """
        if self.starting_after is None:
            return True
        number = event.sequence_number if isinstance(event, Delta) else event.get("sequence_number")
        if not isinstance(number, int):
            return True
        if self.starting_after < number <= MAX_NUMBER:
            self.starting_after = number
            return True
        if not is_resumed:
            self.starting_after = None
        return not is_resumed

    def append(self, delta: Delta) -> None:
        """Append a delta to the output and to the log, unless it only repeats."""
        if (text := self.output.append(delta)) is not None:
            self.log.append(delta, text)

    def _enter(self, state: State) -> None:
        if state not in TRANSITIONS[self._state]:
            raise ValueError(f"an answer that is {self._state.value} can't become {state.value}")
        self._state = state
