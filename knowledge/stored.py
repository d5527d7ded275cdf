"""What of collections should be at which providers, and how far it is there: the rows of knowledge/stores.py.

Everything here blocks.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from knowledge.models import Collection, CollectionFile, Store, StoredFile
from providers.models import Model, Provider, UploadedFile

LEASE = timedelta(minutes=15)
"""For which a process has a store to itself: longer than one step takes."""
UNDO = timedelta(minutes=10)
"""For which the copy of a deleted collection stays, so that restoring it costs nothing."""
MIN_PAUSE = timedelta(seconds=10)
MAX_PAUSE = timedelta(hours=6)
"""After something went wrong: longer each time."""
MAX_DOUBLINGS = 12
CLOCKS_DIFFER = timedelta(minutes=1)
"""The most by which a provider's clock is behind."""
MAX_TRIES = 3
"""Of indexing a file."""
MAX_PROBLEM_CHARACTERS = 200
BATCH = 1000
TOOL = "file_search"
"""Among the tools of models whose providers have vector stores."""
CAPABILITY = "vector_stores"
State = StoredFile.State


def providers() -> QuerySet[Provider]:
    """Return the providers that keep copies of collections: those with a model that searches in them."""
    searching = Model.objects.filter(provider=OuterRef("pk"), is_enabled=True, hosted_tools__contains=[TOOL])
    # A provider that may not store responses may not store files either.
    able = Provider.objects.filter(is_enabled=True, store=True, dialect=Provider.Dialect.RESPONSES)
    return able.filter(Exists(searching)).exclude(capabilities__contains={CAPABILITY: False})


def plan() -> None:
    """Make the rows of all stores that there should be, and mark those that there shouldn't be any more."""
    now = timezone.now()
    wanted = Collection.objects.filter(is_at_providers=True, deleted_at=None)
    able = [*providers().values_list("pk", flat=True)]
    for provider_id in able:
        missing = wanted.exclude(stores__provider=provider_id).order_by()
        stores = [Store(collection_id=pk, provider_id=provider_id) for pk in missing.values_list("pk", flat=True)]
        Store.objects.bulk_create(stores, ignore_conflicts=True)
    unwanted = Q(collection=None) | Q(collection__is_at_providers=False) | Q(collection__deleted_at__lt=now - UNDO)
    unwanted |= Q(provider__is_enabled=False) | Q(provider__store=False)
    gone = Store.objects.filter(unwanted).exclude(state=Store.State.DELETING)
    gone.update(state=Store.State.DELETING, state_at=now, due_at=now)
    again = Store.objects.filter(state=Store.State.DELETING, collection__in=wanted.order_by(), provider__in=able)
    again.update(state=Store.State.FILLING, state_at=now, due_at=now)


def wake(collection_ids: Iterable[UUID]) -> None:
    """Have the stores of collections looked at now, because their files have changed."""
    Store.objects.filter(collection__in=[*collection_ids], tries=0).update(due_at=timezone.now())


def is_able(provider_id: UUID) -> bool:
    """Return whether a provider keeps copies of collections."""
    return providers().filter(pk=provider_id).exists()


@transaction.atomic
def claim() -> Store | None:
    """Return the store that is due the longest, which no other process looks at for a while; None if none is due."""
    now = timezone.now()
    due = Store.objects.filter(due_at__lte=now, claimed_until__lte=now).order_by("due_at")
    due = due.select_for_update(skip_locked=True, of=("self",))
    store = due.select_related("collection").first()
    if store is not None:
        keep(store)
    return store


def keep(store: Store) -> bool:
    """Have a store for a while longer. Return False if it is gone."""
    return bool(Store.objects.filter(pk=store.pk).update(claimed_until=timezone.now() + LEASE))


def release(store: Store, after: timedelta) -> None:
    """Have a store looked at again after a while. What was to be done was done."""
    now = timezone.now()
    Store.objects.filter(pk=store.pk).update(due_at=now + after, claimed_until=now, tries=0, problem="")


def postpone(store: Store, problem: str, pause: timedelta | None = None) -> None:
    """Have a store looked at again later because something went wrong."""
    wait = pause or min(MIN_PAUSE * 2 ** min(store.tries, MAX_DOUBLINGS), MAX_PAUSE)
    known, now = Store.objects.filter(pk=store.pk), timezone.now()
    known.update(due_at=now + wait, claimed_until=now, tries=store.tries + 1, problem=problem[:MAX_PROBLEM_CHARACTERS])
    known.filter(state=Store.State.FILLING, tries__gte=MAX_TRIES).update(state=Store.State.FAILED)


def set_state(store: Store, state: str, **fields: Any) -> None:
    """Note how far a store is, unless somebody else has begun to delete it."""
    known = Store.objects.filter(pk=store.pk)
    if state != Store.State.DELETING:
        known = known.exclude(state=Store.State.DELETING)
    known.update(state=state, state_at=timezone.now(), **fields)


def forget_store(store: Store) -> None:
    """Note that a store is gone at the provider: another one is filled with the files that are still there."""
    with transaction.atomic():
        set_state(store, Store.State.FILLING, store_id="", checked_at=None)
        kept = store.files.exclude(state=State.DELETING).exclude(file_id="")
        kept.update(state=State.UPLOADED, batch_id="", problem="", tries=0)
    store.store_id = ""


def doubt(store_ids: Iterable[str]) -> None:
    """Have stores looked at now that a provider said not to know, and not searched until then."""
    now = timezone.now()
    ready = Store.objects.filter(store_id__in=[*store_ids], state=Store.State.READY)
    ready.update(state=Store.State.FILLING, state_at=now, due_at=now, checked_at=None)


def note_unable(provider_id: UUID) -> None:
    """Note that a provider has no vector stores."""
    with transaction.atomic():
        provider = Provider.objects.select_for_update().get(pk=provider_id)
        provider.capabilities = {**provider.capabilities, CAPABILITY: False}
        provider.save(update_fields=["capabilities"])


def bring_in_step(store: Store) -> None:
    """Make the rows of the files that a store should have, and mark those that it shouldn't have any more."""
    gone = Q(collection_file=None) | Q(collection_file__deleted_at__isnull=False)
    store.files.filter(gone).exclude(state=State.DELETING).update(state=State.DELETING, state_at=timezone.now())
    files = CollectionFile.objects.filter(collection=store.collection_id, deleted_at=None, document__isnull=False)
    missing = files.exclude(stored__store=store).values_list("pk", flat=True)
    rows = (StoredFile(store=store, collection_file_id=pk) for pk in [*missing])
    StoredFile.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def mark(files: Iterable[StoredFile], state: str, **fields: Any) -> None:
    """Note how far files are. One that is to be deleted stays so."""
    known = StoredFile.objects.filter(pk__in=[file.pk for file in files]).exclude(state=State.DELETING)
    known.update(state=state, state_at=timezone.now(), **fields)


def in_state(store: Store, state: str, most: int) -> list[StoredFile]:
    """Return some of the files of a store that are in a state, those first that are in it the longest."""
    files = store.files.filter(state=state).select_related("collection_file__document")
    return [*files.order_by("state_at", "pk")[:most]]


def counts(store: Store) -> Counter[str]:
    """Return how many files of a store are in each state."""
    return Counter(dict(store.files.order_by().values_list("state").annotate(Count("pk"))))


def batches(store: Store) -> list[tuple[str, datetime]]:
    """Return the batches of a store that are being indexed, each with when that began, the oldest first."""
    indexing = store.files.filter(state=State.INDEXING).order_by()
    return [*indexing.values_list("batch_id").annotate(began=Min("state_at")).order_by("began")]


def end_deletion(store: Store) -> bool:
    """Forget a store that isn't at the provider any more. Return False if it is wanted again, or has files."""
    if store.files.exists():
        return False
    return bool(Store.objects.filter(pk=store.pk, state=Store.State.DELETING).delete()[0])


def forget_files(files: Iterable[StoredFile]) -> None:
    """Forget files that aren't at the provider any more."""
    StoredFile.objects.filter(pk__in=[file.pk for file in files]).delete()


def note_uploaded(file: StoredFile, file_id: str) -> None:
    """Note the provider's id of a file. It stays one that is to be deleted if it became one meanwhile."""
    StoredFile.objects.filter(pk=file.pk).update(file_id=file_id)
    mark([file], State.UPLOADED)


def adopt(files: Sequence[StoredFile], listed: Iterable[Mapping[str, Any]]) -> None:
    """Find the files whose upload was begun, and whose process died, among those that a provider lists.

    What isn't there is uploaded again. So nothing is left there that nobody knows.
    """
    found = {str(each.get("id")): each for each in listed}
    kept = (model.objects.filter(file_id__in=[*found]) for model in (StoredFile, UploadedFile))
    known = {file_id for rows in kept for file_id in rows.values_list("file_id", flat=True)}
    free = {file_id: each for file_id, each in found.items() if file_id not in known}
    for file in files:
        since = int((file.state_at - CLOCKS_DIFFER).timestamp())
        fitting = (
            file_id
            for file_id, each in free.items()
            if (each.get("filename"), each.get("bytes")) == (file.name, file.size)
            and isinstance(each.get("created_at"), int)
            and each["created_at"] >= since
        )
        if file_id := next(fitting, None):
            del free[file_id]
            note_uploaded(file, file_id)
        else:
            mark([file], State.WAITING)


def lose(file: StoredFile) -> None:
    """Note that a provider has a file no more, so that it is uploaded again. That is tried a few times."""
    known = StoredFile.objects.filter(pk=file.pk).exclude(state=State.DELETING)
    fields = {"file_id": "", "batch_id": "", "state_at": timezone.now(), "tries": file.tries + 1}
    if file.tries + 1 < MAX_TRIES:
        known.update(state=State.WAITING, **fields)
    else:
        known.update(state=State.FAILED, problem="lost", **fields)


def note_indexed(store: Store, batch_id: str, states: Mapping[str, tuple[str, str]], *, is_late: bool) -> None:
    """Note what became of the files of a batch: the status and the problem of each, by its id at the provider.

    What isn't indexed in time, or failed for no reason of its own, is tried again a few times.
    """
    for file in store.files.filter(batch_id=batch_id, state=State.INDEXING):
        status, problem = states.get(file.file_id, ("", "missing"))
        if status == "completed":
            mark([file], State.READY, problem="", batch_id="", tries=0)
        elif status == "in_progress" and not is_late:
            continue
        elif file.tries + 1 < MAX_TRIES and problem not in {"unsupported_file", "invalid_file"}:
            mark([file], State.UPLOADED, tries=file.tries + 1, batch_id="")
        else:
            mark([file], State.FAILED, problem=problem or "too_slow", batch_id="")
