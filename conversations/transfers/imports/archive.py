"""An uploaded file as the conversations in it: JSON, or a zip with JSON and pictures."""

import struct
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import IO, Any

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _

from conversations.transfers.imports import chatgpt, native
from conversations.transfers.imports.tree import Picture, Tree, Unreadable, clean_title

MOST_BYTES = 200_000_000
"""Of an upload."""
MOST_JSON = 100_000_000
"""Of all JSON in it, which is held in memory."""
MOST_PICTURES = 2 * MOST_BYTES
"""Of all pictures that are read from it, one as often as it is named."""
MOST_DIRECTORY = 5_000_000
"""Of the list of files in a zip: some 50,000 names."""
END_OF_ZIP = struct.Struct("<4s4H2LH")


class Kind(msgspec.Struct):
    format: Any = None


_chatgpt = msgspec.json.Decoder(chatgpt.Conversation)
_native = msgspec.json.Decoder(native.Export)
_kind = msgspec.json.Decoder(Kind)
_list = msgspec.json.Decoder(list[msgspec.Raw])


class Titled(msgspec.Struct):
    title: str | None = None
    conversation: dict[str, Any] | None = None


class Archive:
    """`conversations` are the JSON of each. Raises Unreadable where the file as a whole is none of those we know."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = _opened(file)
        self._left_for_pictures = MOST_PICTURES
        self._names = {name.rpartition("/")[2]: name for name in self._zip.namelist()} if self._zip else {}
        self.conversations = [each for content in self._json(file) for each in _split(content)]

    def read(self, conversation: msgspec.Raw) -> Tree:
        """Raises Unreadable."""
        try:
            if _kind.decode(conversation).format == native.FORMAT:
                return native.read(_native.decode(conversation))
            return chatgpt.read(_chatgpt.decode(conversation), self._picture)
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            raise Unreadable(_("it is not what an export has")) from error

    def _json(self, file: IO[bytes]) -> Iterator[bytes]:
        left = MOST_JSON
        for content in self._contents(file, left):
            left -= len(content)
            if left < 0:
                raise Unreadable(_("The conversations in the file are larger than can be imported at once."))
            yield content

    def _contents(self, file: IO[bytes], most: int) -> Iterator[bytes]:
        if self._zip is None:
            yield file.read(most + 1)
            return
        names = [name for short, name in self._names.items() if short.startswith("conversations")]
        if not (wanted := sorted(name for name in names if name.endswith(".json"))):
            raise Unreadable(_("There is no conversations.json in the file."))
        for name in wanted:
            yield self._read(name, most)

    def _picture(self, pointer: str) -> Picture | None:
        """The file that ChatGPT names `file-service://file-abc` is `file-abc-what.it.was.called.png`."""
        wanted = pointer.rpartition("/")[2]
        found = next((short for short in self._names if short.startswith(wanted)), None) if wanted else None
        if found is None:
            return None
        return Picture(found, partial(self._read_picture, self._names[found]))

    def _read_picture(self, name: str) -> bytes | None:
        try:
            content = self._read(name, min(settings.MAX_IMAGE_BYTES, self._left_for_pictures))
        except Unreadable:
            return None
        self._left_for_pictures = max(self._left_for_pictures - len(content), 0)
        return content

    def _read(self, name: str, most: int) -> bytes:
        """Never more than the limit and a byte, however much is packed in little."""
        assert self._zip is not None  # noqa: S101
        try:
            with self._zip.open(name) as entry:
                return entry.read(most + 1)
        except (zipfile.BadZipFile, OSError, RuntimeError, ValueError, EOFError, NotImplementedError) as error:
            raise Unreadable(_("The file is damaged.")) from error
        except Exception as error:
            # Each way of packing has errors of its own, as zlib.error.
            raise Unreadable(_("The file is damaged.")) from error


def title_of(conversation: msgspec.Raw) -> str:
    """What one that can't be read is called, as far as that can be known."""
    try:
        found = msgspec.json.decode(conversation, type=Titled)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return ""
    title = (found.conversation or {}).get("title", found.title)
    return clean_title(title) if isinstance(title, str) else ""


def _opened(file: IO[bytes]) -> zipfile.ZipFile | None:
    """A zip, whose list of files is looked at before it is read; None for what is none."""
    is_zip = file.read(4) == b"PK\x03\x04"
    file.seek(0)
    if not is_zip:
        return None
    file.seek(max(file.seek(0, 2) - END_OF_ZIP.size, 0))
    end = file.read().rjust(END_OF_ZIP.size)
    signature, *_numbers, size, _offset, comment = END_OF_ZIP.unpack(end)
    file.seek(0)
    if signature != b"PK\x05\x06" or comment or size > MOST_DIRECTORY:
        raise Unreadable(_("The file is damaged, or has too many files in it."))
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
        raise Unreadable(_("The file is damaged.")) from error


def _split(content: bytes) -> list[msgspec.Raw]:
    """The conversations, each as the part of the content that it is: decoded one by one, they need little memory."""
    if len(content) > MOST_JSON:
        raise Unreadable(_("The conversations in the file are larger than can be imported at once."))
    content = content.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        if content.startswith(b"{"):
            return [msgspec.json.decode(content, type=msgspec.Raw)]
        return _list.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise Unreadable(_("This is no export: neither ChatGPT's nor one of this site.")) from error
