"""The text of a file in pieces: short enough to be found, shown and cited one by one."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

MAX_PASSAGE_CHARACTERS = 2000
MIN_PASSAGE_CHARACTERS = 500
"""Before a passage ends at a paragraph or a line."""
MAX_LABEL_CHARACTERS = 200
ENDS = ("\n\n", "\n", ". ", "。", " ")
"""After which a passage may end, the best first."""


class Block(NamedTuple):
    """A part of a file's text; `page` counts pages, slides or sheets from 1 on, `label` is a heading or a name."""

    text: str
    page: int | None = None
    label: str = ""


def cut(blocks: Iterable[Block]) -> Iterator[Block]:
    """Cut the text of blocks into passages, at paragraphs if there are some.

    The passages of one page and label make up its whole text. NUL, which PostgreSQL doesn't store, is left out, and so
    is what is blank.
    """
    for (page, label), parts in groupby(blocks, lambda block: (block.page, block.label)):
        name = " ".join(_storable(label).split())[:MAX_LABEL_CHARACTERS]
        rest, is_begun = "", False
        for part in parts:
            text = rest + _storable(part.text)
            if not is_begun and not text.strip():
                rest = text
                continue
            is_begun = True
            *passages, rest = _pieces(text)
            yield from (Block(passage, page, name) for passage in passages)
        if rest.strip():
            yield Block(rest, page, name)


def _pieces(text: str) -> Iterator[str]:
    """Cut a text into pieces that make up the whole of it; the last one may be empty."""
    start = 0
    while len(text) - start > MAX_PASSAGE_CHARACTERS:
        end = _end(text, start)
        yield text[start:end]
        start = end
    yield text[start:]


def _end(text: str, start: int) -> int:
    stop = start + MAX_PASSAGE_CHARACTERS
    for end in ENDS:
        found = text.rfind(end, start + MIN_PASSAGE_CHARACTERS, stop)
        if found >= 0:
            return found + len(end)
    return stop


def _storable(text: str) -> str:
    """Return the text without NUL, and with U+FFFD for halves of characters, which no UTF-8 has."""
    text = text.replace("\0", "")
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
