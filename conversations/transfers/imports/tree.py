"""The form that every source is read into before it is stored: a checked tree of turns that can be stored."""

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from common.text import one_line, replace_nul
from common.threads import give_back_connection
from conversations.models import Conversation, Item

MAX_TURNS = 20_000
"""Turns of a conversation; of one from ChatGPT, messages."""
MAX_TITLE = 200
"""Characters, as many as the column takes."""
MIN_TIME = datetime(2000, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
"""The precision of the times that are stored."""


T = TypeVar("T")


class Elsewhere:
    """A piece of work that waits, such as for a file that is read: it is done outside of the turn of an import."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work: Callable[[], Any] | None = work
        self._outcome: Any = None
        self._problem: Exception | None = None

    def do(self) -> None:
        """Do the work, unless it is done. It blocks, and raises nothing."""
        work, self._work = self._work, None
        if work is not None:
            try:
                self._outcome = work()
            except Exception as problem:  # noqa: BLE001  whoever asks for the result gets it
                self._problem = problem
            finally:
                give_back_connection()

    def result(self) -> Any:
        """Return what came of the work, or raise what it raised."""
        self.do()
        if self._problem is not None:
            raise self._problem
        return self._outcome


Steps = Generator[Any, None, T]
"""Work that pauses again and again, so that its thread can do other work, and then returns something.

It may yield an `Elsewhere`, and goes on when that is done.
"""


class Unreadable(Exception):
    """A file or a conversation can't be imported. The message tells the person why and what to do, in their language.

    For a file it is a sentence; for a conversation, it begins with a clause that follows its title and a colon.
    """


def too_many_turns() -> Unreadable:
    """Return the refusal of a conversation with more than `MAX_TURNS`."""
    return Unreadable(
        _("it has more than %(most)s messages. Remove some from the file.")
        % {"most": number_format(MAX_TURNS, force_grouping=True)}
    )


@dataclass(frozen=True)
class SourceImage:
    """An image in the file. `read` returns its unchecked bytes, or None if the file doesn't have them."""

    name: str
    read: Callable[[], bytes | None]


@dataclass(frozen=True)
class SourceFile(SourceImage):
    """Any file in the file. `made_by` is the key of the turn whose model made it; empty if the person attached it."""

    made_by: str = ""


@dataclass
class Call:
    """A call of a tool that has ended. `place` is the index of its item in the output."""

    place: int
    kind: str
    call_id: str
    tool: str
    arguments: str
    status: str
    output: str | list[dict[str, Any]]
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass
class Summary:
    """What a model got in place of the branch up to a turn."""

    text: str
    model: str
    created_at: datetime
    taken_back_at: datetime | None


@dataclass
class Turn:
    """A message with its answer, or a step of it.

    `key` is the source's id for it, `previous` the key of the one that it continues. `first` is the key of the one that
    has the message, if this is a step.
    """

    key: str
    previous: str | None
    input: list[Item]
    output: list[Item]
    status: str
    model: str
    created_at: datetime
    completed_at: datetime
    source: Conversation.Source
    """Where it came from first: a conversation that was exported here may have been imported before."""
    fields: dict[str, Any] = field(default_factory=dict)
    first: str | None = None
    calls: list[Call] = field(default_factory=list)
    summaries: list[Summary] = field(default_factory=list)
    size: int = 0
    """About how many bytes it has."""


@dataclass
class Tree:
    """A conversation. Each turn comes after the one that it continues.

    `source` is the kind of the file, `first_source` where the conversation came from first. `attached` has the files
    that the person sent, by the `file_id` in the inputs, and the files that models made, by that in the outputs.
    `generated` has the images that models made, by the `result` in the outputs.
    """

    source: Conversation.Source
    first_source: Conversation.Source
    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    turns: list[Turn]
    attached: dict[str, SourceImage]
    generated: dict[str, SourceImage] = field(default_factory=dict)


def message(content: list[dict[str, Any]]) -> list[Item]:
    """Return the input that a message's content parts make: one item, or none if there are no parts."""
    return [{"type": "message", "role": "user", "content": content}] if content else []


def answer(text: str, annotations: list[dict[str, Any]] | None = None) -> Item:
    """Return the output item that says the text."""
    content = {"type": "output_text", "text": text, "annotations": annotations or []}
    return {"type": "message", "role": "assistant", "status": "completed", "content": [content]}


def clean(text: str) -> str:
    """Return the text without what PostgreSQL doesn't store: NUL is removed, half a surrogate pair is replaced."""
    return replace_nul(text).encode("utf-8", "replace").decode()


def clean_title(title: str | None) -> str:
    """Return the title in one line, truncated to `MAX_TITLE`."""
    return one_line(title or "")[:MAX_TITLE].strip()


def clean_time(when: float | datetime | None, default: datetime) -> datetime:
    """Return a time that the source gives, moved to between `MIN_TIME` and now; or the default if it gives none.

    A number is in seconds since 1970, a time without a zone is in UTC.
    """
    if isinstance(when, datetime):
        found = when if when.tzinfo else when.replace(tzinfo=UTC)
    elif when is not None and math.isfinite(when) and 0 < when < 1e11:
        found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=when)
    else:
        found = default
    return min(max(found, MIN_TIME), timezone.now())


def order_times(turns: list[Turn]) -> None:
    """Make each turn later than the one that it continues: their times decide which version is the newest.

    Each turn must come after the one that it continues.
    """
    known: dict[str, datetime] = {}
    for turn in turns:
        if turn.previous is not None:
            turn.created_at = max(turn.created_at, known[turn.previous] + TICK)
        turn.completed_at = max(turn.completed_at, turn.created_at)
        known[turn.key] = turn.created_at


def show_branch(turns: list[Turn], key: str) -> None:
    """Make a leaf below the turn with this key the newest one, because the branch with the newest leaf is shown."""
    following: dict[str, Turn] = {}
    for turn in turns:
        if turn.previous is not None:
            following[turn.previous] = turn
    by_key = {turn.key: turn for turn in turns}
    leaf = by_key[key]
    while leaf.key in following:
        leaf = following[leaf.key]
    newest = max(turn.created_at for turn in turns)
    if leaf.created_at < newest or sum(turn.created_at == newest for turn in turns) > 1:
        leaf.created_at = newest + TICK
        leaf.completed_at = max(leaf.completed_at, leaf.created_at)
