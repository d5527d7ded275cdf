"""Files that are named by their content: each is stored once, and removed when nothing uses it any more."""

import errno
import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePath

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils.translation import gettext as _

from common.refusal import Refused

logger = logging.getLogger(__name__)

FULL = {errno.ENOSPC, errno.EDQUOT}
MAX_NAME_BYTES = 255
"""In UTF-8: the longest name that file systems take."""
MAX_SUFFIX_CHARACTERS = 20


def path_for(content: bytes, folder: str) -> str:
    """Return the path of a file with this content in the storage, without a suffix."""
    return path_of(hashlib.sha256(content).hexdigest(), folder)


def path_of(digest: str, folder: str) -> str:
    """Return the path of the file whose content has this SHA-256, without a suffix."""
    return f"{folder}/{digest[:2]}/{digest}"


def safe_name(name: str, *, default: str) -> str:
    """Return a file's name without folders and invisible characters, truncated; the default if nothing is left."""
    visible = "".join(character for character in " ".join(name.split()) if character.isprintable())
    path = PurePath(visible.replace("\\", "/").rpartition("/")[2].strip(". "))
    suffix = path.suffix[:MAX_SUFFIX_CHARACTERS]
    stem = path.stem.encode()[: MAX_NAME_BYTES - len(suffix.encode())].decode(errors="ignore")
    return f"{stem}{suffix}" or default


def write(files: Mapping[str, bytes | Path]) -> None:
    """Store files that belong together, by path. Call it in a transaction, before the row that names them is made.

    A content may be the path of a file elsewhere, which is copied. Raise `Refused` if the disk is full.

    The first file is the one that is named by its content. It is locked until the transaction ends, so nobody reads a
    half-written file. A process that dies meanwhile leaves files without a row, which the next upload of the same
    content completes.
    """
    lock(next(iter(files)))
    for path, content in files.items():
        if default_storage.exists(path):
            size = content.stat().st_size if isinstance(content, Path) else len(content)
            if default_storage.size(path) == size:
                continue
            default_storage.delete(path)
        try:
            with refused_if_full():
                _save(path, content)
        except (OSError, Refused):
            default_storage.delete(path)
            raise


@contextmanager
def refused_if_full() -> Iterator[None]:
    """Raise `Refused` if the block fails because the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        logger.exception("a file could not be stored")
        raise Refused("no_space", _("The server has no room for more files. Tell an admin."), status=507) from error


def _save(path: str, content: bytes | Path) -> None:
    if isinstance(content, bytes):
        default_storage.save(path, ContentFile(content))
        return
    with content.open("rb") as file:
        default_storage.save(path, File(file))


@transaction.atomic
def remove_unused(path: str, *others: str, is_used: Callable[[str], bool]) -> None:
    """Remove a file and the others that belong to it, unless it is used.

    A concurrent upload of the same content either has its row already, or writes the file again afterwards.
    """
    lock(path)
    if not is_used(path):
        for each in (path, *others):
            default_storage.delete(each)


def lock(path: str) -> None:
    """Keep every other process of the site from writing or removing the file until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [path])
