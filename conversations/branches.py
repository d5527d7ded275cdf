"""The branch of a conversation that is shown, and what else stands at each place of it."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from conversations.models import Conversation, Response


@dataclass(frozen=True)
class Turn:
    """A response on the branch; `versions` are all at its place of the tree, itself among them, oldest first."""

    response: Response
    versions: list[UUID]

    @property
    def place(self) -> int:
        """Which of the versions it is, from 1."""
        return self.versions.index(self.response.pk) + 1

    @property
    def earlier(self) -> UUID | None:
        return self.versions[self.place - 2] if self.place > 1 else None

    @property
    def later(self) -> UUID | None:
        return self.versions[self.place] if self.place < len(self.versions) else None


class Branch:
    """The path from a root through one response, or through any, and on to the newest leaf below it.

    `newest` is the id of the conversation's newest response, whichever branch it is on; None where there is none.
    Raises Response.DoesNotExist where the conversation has no such response.
    """

    def __init__(self, conversation: Conversation, through: UUID | None = None) -> None:
        # The whole tree, but of each response no more than its place: two queries, however long the conversation.
        rows = conversation.responses.order_by("created_at", "id").values_list("pk", "previous_id")
        previous: dict[UUID, UUID | None] = dict(rows)
        if through is not None and through not in previous:
            raise Response.DoesNotExist
        continuations: dict[UUID | None, list[UUID]] = defaultdict(list)
        for pk, before in previous.items():
            continuations[before].append(pk)
        self.newest = next(reversed(previous), None)

        path = _path(previous, _newest_leaf(previous, continuations, through))
        responses = conversation.responses.defer("search").in_bulk(path)
        self.turns = [Turn(responses[pk], continuations[previous[pk]]) for pk in path]


def _newest_leaf(
    previous: dict[UUID, UUID | None], continuations: dict[UUID | None, list[UUID]], through: UUID | None
) -> UUID | None:
    below = [through]
    for pk in below:  # it grows until the leaves are in it
        below.extend(continuations[pk])
    leaves = {pk for pk in below if not continuations[pk]}
    return next((pk for pk in reversed(previous) if pk in leaves), None)


def _path(previous: dict[UUID, UUID | None], leaf: UUID | None) -> list[UUID]:
    """From the root to the leaf."""
    upward = []
    while leaf is not None:
        upward.append(leaf)
        leaf = previous[leaf]
    return upward[::-1]
