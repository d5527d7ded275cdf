"""Documents: the files that people attach or collect, kept and read once for each content."""

import hashlib
import tempfile
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from common.pools import READING
from common.refusal import busy
from common.threads import give_back_connection
from files.models import Document, Passage, path_of_document
from files.reading import process
from files.reading.said import Piece, Summary
from files.refusals import refusal
from files.registry import KINDS
from files.store import lock, refused_if_full, write
from files.store import remove_unused as remove_unused_file
from files.unreadable import Unreadable

BATCH = 500
"""Passages in one statement."""

_uses: list[Callable[[str], bool]] = []


def keep(upload: "UploadedFile[bytes] | BinaryIO | Path", person: Hashable) -> Document:
    """Return the document of a file, which is read and stored unless its content is known.

    It blocks, for as long as the file is read and others of this person before it. Raise `Refused` if it can't be read
    or kept. The caller makes the row that uses it right after, outside of any transaction that waits.
    """
    with _on_disk(upload) as path:
        digest, size = _measured(path)
        if (known := _known(digest)) is not None:
            return known
        summary, passages = _read(path, person)
        with transaction.atomic():
            write({path_of_document(digest): path})
            return _stored(digest, size, summary, passages)


def store(upload: "UploadedFile[bytes] | BinaryIO | Path") -> tuple[str, int]:
    """Store a file that is read later; return its digest and its size in bytes.

    Call it in the transaction that makes the row which uses it. Raise `Refused` if it is empty, too large, or if there
    is no room for it.
    """
    with _on_disk(upload) as path:
        digest, size = _measured(path)
        write({path_of_document(digest): path})
        return digest, size


def read(digest: str, person: Hashable) -> Document:
    """Return the document of a file that is stored, which is read unless its content is known. It blocks.

    Raise `Refused` if it can't be read, `FileNotFoundError` if it isn't stored any more.
    """
    if (known := _known(digest)) is not None:
        return known
    path = Path(default_storage.path(path_of_document(digest)))
    size = path.stat().st_size
    summary, passages = _read(path, person)
    with transaction.atomic():
        lock(path_of_document(digest))
        if not path.exists():
            raise FileNotFoundError(path)
        return _stored(digest, size, summary, passages)


def text_of(document: Document, max_characters: int | None = None) -> str:
    """Return the text of a document, or its beginning.

    Before each page stands a line such as "[Page 3]", "[Slide 3]" or "[Sheet 1: Ships]".
    """
    parts: list[str] = []
    characters, before = 0, None
    passages = document.passages.order_by("number").values_list("page", "label", "text")
    for page, label, text in passages.iterator(chunk_size=BATCH):
        if page is not None and page != before:
            parts.append(f"{chr(10) if parts else ''}{header(document.kind, page, label)}\n")
            before = page
        parts.append(text)
        characters += len(text)
        if max_characters is not None and characters >= max_characters:
            break
    return "".join(parts).strip("\n")[:max_characters]


def header(kind: str, page: int, label: str) -> str:
    """Return the line that stands before a page where a model reads it."""
    about = KINDS[kind]
    return f"[{about.unit} {page}: {label}]" if about.is_table and label else f"[{about.unit} {page}]"


def register_use(is_used: Callable[[str], bool]) -> None:
    """Ask this function before a document is removed: it tells whether rows of its room use the digest."""
    _uses.append(is_used)


def remove_unused(digest: str) -> None:
    """Remove a document, with its file and its passages, unless something uses it. Call it outside a transaction."""

    def is_used(_path: str) -> bool:
        if any(use(digest) for use in _uses):
            return True
        Document.objects.filter(pk=digest).delete()
        return False

    remove_unused_file(path_of_document(digest), is_used=is_used)


def _known(digest: str) -> Document | None:
    """Return the document of a content that was read, if its file is there."""
    document = Document.objects.filter(pk=digest).first()
    return document if document is not None and default_storage.exists(path_of_document(digest)) else None


def _read(path: Path, person: Hashable) -> tuple[Summary, list[Piece]]:
    give_back_connection()
    with READING.turn(person):
        try:
            return process.read(path, settings.MAX_FILE_PAGES)
        except Unreadable as unreadable:
            raise refusal(unreadable.code) from unreadable
        except process.Stopped:
            raise busy() from None


def _stored(digest: str, size: int, summary: Summary, passages: list[Piece]) -> Document:
    """Store what was read, unless somebody else just did."""
    document, is_new = Document.objects.get_or_create(
        pk=digest,
        defaults={
            "kind": summary.kind,
            "media_type": summary.media_type,
            "size": size,
            "pages": summary.pages,
            "rows": summary.rows,
            "characters": summary.characters,
            "tokens": summary.tokens,
            "is_truncated": summary.is_truncated,
        },
    )
    if is_new:
        Passage.objects.bulk_create(
            (
                Passage(document=document, number=number, page=piece.page, label=piece.label, text=piece.text)
                for number, piece in enumerate(passages)
            ),
            batch_size=BATCH,
        )
    return document


def _measured(path: Path) -> tuple[str, int]:
    """Return the digest and the size of a file. Raise `Refused` if it is empty or too large."""
    size = path.stat().st_size
    if size == 0:
        raise refusal("empty")
    if size > settings.MAX_FILE_BYTES:
        raise refusal("too_large")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), size


@contextmanager
def _on_disk(upload: "UploadedFile[bytes] | BinaryIO | Path") -> Iterator[Path]:
    """Yield the path of an upload, which is written to disk if it is in memory."""
    if isinstance(upload, Path):
        yield upload
    elif hasattr(upload, "temporary_file_path"):
        yield Path(upload.temporary_file_path())
    else:
        with tempfile.NamedTemporaryFile() as file:
            upload.seek(0)
            with refused_if_full():
                copyfileobj(upload, file)
                file.flush()
            yield Path(file.name)
