"""Documents that nothing uses: whoever stored or removed one was killed or stopped in that moment."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef
from django.utils import timezone

from common.threads import in_thread
from conversations.models import Attachment
from files import documents
from files.models import DOCUMENTS, Document, path_of_document
from knowledge.models import CollectionFile

logger = logging.getLogger(__name__)

RETENTION = timedelta(hours=1)
"""How long a document stays after it was stored: what uses it may only be about to be."""
CHECK_SECONDS = 86_400.0


async def remove_unused() -> None:
    """Remove the documents, and the files of documents, that no attachment and no collection has."""
    await in_thread(_remove_rows)()
    for folder in await in_thread(_folders)():
        await in_thread(_remove_files)(folder)


def _remove_rows() -> None:
    attached = Attachment.objects.filter(document=OuterRef("pk"))
    collected = CollectionFile.objects.filter(digest=OuterRef("pk"))
    unused = Document.objects.filter(~Exists(attached), ~Exists(collected), read_at__lt=timezone.now() - RETENTION)
    _remove(unused.values_list("pk", flat=True))


def _folders() -> list[str]:
    return sorted(default_storage.listdir(DOCUMENTS)[0]) if default_storage.exists(DOCUMENTS) else []


def _remove_files(folder: str) -> None:
    """Remove the files in a folder that aren't used, such as those that no row was stored for."""
    names = {*default_storage.listdir(f"{DOCUMENTS}/{folder}")[1]}
    names -= {*Attachment.objects.filter(document__in=names).values_list("document", flat=True)}
    names -= {*CollectionFile.objects.filter(digest__in=names).values_list("digest", flat=True)}
    _remove(name for name in names if _is_old(path_of_document(name)))


def _is_old(path: str) -> bool:
    try:
        return default_storage.get_modified_time(path) < timezone.now() - RETENTION
    except FileNotFoundError:
        return False


def _remove(digests: Iterable[str]) -> None:
    for digest in digests:
        logger.info("the document %s is removed: nothing uses it", digest)
        try:
            documents.remove_unused(digest)
        except OSError:
            logger.exception("the file of the document %s could not be removed", digest)
