"""An uploaded file and the conversations in it: JSON, or a zip with JSON and images."""

import struct
import zipfile
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _

from common.text import one_line
from conversations.transfers.imports import chatgpt, native
from conversations.transfers.imports.scan import Span, spans_in, too_large
from conversations.transfers.imports.tree import SourceImage, Steps, Tree, Unreadable

MAX_BYTES = 200_000_000
"""In an uploaded file."""
MAX_JSON_BYTES = 100_000_000
"""In all its JSON."""
MAX_IMAGES_BYTES = 2 * MAX_BYTES
"""In all images and files that are read from it. One that is named several times is read, and counted, each time."""
MAX_DIRECTORY_BYTES = 5_000_000
"""In the list of a zip's files."""
END_OF_ZIP = struct.Struct("<4s4H2LH")
"""The end of central directory record: PKWARE's APPNOTE.TXT, 4.3.16."""
PIECE_BYTES = 1 << 16
"""That are read and scanned at once."""


class Kind(msgspec.Struct):
    """What tells an export of a site like this one from ChatGPT's: its `format`."""

    format: Any = None


class Titled(msgspec.Struct):
    """The places of the title in both kinds of export."""

    title: str | None = None
    conversation: dict[str, Any] | None = None


_chatgpt = msgspec.json.Decoder(chatgpt.Exported)
_native = msgspec.json.Decoder(native.Export)
_kind = msgspec.json.Decoder(Kind)


@dataclass(frozen=True)
class Found:
    """A conversation in a file: its JSON, or why that can't be decoded, with the title if it is known."""

    content: bytes
    problem: str = ""
    title: str = ""


class Archive:
    """An uploaded file. First scan it, which says how many conversations it has, then read them one after the other.

    Raise `Unreadable` if the file as a whole is no export that can be read.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._zip = _open(file)
        self._image_bytes_left = MAX_IMAGES_BYTES
        self._names = {name.rpartition("/")[2]: name for name in self._zip.namelist()} if self._zip else {}
        self._sorted_names = sorted(self._names)
        self._spans: dict[str, list[Span]] = {}
        self.count = 0
        """How many conversations were found."""

    def scan(self) -> Steps[None]:
        """Find the conversations. Raise `Unreadable` if the file has none that can be read, or too much of anything."""
        left = MAX_JSON_BYTES
        for document in self._documents():
            spans = self._spans[document] = []
            with self._opened(document) as stream:
                pieces = _Pieces(stream, left)
                for span in spans_in(pieces, self.count):
                    if span:
                        spans.append(span)
                    else:
                        yield
            self.count += len(spans)
            left = pieces.left

    def conversations(self) -> Iterator[Found]:
        """Yield the conversations, each read when it is its turn."""
        for document, spans in self._spans.items():
            with self._opened(document) as stream:
                place = 0
                for span in spans:
                    if span.problem:
                        yield Found(b"", span.problem, span.title)
                        continue
                    while place < span.start:
                        place += len(stream.read(min(PIECE_BYTES, span.start - place)))
                    place = span.end
                    yield Found(stream.read(span.end - span.start))

    def tree(self, content: bytes) -> Steps[Tree]:
        """Return a conversation. Raise `Unreadable` if it isn't as an export has it, or has too much of anything."""
        try:
            if _kind.decode(content).format == native.FORMAT:
                return (yield from native.read(_native.decode(content), self._file_named))
            return (yield from chatgpt.read(_chatgpt.decode(content), self._image))
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            raise Unreadable(_("its format is unknown")) from error

    def _documents(self) -> list[str]:
        """Return the names of the JSON documents with conversations: "" for a file that is one itself."""
        if self._zip is None:
            return [""]
        names = [name for short, name in self._names.items() if short.startswith("conversations")]
        if not (wanted := sorted(name for name in names if name.endswith(".json"))):
            raise Unreadable(_("This zip has no conversations.json in it. Choose the zip of an export."))
        return wanted

    @contextmanager
    def _opened(self, document: str) -> Iterator[IO[bytes]]:
        if self._zip is None:
            self._file.seek(0)
            yield self._file
            return
        try:
            with self._zip.open(document) as entry:
                yield entry
        except Unreadable:
            raise
        except Exception as error:
            # Beside those of zipfile, each compression method has errors of its own, such as zlib.error.
            raise damaged() from error

    def _image(self, pointer: str) -> SourceImage | None:
        """Return what ChatGPT points to: `file-service://file-abc` is the file `file-abc-its-name.png`."""
        wanted = pointer.rpartition("/")[2]
        found = next(filter(None, map(self._name_after, (wanted, f"{wanted}_"))), None) if wanted else None
        return SourceImage(found, partial(self._read_image, self._names[found])) if found else None

    def _file_named(self, name: str) -> bytes | None:
        """Return a file that an export of ours names, or None if it isn't there."""
        found = self._names.get(name.rpartition("/")[2])
        return self._read_image(found) if found else None

    def _name_after(self, beginning: str) -> str | None:
        """Return the first name with this beginning, unless that goes on in it with a letter or a digit."""
        place = bisect_left(self._sorted_names, beginning)
        found = self._sorted_names[place] if place < len(self._sorted_names) else ""
        goes_on = beginning[-1:].isalnum() and found[len(beginning) : len(beginning) + 1].isalnum()
        return found if found.startswith(beginning) and not goes_on else None

    def _read_image(self, name: str) -> bytes | None:
        """Return an image or a file, or None if it is damaged. It may be cut, and then can't be read."""
        limit = min(max(settings.MAX_IMAGE_BYTES, settings.MAX_FILE_BYTES), self._image_bytes_left)
        try:
            with self._opened(name) as entry:
                # A byte more, so that what is too large is refused.
                content = entry.read(limit + 1)
        except Unreadable:
            return None
        self._image_bytes_left = max(self._image_bytes_left - len(content), 0)
        return content


class _Pieces:
    """The pieces of a document. Raise `Unreadable` if it has more bytes than are `left`, however much it unpacks to."""

    def __init__(self, stream: IO[bytes], left: int) -> None:
        self.left = left
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._stream.read(PIECE_BYTES):
            self.left -= len(piece)
            if self.left < 0:
                raise too_large()
            yield piece


def title_of(content: bytes) -> str:
    """Return the title of a conversation that can't be imported, or "" if it can't be known."""
    try:
        found = msgspec.json.decode(content, type=Titled)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return ""
    title = (found.conversation or {}).get("title", found.title)
    return one_line(title) if isinstance(title, str) else ""


def damaged() -> Unreadable:
    """Return the refusal of a zip that can't be unpacked."""
    return Unreadable(_("The file is damaged. Download it again."))


def _open(file: IO[bytes]) -> zipfile.ZipFile | None:
    """Return the file as a zip, or None if it isn't one. Raise `Unreadable` if it is damaged or has too many files.

    The size of its list of files is checked before the list is read.
    """
    is_zip = file.read(4) == b"PK\x03\x04"
    file.seek(0)
    if not is_zip:
        return None
    file.seek(max(file.seek(0, 2) - END_OF_ZIP.size, 0))
    end = file.read().rjust(END_OF_ZIP.size)
    signature, *_numbers, size, _offset, comment = END_OF_ZIP.unpack(end)
    file.seek(0)
    if signature != b"PK\x05\x06" or comment or size > MAX_DIRECTORY_BYTES:
        raise Unreadable(_("The zip is damaged, or has too many files in it."))
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
        raise damaged() from error
