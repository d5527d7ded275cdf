"""Characters that a server has cut in half: joined, or else replaced.

JSON can hold half a surrogate pair, and servers that stream tokens may cut a character between two deltas. Some cut its
bytes, so that their JSON isn't UTF-8; Python's "surrogateescape" keeps such a byte as half a surrogate pair too.
"""

import codecs
import re
from typing import Any

from msgspec.structs import replace

from common.text import map_texts
from providers.responses_api.events import Delta

UTF_8 = "utf-8"
UTF_16 = "utf-16-le"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
NO_BYTES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Halves of surrogate pairs that stand for no byte."""


def whole(value: Any, codec: str) -> Any:
    """Return a copy of nested dicts and lists with only whole characters. `codec` says in which the halves are."""
    return map_texts(value, lambda text: _encoded(text, codec).decode(codec, "replace"))


class HalfCharacters:
    """The halves of characters with which the texts of an answer end so far."""

    def __init__(self) -> None:
        self._held: dict[tuple[Any, ...], tuple[str, codecs.IncrementalDecoder, Delta]] = {}

    def __bool__(self) -> bool:
        return bool(self._held)

    def join(self, delta: Delta, codec: str | None = None) -> None:
        """Put what is held of this text before the delta, and hold what it ends with. No codec: it has no halves."""
        # Without the item's id, which some servers change with each event.
        place = (delta.type, delta.output_index, delta.content_index, delta.summary_index)
        known, decoder, _ = self._held.pop(place, (None, None, None))
        text = ""
        if decoder is None or known is None or codec not in (None, known):
            text = decoder.decode(b"", final=True) if decoder else ""
            known = codec or UTF_16
            decoder = codecs.getincrementaldecoder(known)("replace")
        delta.delta = text + decoder.decode(_encoded(delta.delta, known))
        if decoder.getstate()[0]:
            self._held[place] = known, decoder, delta

    def flush(self) -> list[Delta]:
        """Return deltas that replace the halves that are still held."""
        held, self._held = self._held, {}
        return [replace(delta, delta=REPLACEMENT) for _, _, delta in held.values()]


def _encoded(text: str, codec: str) -> bytes:
    if codec == UTF_8:
        return NO_BYTES.sub(REPLACEMENT, text).encode(UTF_8, "surrogateescape")
    return text.encode(UTF_16, "surrogatepass")
