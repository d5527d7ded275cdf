"""What a log keeps of its events: the JSON that viewers get, or the text of neighbouring deltas."""

from array import array
from typing import Any

import msgspec

from providers.responses_api.events import Delta, encode


class Single:
    """An event that stands alone."""

    __slots__ = ("_json", "number")

    def __init__(self, event: dict[str, Any], number: int) -> None:
        self.number = number
        self._json = encode(event)

    @property
    def last(self) -> int:
        """The number of its last event."""
        return self.number

    def joined(self, start: int) -> bytes:
        """Return one event that says all from the number on."""
        return self._json

    def apart(self, start: int) -> list[bytes]:
        """Return the events from the number on."""
        return [self._json]


class Deltas:
    """Neighbouring deltas of one text, joined: an answer of many takes little more memory than its text.

    Viewers may have seen any of them, so their ends are kept, too.
    """

    __slots__ = ("_begin", "_ends", "_first", "_head", "_is_shared", "_like", "_tail", "_text")

    def __init__(self, delta: Delta, text: bytearray | None, response_id: str, number: int) -> None:
        self._first = number
        self._like = msgspec.structs.replace(delta, delta="", response_id=response_id, sequence_number=None)
        head, empty, self._tail = encode(self._like).partition(b'"delta":""')
        self._head = head + empty[:-2]
        self._is_shared = text is not None
        """Whether the output has the same text, and appends to it."""
        self._text = bytearray() if text is None else text
        self._begin = len(self._text) - len(delta.delta.encode()) if self._is_shared else 0
        self._ends = array("I")

    @property
    def last(self) -> int:
        """The number of its last event."""
        return self._first + len(self._ends) - 1

    def continues(self, delta: Delta, text: bytearray | None) -> bool:
        """Return whether the delta, which was appended to the text, goes on with this one."""
        return (text is self._text if self._is_shared else text is None) and delta.continues(self._like)

    def add(self, delta: Delta) -> None:
        """Append a delta of this text."""
        if not self._is_shared:
            self._text += delta.delta.encode()
        self._ends.append(len(self._text))

    def joined(self, start: int) -> bytes:
        """Return one event that says all from the number on, and has the last one's number."""
        return self._event(start, self.last)

    def apart(self, start: int) -> list[bytes]:
        """Return the events from the number on."""
        return [self._event(number, number) for number in range(max(start, self._first), self.last + 1)]

    def _event(self, start: int, last: int) -> bytes:
        begin = self._ends[start - self._first - 1] if start > self._first else self._begin
        text = encode(self._text[begin : self._ends[last - self._first]].decode())
        return b"".join((self._head, text, b',"sequence_number":%d' % last, self._tail))
