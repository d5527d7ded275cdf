"""The branch of a conversation that is shown, page by page, and the versions at each place of it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

from django.db.models import Count

from conversations.models import Compaction, Conversation, Response
from conversations.models.attachment import load_attachments
from conversations.models.tool_call import load_calls
from conversations.turns import TurnTree

PAGE_SIZE = 20
"""Turns."""
TURNS_BEFORE = 4
"""How many turns stand before the one at which a page is opened."""


@dataclass(frozen=True)
class Turn:
    """A message's first response on the branch with its steps.

    `versions` are the ids of the first responses of all turns at its place, its own included, oldest first.
    `is_edited` says that they don't all answer the same message.
    """

    response: Response
    versions: list[UUID]
    is_edited: bool = False
    steps: list[Response] = field(default_factory=list)
    compaction: Compaction | None = None
    """The newest one that stands for the branch up to this turn, if there is one that wasn't taken back."""

    @property
    def responses(self) -> list[Response]:
        return [self.response, *self.steps]

    @property
    def last(self) -> Response:
        """The response that a message continues which continues this turn."""
        return self.steps[-1] if self.steps else self.response

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
    """A path of turns from a root through that of a given response, if any, to the newest leaf below it.

    `newest` is the id of the conversation's newest response on any branch, None if there is none. Raise
    `Response.DoesNotExist` if the conversation doesn't have the given response.
    """

    def __init__(self, conversation: Conversation, through: UUID | None = None) -> None:
        self._responses = conversation.responses
        self._is_compacted = conversation.is_compacted
        self._tree = TurnTree.of(conversation)
        if through is not None and through not in self._tree:
            raise Response.DoesNotExist
        self.newest = self._tree.newest
        self._path = self._tree.path(through)

    @property
    def path(self) -> list[list[UUID]]:
        """The ids of the responses of each turn of the branch."""
        return [self._tree.responses(turn) for turn in self._path]

    @property
    def turns(self) -> list[Turn]:
        """All turns of the branch."""
        return self._turns(self._path)

    def last_page(self) -> "Page":
        """Return the page at the end of the branch."""
        return self._page(len(self._path) - PAGE_SIZE, len(self._path))

    def page_around(self, pk: UUID) -> "Page":
        """Return the page that begins a little before the turn of that response of the branch."""
        start = max(self._place(pk) - TURNS_BEFORE, 0)
        return self._page(min(start, len(self._path) - PAGE_SIZE), start + PAGE_SIZE)

    def page_before(self, pk: UUID) -> "Page":
        """Return the page that ends just before the turn of that response."""
        place = self._place(pk)
        return self._page(place - PAGE_SIZE, place)

    def page_after(self, pk: UUID) -> "Page":
        """Return the page that begins just after the turn of that response."""
        place = self._place(pk) + 1
        return self._page(place, place + PAGE_SIZE)

    def _place(self, pk: UUID) -> int:
        try:
            return self._path.index(self._tree.turn_of(pk))
        except ValueError:
            raise Response.DoesNotExist from None

    def _page(self, start: int, end: int) -> "Page":
        path = self._path
        start, end = max(start, 0), min(max(end, 0), len(path))
        turns = self._turns(path[start:end])
        return Page(
            turns=turns,
            compared=self._compared(turns[-1]) if turns and end == len(path) else [],
            newest=self.newest,
            before=path[start - 1] if start else None,
            after=path[end] if end < len(path) else None,
            end=self._tree.responses(path[-1])[-1] if path else None,
        )

    def _turns(self, path: list[UUID]) -> list[Turn]:
        ids = {turn: self._tree.responses(turn) for turn in path}
        responses = self._with_calls(chain.from_iterable(ids.values()))
        edited = self._edited(path)
        compactions = self._compactions(responses)
        return [
            Turn(
                responses[turn],
                self._tree.continuations[place],
                place in edited,
                [responses[step] for step in ids[turn][1:] if step in responses],
                compactions.get(turn),
            )
            for turn, place in ((turn, self._tree.previous[turn]) for turn in path)
        ]

    def _compactions(self, responses: Collection[UUID]) -> dict[UUID, Compaction]:
        """Return the newest compaction in force of each turn."""
        if not self._is_compacted:
            return {}
        found = Compaction.objects.in_force().filter(response__in=responses).defer("items")
        return {self._tree.turn_of(each.response_id): each for each in found}

    def _with_calls(self, ids: Iterable[UUID]) -> dict[UUID, Response]:
        """Return the responses by their ids, with their calls of tools."""
        responses = self._responses.select_related("assistant_version").defer("search").in_bulk([*ids])
        load_attachments(load_calls(responses.values()))
        return responses

    def _compared(self, turn: Turn) -> list[Turn]:
        """Return the other answers that were asked to be compared with this one, oldest first."""
        if turn.response.comparison is None:
            return []
        compared = self._responses.filter(comparison=turn.response.comparison, turn=None)
        return self._turns(list(compared.exclude(pk=turn.response.pk).values_list("pk", flat=True)))

    def _edited(self, path: list[UUID]) -> set[UUID | None]:
        """Return the places on the path, as what they continue, whose versions differ in their message."""
        several = [turns for turn in path if len(turns := self._tree.continuations[self._tree.previous[turn]]) > 1]
        if not several:
            return set()
        versions = self._responses.order_by().filter(pk__in=list(chain(*several)))
        counted = versions.values_list("previous_id").annotate(messages=Count("input", distinct=True))
        return {place and self._tree.turn_of(place) for place, messages in counted if messages > 1}


@dataclass(frozen=True)
class Page:
    """Consecutive turns of a branch.

    `before` and `after` are the ids of the turns next to them, `end` that of the branch's last response, which may be a
    step. `compared` are the answers that stand beside the last one.
    """

    turns: list[Turn]
    compared: list[Turn]
    newest: UUID | None
    before: UUID | None
    after: UUID | None
    end: UUID | None


def stored(response_id: UUID) -> Response | None:
    """Return the response with its conversation, and with its calls of tools."""
    found = Response.objects.whole().filter(pk=response_id).first()
    return load_attachments(load_calls([found]))[0] if found else None


def stored_steps(first_id: UUID) -> list[Response]:
    """Return the steps of the turn that a response begins, as `stored` returns one."""
    return load_calls(Response.objects.whole().filter(turn=first_id).order_by("created_at", "id"))


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
    found = (newer | responses.filter(pk__in=unended)).order_by("created_at", "id")
    return load_attachments(load_calls(found))
