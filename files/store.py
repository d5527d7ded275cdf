"""Files named after their content: each is stored once, and removed when nothing uses it any more."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction

MAX_NAME_CHARACTERS = 200
MAX_SUFFIX_CHARACTERS = 20


def path_for(content: bytes, folder: str) -> str:
    """Return where a file with this content is stored, without its suffix."""
    digest = hashlib.sha256(content).hexdigest()
    return f"{folder}/{digest[:2]}/{digest}"


def safe_name(name: str, *, otherwise: str) -> str:
    """Return what a file was called, without folders and invisible characters, short enough to be stored."""
    visible = "".join(character for character in " ".join(name.split()) if character.isprintable())
    path = PurePath(visible.replace("\\", "/").rpartition("/")[2].strip(". "))
    suffix = path.suffix[:MAX_SUFFIX_CHARACTERS]
    return f"{path.stem[: MAX_NAME_CHARACTERS - len(suffix)]}{suffix}" or otherwise


def write(files: Mapping[str, bytes]) -> None:
    """Store files that belong together, in a transaction and before there is a row that shows them.

    The first is the one that is named after its content. Its lock keeps others out until the transaction ends, so
    nobody reads a file that is half written. A process that dies meanwhile leaves files without a row, which the next
    upload of the same content completes.
    """
    _lock(next(iter(files)))
    for path, content in files.items():
        if default_storage.exists(path):
            if default_storage.size(path) == len(content):
                continue
            default_storage.delete(path)
        default_storage.save(path, ContentFile(content))


@transaction.atomic
def remove_unused(path: str, *others: str, is_used: Callable[[str], bool]) -> None:
    """Remove a file, and others that belong to it, unless it is used.

    An upload of the same content either has its row by now, or writes the file again after this.
    """
    _lock(path)
    if not is_used(path):
        for each in (path, *others):
            default_storage.delete(each)


def _lock(path: str) -> None:
    """Keep every other process of the site from writing or removing the file until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [path])
