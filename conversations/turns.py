"""The turns of a conversation's tree: a message's first response with the steps that go on after its calls of tools."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from conversations.models import Conversation

K = TypeVar("K")

Place = tuple[UUID, UUID | None, UUID | None]
"""The id of a response, of the one that it continues, and of the first of its turn if it is a step of that."""


class TurnTree:
    """The tree of a conversation's turns, made of the places of its responses, which are given by time.

    A turn goes by the id of its first response, and continues the turn in which the response is that it continues.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        by_time = list(places)
        self._by_time = [pk for pk, _previous, _turn in by_time]
        firsts = {pk: previous for pk, previous, turn in by_time if turn is None}
        steps = [(pk, previous, turn) for pk, previous, turn in by_time if turn is not None]
        self._turns = {pk: turn for pk, _previous, turn in steps}
        """The turns of the steps. Most conversations have none, and thousands of turns."""
        self.previous: dict[UUID, UUID | None] = firsts
        """What each turn continues, by time."""
        if steps:
            self.previous = {pk: each and self.turn_of(each) for pk, each in firsts.items()}
        self.continuations: dict[UUID | None, list[UUID]] = defaultdict(list)
        for turn, before in self.previous.items():
            self.continuations[before].append(turn)
        self._members: dict[UUID, list[UUID]] = defaultdict(list)
        self._steps: dict[UUID | None, UUID] = {}
        for pk, previous, turn in steps:
            self._members[turn].append(pk)
            # Of several that continue the same one, the newest: what it had before it was lost stays beside it.
            self._steps[previous] = pk

    @classmethod
    def of(cls, conversation: Conversation) -> "TurnTree":
        """Return the tree of a conversation, in one query however long it is."""
        return cls(conversation.responses.order_by("created_at", "id").values_list("pk", "previous_id", "turn_id"))

    @property
    def newest(self) -> UUID | None:
        """The id of the newest response on any branch."""
        return self._by_time[-1] if self._by_time else None

    @property
    def turns_by_time(self) -> Iterator[UUID]:
        """The turn of each response."""
        return (self.turn_of(pk) for pk in self._by_time)

    def __contains__(self, pk: UUID) -> bool:
        """Return whether it has the response with this id."""
        return pk in self.previous or pk in self._turns

    def turn_of(self, pk: UUID) -> UUID:
        """Return the turn of a response."""
        return self._turns.get(pk, pk)

    def responses(self, turn: UUID) -> list[UUID]:
        """Return the ids of a turn's first response and of its steps, in their order."""
        found = [turn]
        while step := self._steps.get(found[-1]):
            found.append(step)
        return found

    def members(self, turn: UUID) -> list[UUID]:
        """Return the same with what stands beside its steps, by time."""
        return [turn, *self._members.get(turn, ())]

    def path(self, through: UUID | None = None) -> list[UUID]:
        """Return the turns from a root through the turn of a given response, if any, to the newest leaf below it."""
        start = self.turn_of(through) if through else None
        leaves = {turn for turn in descend(self.continuations, start) if not self.continuations.get(turn)}
        leaf = next((turn for turn in map(self.turn_of, reversed(self._by_time)) if turn in leaves), None)
        return self.up_to(leaf)

    def up_to(self, turn: UUID | None) -> list[UUID]:
        """Return the turns from the root to this one."""
        upward = []
        while turn is not None:
            upward.append(turn)
            turn = self.previous[turn]
        return upward[::-1]


def descend(continuations: Mapping[K, Sequence[K]], start: K) -> list[K]:
    """Return `start` and all that is below it in a tree, each after the one that it continues.

    Nothing here recurses: a chain may be thousands long.
    """
    found = [start]
    for key in found:  # it grows until the leaves are in it
        found.extend(continuations.get(key, ()))
    return found
