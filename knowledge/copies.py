"""Which copies of collections a provider can search in at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef

from knowledge.models import CollectionFile, Store, StoredFile
from providers.environment import ENVIRONMENT_ID

FILE = "file"
"""The attribute of a file in a store with its id here."""
MAX_LEFT_OUT = 100
"""Files that are deleted here, and not yet at the provider. If there are more, the copies aren't searched."""
State = StoredFile.State


@dataclass(frozen=True)
class Copies:
    """The vector stores of some collections at one provider."""

    store_ids: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """The ids here of the files in them in which nobody may search any more."""
    has_gaps: bool = False
    """Whether there are files that the provider doesn't have, or couldn't index."""


def copies_at(provider_id: UUID | None, collections: Sequence[UUID]) -> Copies | None:
    """Return the copies of collections at a provider; None unless all of them can be searched. It blocks."""
    ready = Store.objects.filter(provider=provider_id or ENVIRONMENT_ID, state=Store.State.READY)
    kept = ready.filter(collection__in=[*collections], collection__is_at_providers=True).exclude(store_id="")
    stores = [*kept.order_by("store_id")]
    if not collections or len(stores) < len(set(collections)):
        return None
    files = StoredFile.objects.filter(store__in=stores)
    if files.filter(collection_file=None).exclude(file_id="").exists():
        # It can't be named, so it must be gone first.
        return None
    gone = set(files.filter(state=State.DELETING).values_list("collection_file", flat=True)[: MAX_LEFT_OUT + 1])
    deleted = CollectionFile.objects.filter(deleted_at__isnull=False, stored__store__in=stores)
    gone.update(deleted.values_list("pk", flat=True)[: MAX_LEFT_OUT + 1])
    if len(gone) > MAX_LEFT_OUT:
        return None
    # Also of what was just added or restored, and isn't planned there yet.
    there = files.filter(collection_file=OuterRef("pk"), state=State.READY)
    read = CollectionFile.objects.present().filter(collection__in=[*collections], document__isnull=False)
    has_gaps = read.filter(~Exists(there)).exists()
    return Copies(tuple(store.store_id for store in stores), tuple(sorted(map(str, gone))), has_gaps)
