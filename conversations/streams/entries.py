"""What a log keeps of its events: the JSON that viewers get, encoded once for all of them."""

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

    __slots__ = ("_ends", "_first", "_head", "_like", "_tail", "_text")

    def __init__(self, delta: Delta, response_id: str, number: int) -> None:
        self._first = number
        self._like = msgspec.structs.replace(delta, delta="", response_id=response_id, sequence_number=None)
        head, empty, self._tail = encode(self._like).partition(b'"delta":""')
        self._head = head + empty[:-1]
        self._text = bytearray()
        self._ends = array("I")

    @property
    def last(self) -> int:
        """The number of its last event."""
        return self._first + len(self._ends) - 1

    def continues(self, delta: Delta) -> bool:
        """Return whether the delta goes on with this text."""
        return delta.continues(self._like)

    def add(self, delta: Delta) -> None:
        """Append a delta of this text."""
        self._text += encode(delta.delta)[1:-1]
        self._ends.append(len(self._text))

    def joined(self, start: int) -> bytes:
        """Return one event that says all from the number on, and has the last one's number."""
        return self._event(start, self.last)

    def apart(self, start: int) -> list[bytes]:
        """Return the events from the number on."""
        return [self._event(number, number) for number in range(max(start, self._first), self.last + 1)]

    def _event(self, start: int, last: int) -> bytes:
        begin = self._ends[start - self._first - 1] if start > self._first else 0
        text = self._text[begin : self._ends[last - self._first]]
        return b"".join((self._head, text, b'","sequence_number":%d' % last, self._tail))
