"""What every source is read into before it is stored: a tree of turns, checked, with nothing that can't be kept."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from common.text import replace_nul
from conversations.models import Item

MOST_TURNS = 20_000
LONGEST_TITLE = 200
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


class Unreadable(Exception):
    """What can't be imported; the message is a sentence for the person."""


@dataclass(frozen=True)
class Picture:
    """`read` returns its bytes, whatever they are; None where they are not there."""

    name: str
    read: Callable[[], bytes | None]


@dataclass
class Turn:
    """A question with its answer. `key` is the source's name for it, and `previous` that of the one it continues."""

    key: str
    previous: str | None
    input: list[Item]
    output: list[Item]
    status: str
    model: str
    created_at: datetime
    completed_at: datetime
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass
class Tree:
    """A conversation. Each turn comes after the one it continues.

    `pictures` are by the `file_id` in the inputs, and those that models `made` by the `result` in the outputs.
    """

    source: str
    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    turns: list[Turn]
    pictures: dict[str, Picture]
    made: dict[str, Picture] = field(default_factory=dict)


def message(content: list[dict[str, Any]]) -> list[Item]:
    """A question's input."""
    return [{"type": "message", "role": "user", "content": content}] if content else []


def answer(text: str, annotations: list[dict[str, Any]] | None = None) -> Item:
    content = {"type": "output_text", "text": text, "annotations": annotations or []}
    return {"type": "message", "role": "assistant", "status": "completed", "content": [content]}


def clean(text: str) -> str:
    """Without what PostgreSQL does not store: NUL, and halves of characters."""
    return replace_nul(text).encode("utf-8", "replace").decode()


def clean_title(title: str | None) -> str:
    return " ".join(clean(title or "").split())[:LONGEST_TITLE]


def moment(when: float | datetime | None, otherwise: datetime) -> datetime:
    """A time that the source gives, unless it is none; nothing was asked before the millennium or after now."""
    if isinstance(when, datetime):
        found = when if when.tzinfo else when.replace(tzinfo=UTC)
    elif when is not None and math.isfinite(when) and 0 < when < 1e11:
        found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=when)
    else:
        found = otherwise
    return min(max(found, EARLIEST), timezone.now())


def put_in_order(turns: list[Turn]) -> None:
    """Let each turn be later than the one it continues: their times decide which version is the newest."""
    known: dict[str, datetime] = {}
    for turn in turns:
        if turn.previous is not None:
            turn.created_at = max(turn.created_at, known[turn.previous] + TICK)
        turn.completed_at = max(turn.completed_at, turn.created_at)
        known[turn.key] = turn.created_at


def show(turns: list[Turn], key: str) -> None:
    """Let the branch through this turn be the one that is shown, which is the one with the newest leaf."""
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
