"""The files of collections: added, shown as JSON, deleted, restored, and removed when that can't be undone any more."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.threads import in_thread
from files import documents
from files.models import Document
from files.refusals import refusal
from files.store import safe_name
from files.words import details
from knowledge.models import Collection, CollectionFile
from knowledge.permissions import check_room_for_files
from knowledge.stored import wake
from providers import uploads

RETENTION = timedelta(days=1)
"""For how long a deletion can be undone: pages offer that only right after it."""
CHECK_SECONDS = 3600.0
BATCH = 100

State = CollectionFile.State


def add(collection: Collection, upload: "UploadedFile[bytes]", user: User) -> CollectionFile:
    """Keep an uploaded file in a collection, to be read (knowledge/filling.py). It blocks.

    The same content is in a collection once: if it couldn't be read, it is read again. Raise `Refused` if the file is
    empty or too large, or if there is no room for it.
    """
    check_room_for_files(collection)
    name = safe_name(upload.name or "", default=_("File"))
    with transaction.atomic():
        digest, size = documents.store(upload)
        file = CollectionFile(collection=collection, digest=digest, name=name, size=size, added_by=user)
        CollectionFile.objects.bulk_create([file], ignore_conflicts=True)
    kept = collection.files.present().select_related("document").get(digest=digest)
    return read_again(kept) if kept.state == State.FAILED else kept


def read_again(file: CollectionFile) -> CollectionFile:
    """Let a file that couldn't be read be read once more; return it."""
    if CollectionFile.objects.filter(pk=file.pk, state=State.FAILED).update(**_waiting()):
        file.refresh_from_db()
    return file


def read_all_again(collection: Collection) -> int:
    """Let all files that couldn't be read be read once more; return how many these are."""
    return collection.files.present().filter(state=State.FAILED).update(**_waiting())


def counts(collections: Iterable[Collection]) -> dict[Any, dict[str, int]]:
    """Return how many files are in each state, by the ids of the collections."""
    found = {each.pk: dict.fromkeys(State.values, 0) for each in collections}
    files = CollectionFile.objects.present().filter(collection__in=found).order_by()
    for collection, state, number in files.values_list("collection", "state").annotate(Count("pk")):
        found[collection][state] = number
    return found


def described(file: CollectionFile) -> dict[str, Any]:
    """Return what pages show of a file. Its `document` is loaded with it."""
    document = file.document
    return {
        "id": str(file.pk),
        "name": file.name,
        "size": file.size,
        "state": file.state,
        "problem": refusal(file.problem).message if file.problem else "",
        "created_at": file.created_at.isoformat(),
        "kind": document.kind if document else "",
        "media_type": document.media_type if document else "",
        "pages": document.pages if document else None,
        "rows": document.rows if document else None,
        "details": details(file.size, document),
        "tokens": document.tokens if document else None,
        "has_text": bool(document and document.characters),
        "is_truncated": bool(document and document.is_truncated),
    }


def delete(files: QuerySet[CollectionFile]) -> datetime:
    """Delete files, which can be restored for a while by the time that is returned."""
    now = timezone.now()
    collections = [*files.order_by().values_list("collection", flat=True).distinct()]
    files.filter(deleted_at=None).update(deleted_at=now)
    wake(collections)
    return now


def restore(collection: Collection, deleted_at: datetime, only: CollectionFile | None = None) -> int:
    """Restore the files that were deleted at a time, or `only` one of them; return how many.

    Those whose content was added again since stay deleted. Raise `Refused` if there is no room for them.
    """
    again = collection.files.present().values("digest")
    files = collection.files.filter(deleted_at=deleted_at).exclude(digest__in=again)
    files = files.filter(pk=only.pk) if only else files
    check_room_for_files(collection, files.count())
    return files.update(deleted_at=None)


async def remove_deleted() -> None:
    """Remove the files and collections whose deletion can't be undone any more, a few at a time."""
    while await in_thread(remove_due)():
        pass


def remove_due() -> bool:
    """Remove some files that can't be restored any more. Return whether there were as many as it takes at once."""
    since = timezone.now() - RETENTION
    gone = Q(deleted_at__lt=since) | Q(collection__in=Collection.objects.filter(deleted_at__lt=since))
    with transaction.atomic():
        files = [*CollectionFile.objects.filter(gone).select_for_update(skip_locked=True, of=("self",))[:BATCH]]
        CollectionFile.objects.filter(pk__in=[each.pk for each in files]).delete()
        Collection.objects.filter(deleted_at__lt=since, files=None).delete()
    digests = {each.digest for each in files}
    for digest in digests:
        documents.remove_unused(digest)
    # It may have been sent in a conversation before, which is gone, too.
    uploads.forget(digests.difference(Document.objects.filter(pk__in=digests).values_list("pk", flat=True)))
    return len(files) == BATCH


def is_used(digest: str) -> bool:
    """Return whether a file of a collection has this content, even if it is deleted and may still be restored."""
    return CollectionFile.objects.filter(digest=digest).exists()


def _waiting() -> dict[str, Any]:
    return {"state": State.WAITING, "problem": "", "state_at": timezone.now()}
