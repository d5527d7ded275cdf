"""Web pages: their text as it reads, without scripts, styles and what they would load."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from files.encodings import decoded
from files.passages import Block
from files.reader import Job

CHUNK_CHARACTERS = 100_000
LEFT_OUT = {"script", "style", "noscript", "template", "svg", "math", "select", "iframe", "object", "canvas", "head"}
BREAKS = {
    *("p", "div", "section", "article", "header", "footer", "main", "nav", "aside", "li", "ul", "ol", "dl", "dt", "dd"),
    *("table", "tr", "blockquote", "pre", "figure", "figcaption", "form", "fieldset", "hr", "br", "address", "details"),
    *("summary", "caption", "h1", "h2", "h3", "h4", "h5", "h6", "body"),
}
HEADINGS = {f"h{level}": level for level in range(1, 7)}
CELLS = {"td", "th"}


def read(file: BinaryIO, job: Job) -> Iterator[Block]:
    yield from blocks(decoded(file.read(), job.sniffed.encoding), job)


def blocks(text: str, job: Job) -> Iterator[Block]:
    """Yield the text of a web page, line by line; the label is the heading that it stands under."""
    collector = _Collector()
    # Its events are heard one by one: a tree could be deeper and larger than any limit.
    target: Any = collector
    parser = etree.HTMLParser(target=target, no_network=True, huge_tree=True)
    text = text.replace("\0", "")
    for start in range(0, len(text), CHUNK_CHARACTERS):
        if job.is_full:
            return
        # As UTF-8, because what the page says of its encoding holds no longer.
        parser.feed(text[start : start + CHUNK_CHARACTERS])
        yield from collector.taken()
    parser.close()
    yield from collector.taken()


class _Collector:
    """What lxml tells of the elements of a page, made to lines."""

    def __init__(self) -> None:
        self._done: list[Block] = []
        self._line: list[str] = []
        self._label = ""
        self._left_out = 0
        self._kept_spaces = 0

    def taken(self) -> list[Block]:
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: object) -> None:
        if tag in LEFT_OUT:
            self._left_out += 1
        elif tag == "title":
            self._left_out -= 1
        if tag in BREAKS:
            self._end_line()
        if tag in CELLS and self._line:
            self._line.append(" | ")
        if tag == "li":
            self._line.append("- ")
        if tag == "pre":
            self._kept_spaces += 1

    def end(self, tag: str) -> None:
        if tag == "title":
            self._left_out += 1
            self._end_line(1)
        if tag in LEFT_OUT:
            self._left_out -= 1
        if tag in BREAKS:
            self._end_line(HEADINGS.get(tag, 0))
        if tag == "pre":
            self._kept_spaces -= 1

    def data(self, text: str) -> None:
        if self._left_out <= 0:
            self._line.append(text)

    def comment(self, text: str) -> None:
        pass

    def close(self) -> None:
        self._end_line()

    def _end_line(self, level: int = 0) -> None:
        whole = "".join(self._line)
        self._line = []
        line = whole.strip("\n") if self._kept_spaces > 0 else " ".join(whole.split())
        if not line.strip("-| "):
            return
        if level:
            self._label = line
            line = f"\n{'#' * level} {line}\n"
        self._done.append(Block(f"{line}\n", None, self._label))
