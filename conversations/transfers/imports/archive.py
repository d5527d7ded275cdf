"""An uploaded file, read into the conversations in it: JSON, or a zip with JSON and images."""

import struct
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import IO, Any

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _

from conversations.transfers.imports import chatgpt, native
from conversations.transfers.imports.tree import SourceImage, Tree, Unreadable, clean_title

MAX_BYTES = 200_000_000
"""In an uploaded file."""
MAX_JSON_BYTES = 100_000_000
"""In all its JSON, which is held in memory."""
MAX_IMAGES_BYTES = 2 * MAX_BYTES
"""In all images that are read from it. One that is named several times is read, and counted, each time."""
MAX_DIRECTORY_BYTES = 5_000_000
"""In the list of a zip's files."""
END_OF_ZIP = struct.Struct("<4s4H2LH")
"""The end of central directory record: PKWARE's APPNOTE.TXT, 4.3.16."""


class Kind(msgspec.Struct):
    """What tells an export of a site like this one from ChatGPT's: its `format`."""

    format: Any = None


_chatgpt = msgspec.json.Decoder(chatgpt.Exported)
_native = msgspec.json.Decoder(native.Export)
_kind = msgspec.json.Decoder(Kind)
_list = msgspec.json.Decoder(list[msgspec.Raw])


class Titled(msgspec.Struct):
    """The places of the title in both kinds of export."""

    title: str | None = None
    conversation: dict[str, Any] | None = None


class Archive:
    """The conversations in an uploaded file, as the JSON of each, which `read` decodes.

    Raise `Unreadable` if the file as a whole is no export that can be read.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = _open(file)
        self._image_bytes_left = MAX_IMAGES_BYTES
        self._names = {name.rpartition("/")[2]: name for name in self._zip.namelist()} if self._zip else {}
        self.conversations = [each for content in self._json(file) for each in _split(content)]

    def read(self, conversation: msgspec.Raw) -> Tree:
        """Return one of the conversations. Raise `Unreadable` if it isn't as an export has it."""
        try:
            if _kind.decode(conversation).format == native.FORMAT:
                return native.read(_native.decode(conversation))
            return chatgpt.read(_chatgpt.decode(conversation), self._image)
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            raise Unreadable(_("its format is unknown")) from error

    def _json(self, file: IO[bytes]) -> Iterator[bytes]:
        """Yield the JSON documents with conversations. Raise `Unreadable` if they exceed `MAX_JSON_BYTES` together."""
        left = MAX_JSON_BYTES
        for content in self._contents(file, left):
            left -= len(content)
            if left < 0:
                raise Unreadable(_("The conversations in this file are too large to import at once."))
            yield content

    def _contents(self, file: IO[bytes], limit: int) -> Iterator[bytes]:
        """Yield the JSON documents, each cut after a byte more than the limit."""
        if self._zip is None:
            yield file.read(limit + 1)
            return
        names = [name for short, name in self._names.items() if short.startswith("conversations")]
        if not (wanted := sorted(name for name in names if name.endswith(".json"))):
            raise Unreadable(_("This zip has no conversations.json in it. Choose the zip that ChatGPT sent you."))
        for name in wanted:
            yield self._read(name, limit)

    def _image(self, pointer: str) -> SourceImage | None:
        """Return the image that ChatGPT points to: `file-service://file-abc` is the file `file-abc-its-name.png`."""
        wanted = pointer.rpartition("/")[2]
        found = next((short for short in self._names if short.startswith(wanted)), None) if wanted else None
        if found is None:
            return None
        return SourceImage(found, partial(self._read_image, self._names[found]))

    def _read_image(self, name: str) -> bytes | None:
        """Return an image, or None if it is damaged. It may be cut, and then can't be decoded."""
        try:
            content = self._read(name, min(settings.MAX_IMAGE_BYTES, self._image_bytes_left))
        except Unreadable:
            return None
        self._image_bytes_left = max(self._image_bytes_left - len(content), 0)
        return content

    def _read(self, name: str, limit: int) -> bytes:
        """Return a file from the zip, cut after a byte more than the limit, however much it unpacks to."""
        assert self._zip is not None  # noqa: S101
        try:
            with self._zip.open(name) as entry:
                return entry.read(limit + 1)
        except Exception as error:
            # Beside those of zipfile, each compression method has errors of its own, such as zlib.error.
            raise Unreadable(_("The file is damaged. Download it again.")) from error


def title_of(conversation: msgspec.Raw) -> str:
    """Return the title of a conversation that can't be imported, or "" if it can't be known."""
    try:
        found = msgspec.json.decode(conversation, type=Titled)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return ""
    title = (found.conversation or {}).get("title", found.title)
    return clean_title(title) if isinstance(title, str) else ""


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
        raise Unreadable(_("The file is damaged. Download it again.")) from error


def _split(content: bytes) -> list[msgspec.Raw]:
    """Return the JSON of each conversation, not yet decoded: one after the other, they need little memory."""
    if len(content) > MAX_JSON_BYTES:
        raise Unreadable(_("The conversations in this file are too large to import at once."))
    content = content.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        if content.startswith(b"{"):
            return [msgspec.json.decode(content, type=msgspec.Raw)]
        return _list.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise Unreadable(_("This isn't a ChatGPT export or an export from this chat.")) from error
