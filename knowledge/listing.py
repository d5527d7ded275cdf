"""What pages list of collections: their files, and how many are how far."""

from collections.abc import Collection as SizedIterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from knowledge.content import counts
from knowledge.models import Collection, CollectionFile

PAGE_SIZE = 100
"""Files."""
MAX_QUERY_CHARACTERS = 100

State = CollectionFile.State


@dataclass(frozen=True)
class Summary:
    """What is in a collection, in numbers. `open` are the files that are still to be read."""

    files: int
    open: int
    failed: int


def summaries(collections: SizedIterable[Collection]) -> dict[UUID, Summary]:
    """Return what is in each of the collections, by its id."""
    return {
        pk: Summary(sum(found.values()), found[State.WAITING] + found[State.READING], found[State.FAILED])
        for pk, found in counts(collections).items()
    }


def listed(collection: Collection, query: str = "", state: str = "") -> QuerySet[CollectionFile]:
    """Return the files of a collection, newest first: those whose names have the words, and that are in a state.

    Those that are being read are among those that wait.
    """
    found = collection.files.present().select_related("document", "added_by").order_by("-created_at", "-id")
    if words := query.replace("\0", "").strip()[:MAX_QUERY_CHARACTERS]:
        found = found.filter(name__icontains=words)
    if state == State.WAITING:
        return found.filter(state__in=[State.WAITING, State.READING])
    return found.filter(state=state) if state in State.values else found
