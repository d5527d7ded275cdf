"""What differs between two versions of an assistant, field by field, and word by word where words changed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from assistants.forms import AssistantForm
from assistants.handoffs import names
from assistants.models import AssistantVersion
from assistants.tool_fields import described_tools
from knowledge.models import Collection

MAX_CELLS = 500_000
"""Of the tables of what is compared with what, in one text. What has no room is shown as replaced as a whole."""
WORDS = re.compile(r"\s+|\w+|[^\w\s]")

Kind = Literal["same", "removed", "added"]


@dataclass(frozen=True)
class Piece:
    """A piece of a text, and what became of it."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Change:
    """A field that two versions differ in."""

    label: str
    pieces: list[Piece]


def changes(old: AssistantVersion, new: AssistantVersion, user: User) -> list[Change]:
    """Return the fields in which two versions differ, for a person who may use the assistant."""
    before, after = dict(_texts(old, user)), dict(_texts(new, user))
    labels = [*before, *(label for label in after if label not in before)]
    pairs = ((label, before.get(label, ""), after.get(label, "")) for label in labels)
    return [Change(label, pieces(one, other)) for label, one, other in pairs if one != other]


def pieces(old: str, new: str) -> list[Piece]:
    """Return a text as the other one became it: lines that are the same, and words that differ."""
    found: list[Piece] = []
    comparison = _Comparison()
    for kind, before, after in comparison.differences(old.splitlines(keepends=True), new.splitlines(keepends=True)):
        one, other = "".join(before), "".join(after)
        if kind == "same":
            found.append(Piece("same", one))
            continue
        for inner, words, others in comparison.differences(WORDS.findall(one), WORDS.findall(other)):
            if inner == "same":
                found.append(Piece("same", "".join(words)))
                continue
            found += [Piece("removed", "".join(words))] if words else []
            found += [Piece("added", "".join(others))] if others else []
    return _joined(found)


def _texts(version: AssistantVersion, user: User) -> Iterator[tuple[str, str]]:
    """Yield the fields of a version with their labels, as a person reads them."""
    labels = {name: str(field.label) for name, field in AssistantForm.base_fields.items()}
    for name in ("name", "icon", "description", "instructions"):
        yield labels[name], getattr(version, name)
    yield labels["starters"], "\n".join(version.starters)
    yield labels["model"], str(version.model) if version.model else _("Default model")
    yield labels["handoffs"], _handoffs(version, user)
    for name, value in version.settings.items():
        if name == "collections":
            yield labels[name], _collections(value, user)
            continue
        yield labels.get(name, name), described_tools(value) if name == "tools" else _setting(name, value)


def _collections(ids: list[str], user: User) -> str:
    """Return the names of collections, as `_handoffs` does."""
    seen = Collection.objects.visible_to(user).filter(pk__in=ids).order_by("name", "pk")
    return _with_hidden([each.name for each in seen], ids)


def _handoffs(version: AssistantVersion, user: User) -> str:
    """Return the names of what a version may hand over to, and how many more there are that the person can't see."""
    return _with_hidden(names(version.handoffs, user), version.handoffs)


def _with_hidden(seen: list[str], ids: list[str]) -> str:
    hidden = len(ids) - len(seen)
    more = ngettext("and another one", "and %(count)s others", hidden) % {"count": hidden}
    return "\n".join([*seen, *([more] if hidden else [])])


def _setting(name: str, value: object) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{key}: {each}" for key, each in sorted(value.items()))
    if choices := getattr(AssistantForm.base_fields.get(name), "choices", None):
        return str(dict(choices).get(value, value))
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return str(value)


class _Comparison:
    """How much two texts may still be compared: one with many changed lines takes as long as one with a long line."""

    def __init__(self) -> None:
        self._left = MAX_CELLS

    def differences(self, old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
        """Yield what is the same and what isn't, in its order."""
        # What is the same at both ends needs no table.
        start = 0
        while start < min(len(old), len(new)) and old[start] == new[start]:
            start += 1
        end = 0
        while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
            end += 1
        yield "same", old[:start], new[:start]
        one, other = old[start : len(old) - end], new[start : len(new) - end]
        cells = len(one) * len(other)
        if cells > self._left:
            yield "replaced", one, other
        else:
            self._left -= cells
            for kind, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
                yield "same" if kind == "equal" else "replaced", one[a:b], other[c:d]
        yield "same", old[len(old) - end :], new[len(new) - end :]


def _joined(found: list[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for piece in found:
        if not piece.text:
            continue
        if joined and joined[-1].kind == piece.kind:
            joined[-1] = Piece(piece.kind, joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return joined
