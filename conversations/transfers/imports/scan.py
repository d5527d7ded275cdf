"""The conversations in a JSON document: where each begins and ends, found piece by piece and without decoding anything.

A decoder may need a hundred times the memory of what it decodes. So what is decoded is measured first.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec
from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from common.text import one_line
from conversations.transfers.imports.tree import Unreadable

MAX_CONVERSATIONS = 20_000
"""In a file."""
MAX_VALUES = 500_000
"""Lists, objects and what is in them, in a conversation. Brackets and commas are counted, also those in texts."""
MAX_FILE_VALUES = 20_000_000
"""The same in a file. Real ones have a few for each hundred bytes."""
MAX_DEPTH = 10_000
"""Far more than any decoder takes."""
MAX_DECODED_BYTES = 100_000_000
"""That a conversation needs as a text in memory, where a single wide character makes a text four times as large."""
MIN_STRING_BYTES = 7_000_000
"""The longest string that must be possible: a text of a megabyte, every character of it escaped."""
MAX_NUMBER_BYTES = 10_000
"""In pieces of the document that are nothing but digits."""
HEAD_BYTES = 4000
"""Of a conversation that isn't decoded, in which its title is looked for."""

SPACE = b" \t\r\n"
OPENING, CLOSING = {b"{", b"["}, {b"}", b"]"}
NO_NUMBER = re.compile(rb'["\[\]{},\s]')
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
WHOLE = r'"(?:[^"\\]++|\\.)*+"'
"""A string that ends in the piece."""
LISTED = re.compile(rf'(?:[^"\[\]{{}},]++|{WHOLE})*+(["\[\]{{}},])?'.encode(), re.DOTALL)
"""What lies between two tokens in the list of conversations, and the next token if the piece has one."""
INNER = re.compile(
    rf'(?:[^"\[\]{{}}]++|{WHOLE}|[\[{{](?:[^"\[\]{{}}]++|{WHOLE})*+[\]}}])*+(["\[\]{{}}])?'.encode(), re.DOTALL
)
"""The same inside of a conversation: commas end nothing, and lists and objects without others in them are skipped."""
STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
"""The rest of a string, up to its end or the end of the piece."""
TITLE = re.compile(rb'"title"\s*:\s*("(?:[^"\\]|\\.)*+")')


@dataclass(frozen=True)
class Span:
    """Where a conversation is in the document, in bytes. One with a `problem` must not be decoded."""

    start: int
    end: int
    problem: str = ""
    title: str = ""
    """If there is a problem and the title could be found."""


def not_an_export() -> Unreadable:
    """Return the refusal of a file that isn't JSON with conversations."""
    return Unreadable(_("This isn't a ChatGPT export or an export from this chat."))


def too_large() -> Unreadable:
    """Return the refusal of a file with too much in it."""
    return Unreadable(_("The conversations in this file are too large to import at once. Split it into smaller files."))


class Scanner:
    """A scanner for one document, which is a list of conversations or a single one. It is fed with all of its pieces.

    Raise `Unreadable` as soon as the document can't be one, or has too much in it.
    """

    def __init__(self, count: int = 0) -> None:
        """`count` is how many conversations the file has in other documents."""
        self._count = count
        self._offset = 0
        self._is_list: bool | None = None
        self._depth = 0
        self._is_finished = False
        self._in_string = self._is_escaped = self._is_wide = False
        self._string_bytes = self._number_bytes = 0
        self._file_values = self._counted = 0
        self._begin(0)

    def _begin(self, start: int) -> None:
        """Begin a conversation."""
        self._start = start
        self._head = b""
        self._values = self._wide_bytes = 0
        self._problem = ""

    def feed(self, piece: bytes) -> Iterator[Span]:
        """Yield the conversations that end in this piece."""
        position = 0 if self._is_list is not None else self._open(piece)
        self._counted = position
        while position < len(piece) and not self._is_finished:
            if self._in_string:
                position = self._read_string(piece, position)
                continue
            is_between = self._depth == 1 and self._is_list
            match = (LISTED if is_between else INNER).match(piece, position)
            assert match  # noqa: S101  it also matches nothing
            position = match.end()
            token = match[1]
            if token in OPENING:
                self._depth += 1
                if self._depth > MAX_DEPTH:
                    raise not_an_export()
            elif token in CLOSING:
                self._depth -= 1
                if self._depth == 0:
                    yield from self._close(piece, position)
            elif token == b",":
                yield self._end(piece, position - 1)
                self._begin(self._offset + position)
            elif token:
                self._in_string, self._is_escaped, self._is_wide, self._string_bytes = True, False, False, 0
        if self._is_finished and piece[position:].strip(SPACE):
            raise not_an_export()
        self._leave(piece)

    def finish(self) -> None:
        """Raise `Unreadable` if the document isn't complete. Call it after the last piece."""
        if not self._is_finished:
            raise not_an_export()

    def _open(self, piece: bytes) -> int:
        """Return where the inside of the document begins in the piece. A list isn't part of the conversations in it."""
        mark = len(BYTE_ORDER_MARK) if self._offset == 0 and piece.startswith(BYTE_ORDER_MARK) else 0
        position = len(piece) - len(piece[mark:].lstrip(SPACE))
        first = piece[position : position + 1]
        if not first:
            return position
        if first not in {b"{", b"["}:
            raise not_an_export()
        self._is_list, self._depth = first == b"[", 1
        self._begin(self._offset + position + self._is_list)
        return position + 1

    def _read_string(self, piece: bytes, position: int) -> int:
        """Read on in a string. Return where it ends, or the end of the piece."""
        match = STRING.match(piece, position + self._is_escaped)
        end = match.end() if match else len(piece)
        read = piece[position:end]
        self._string_bytes += len(read)
        is_wide = not read.isascii() or b"\\u" in read or (self._is_escaped and read.startswith(b"u"))
        self._is_wide = self._is_wide or is_wide
        self._is_escaped = False
        largest = max(settings.MAX_IMAGE_BYTES, settings.MAX_FILE_BYTES)
        if self._string_bytes > max(MIN_STRING_BYTES, largest * 4 // 3 + HEAD_BYTES):
            self._problem = _("a text in it is too long. Shorten it in the file.")
        if end == len(piece):
            return end
        if piece[end : end + 1] == b"\\":
            # The last byte of the piece; what it escapes is in the next one.
            self._is_escaped = True
            return len(piece)
        self._in_string = False
        if self._is_wide:
            self._wide_bytes += self._string_bytes
        return end + 1

    def _close(self, piece: bytes, position: int) -> Iterator[Span]:
        """Yield the last conversation, unless the document is an empty list."""
        self._is_finished = True
        end = position - bool(self._is_list)
        last = self._end(piece, end)
        if self._head.strip(SPACE):
            yield last

    def _end(self, piece: bytes, position: int) -> Span:
        """Return the conversation that ends at a place of the piece. Raise `Unreadable` if there are too many."""
        self._read_head(piece, position)
        self._count_values(piece, position)
        start, end = self._start, self._offset + position
        if self._head.strip(SPACE) or not self._is_finished:
            self._count += 1
        if self._count > MAX_CONVERSATIONS:
            raise Unreadable(
                _("This file has more than %(most)s conversations. Split it into smaller files.")
                % {"most": number_format(MAX_CONVERSATIONS, force_grouping=True)}
            )
        if self._values > MAX_VALUES or end - start + 3 * self._wide_bytes > MAX_DECODED_BYTES:
            self._problem = _("it is too large. Remove some of its messages from the file.")
        return Span(start, end, self._problem, title_in(self._head) if self._problem else "")

    def _leave(self, piece: bytes) -> None:
        """Note what the next pieces need to know of this one."""
        if not self._is_finished:
            self._read_head(piece, len(piece))
            self._count_values(piece, len(piece))
            is_number = not self._in_string and not NO_NUMBER.search(piece)
            self._number_bytes = self._number_bytes + len(piece) if is_number else 0
            if self._number_bytes > MAX_NUMBER_BYTES:
                self._problem = _("its format is unknown")
        self._offset += len(piece)

    def _count_values(self, piece: bytes, end: int) -> None:
        """Count what the conversation has in a piece. Raise `Unreadable` if the file has too much."""
        part = piece[self._counted : end]
        self._counted = end
        if not part.isascii() or b"\\u" in part:
            self._wide_bytes += len(part)
        found = sum(map(part.count, (b"{", b"[", b",")))
        self._values += found
        self._file_values += found
        if self._file_values > MAX_FILE_VALUES:
            raise too_large()

    def _read_head(self, piece: bytes, end: int) -> None:
        """Keep the beginning of the conversation."""
        start = max(self._start - self._offset, 0)
        self._head += piece[start : min(end, start + HEAD_BYTES - len(self._head))]


def title_in(head: bytes) -> str:
    """Return the title of a conversation by its first bytes, or "" if it isn't there."""
    found = TITLE.search(head)
    try:
        return one_line(msgspec.json.decode(found[1], type=str)) if found else ""
    except (msgspec.DecodeError, UnicodeError):
        return ""


def spans_in(pieces: Iterable[bytes], count: int = 0) -> Iterator[Span | None]:
    """Yield the conversations in a document as they are found, and None after each piece.

    `count` is how many conversations the file has in other documents. Raise `Unreadable` as `Scanner` does.
    """
    scanner = Scanner(count)
    for piece in pieces:
        yield from scanner.feed(piece)
        yield None
    scanner.finish()
