"""The branch of a conversation that is shown, page by page, and the versions at each place of it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar
from uuid import UUID

from django.db.models import Count

from conversations.models import Conversation, Response
from conversations.models.tool_call import load_calls

PAGE_SIZE = 20
"""Turns."""
TURNS_BEFORE = 4
"""How many turns stand before the one at which a page is opened."""

K = TypeVar("K")


@dataclass(frozen=True)
class Turn:
    """A response on the branch. `versions` are the ids of all at its place, itself included, oldest first.

    `is_edited` says that they don't all answer the same message.
    """

    response: Response
    versions: list[UUID]
    is_edited: bool = False

    @property
    def place(self) -> int:
        """The number of this version, from 1."""
        return self.versions.index(self.response.pk) + 1

    @property
    def earlier(self) -> UUID | None:
        return self.versions[self.place - 2] if self.place > 1 else None

    @property
    def later(self) -> UUID | None:
        return self.versions[self.place] if self.place < len(self.versions) else None


class Branch:
    """A path from a root through a given response, if any, to the newest leaf below it.

    `newest` is the id of the conversation's newest response on any branch, None if there is none. Raise
    `Response.DoesNotExist` if the conversation doesn't have the given response.
    """

    def __init__(self, conversation: Conversation, through: UUID | None = None) -> None:
        self._responses = conversation.responses
        # One query for the places of the whole tree, however long the conversation is.
        rows = conversation.responses.order_by("created_at", "id").values_list("pk", "previous_id")
        self._previous: dict[UUID, UUID | None] = dict(rows)
        if through is not None and through not in self._previous:
            raise Response.DoesNotExist
        self._continuations: dict[UUID | None, list[UUID]] = defaultdict(list)
        for pk, before in self._previous.items():
            self._continuations[before].append(pk)
        self.newest = next(reversed(self._previous), None)
        self.path = _path(self._previous, _newest_leaf(self._previous, self._continuations, through))

    @property
    def turns(self) -> list[Turn]:
        """All turns of the branch."""
        return self._turns(self.path)

    def last_page(self) -> "Page":
        """Return the page at the end of the branch."""
        return self._page(len(self.path) - PAGE_SIZE, len(self.path))

    def page_around(self, pk: UUID) -> "Page":
        """Return the page that begins a little before that response of the branch."""
        start = max(self._place(pk) - TURNS_BEFORE, 0)
        return self._page(min(start, len(self.path) - PAGE_SIZE), start + PAGE_SIZE)

    def page_before(self, pk: UUID) -> "Page":
        """Return the page that ends just before that response."""
        place = self._place(pk)
        return self._page(place - PAGE_SIZE, place)

    def page_after(self, pk: UUID) -> "Page":
        """Return the page that begins just after that response."""
        place = self._place(pk) + 1
        return self._page(place, place + PAGE_SIZE)

    def _place(self, pk: UUID) -> int:
        try:
            return self.path.index(pk)
        except ValueError:
            raise Response.DoesNotExist from None

    def _page(self, start: int, end: int) -> "Page":
        start, end = max(start, 0), min(max(end, 0), len(self.path))
        turns = self._turns(self.path[start:end])
        return Page(
            turns=turns,
            compared=self._compared(turns[-1]) if turns and end == len(self.path) else [],
            newest=self.newest,
            before=self.path[start - 1] if start else None,
            after=self.path[end] if end < len(self.path) else None,
            end=self.path[-1] if self.path else None,
        )

    def _turns(self, path: list[UUID]) -> list[Turn]:
        responses = self._responses.select_related("assistant_version").defer("search").in_bulk(path)
        edited = self._edited(path)
        places = ((pk, self._previous[pk]) for pk in path)
        return [Turn(responses[pk], self._continuations[place], place in edited) for pk, place in places]

    def _compared(self, turn: Turn) -> list[Turn]:
        """Return the other answers that were asked to be compared with this one, oldest first."""
        if turn.response.comparison is None:
            return []
        others = self._responses.whole().defer("search").filter(comparison=turn.response.comparison)
        return [Turn(response, turn.versions) for response in others.exclude(pk=turn.response.pk)]

    def _edited(self, path: list[UUID]) -> set[UUID | None]:
        """Return the places on the path, as what they continue, whose versions differ in their message."""
        several = [pks for pk in path if len(pks := self._continuations[self._previous[pk]]) > 1]
        if not several:
            return set()
        versions = self._responses.order_by().filter(pk__in=list(chain(*several)))
        counted = versions.values_list("previous_id").annotate(messages=Count("input", distinct=True))
        return {place for place, messages in counted if messages > 1}


@dataclass(frozen=True)
class Page:
    """Consecutive turns of a branch.

    `before` and `after` are the ids of the responses next to them, `end` that of the branch's last response. `compared`
    are the answers that stand beside the last one.
    """

    turns: list[Turn]
    compared: list[Turn]
    newest: UUID | None
    before: UUID | None
    after: UUID | None
    end: UUID | None


def descend(continuations: Mapping[K, Sequence[K]], start: K) -> list[K]:
    """Return `start` and all that is below it in a tree, each after the one that it continues.

    Nothing here recurses: a chain may be thousands long.
    """
    found = [start]
    for key in found:  # it grows until the leaves are in it
        found.extend(continuations.get(key, ()))
    return found


def stored(response_id: UUID) -> Response | None:
    """Return the response with its conversation, and with its calls of tools."""
    found = Response.objects.whole().filter(pk=response_id).first()
    return load_calls([found])[0] if found else None


def unseen(conversation_id: UUID, after: UUID | None, unended: Collection[UUID]) -> list[Response]:
    """Return the responses of which a page may lack something, oldest first.

    `after` is the newest response that the page knows of, and `unended` are those that it has not seen end.
    """
    responses = Response.objects.whole().filter(conversation_id=conversation_id)
    known = responses.filter(pk=after).first() if after else None
    if known:
        newer = responses.filter(created_at__gt=known.created_at)
    else:
        newer = responses.running() if unended else responses
    return load_calls((newer | responses.filter(pk__in=unended)).order_by("created_at", "id"))


def _newest_leaf(
    previous: dict[UUID, UUID | None], continuations: dict[UUID | None, list[UUID]], through: UUID | None
) -> UUID | None:
    leaves = {pk for pk in descend(continuations, through) if not continuations[pk]}
    return next((pk for pk in reversed(previous) if pk in leaves), None)


def _path(previous: dict[UUID, UUID | None], leaf: UUID | None) -> list[UUID]:
    """Return the ids from the root to the leaf."""
    upward = []
    while leaf is not None:
        upward.append(leaf)
        leaf = previous[leaf]
    return upward[::-1]
