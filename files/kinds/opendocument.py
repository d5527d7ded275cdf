"""OpenDocument texts and presentations (.odt, .odp)."""

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from files.packed import attribute, children_of, name_of, unpacked
from files.passages import Block
from files.reader import Job
from files.tables import markdown_table
from files.unreadable import Unreadable

CONTENT = "content.xml"
LEFT_OUT = {
    "tracked-changes",
    "annotation",
    "notes",
    "forms",
    "sequence-decls",
    "note-citation",
    "object",
    "event-listeners",
}
"""What was deleted, comments, and what isn't text. Notes of slides are read by themselves."""
PARAGRAPHS = {"p", "h"}
SIGNS = {"tab": "\t", "line-break": "\n", "note-body": " [", "table-cell": " "}
MAX_SPACES = 100


def read(file: BinaryIO, job: Job) -> Iterator[Block]:
    with unpacked(file) as packed:
        if CONTENT not in packed.NameToInfo:
            raise Unreadable("broken")
        is_slides = job.sniffed.media_type.endswith("presentation")
        elements = children_of(packed, CONTENT, {"presentation" if is_slides else "text"})
        yield from _slides(elements, job) if is_slides else _texts(elements, job)


def _texts(elements: Iterator[etree._Element], job: Job) -> Iterator[Block]:
    label = ""
    for element in elements:
        if job.is_full:
            return
        if name_of(element) == "h":
            label = " ".join("".join(_pieces(element)).split())
        yield Block(_text(element), None, label)


def _slides(elements: Iterator[etree._Element], job: Job) -> Iterator[Block]:
    pages = 0
    for page in elements:
        if name_of(page) != "page":
            continue
        pages += 1
        if pages > job.max_pages:
            raise Unreadable("too_many_pages")
        job.pages = pages
        title, text = "", ""
        for frame in page:
            words = _text(frame)
            if attribute(frame, "class") == "title" and not title:
                title = " ".join(words.split())
                text = f"# {title}\n{text}"
            else:
                text += words
        yield Block(text, pages, title)
        said = "".join(_text(frame) for notes in page.iterchildren("{*}notes") for frame in notes)
        if said.strip():
            yield Block(f"\n[Notes]\n{said}", pages, title)


def _text(element: etree._Element) -> str:
    name = name_of(element)
    if name in LEFT_OUT:
        return ""
    if name == "table":
        rows = element.iter("{*}table-row")
        return (
            markdown_table(("".join(_pieces(cell)) for cell in row.iterchildren("{*}table-cell")) for row in rows)
            + "\n"
        )
    text = "".join(_pieces(element)).strip("\n")
    if name == "h":
        level = attribute(element, "outline-level")
        return f"\n{'#' * (int(level) if level.isdecimal() and len(level) == 1 else 1)} {text}\n\n"
    return f"{text}\n"


def _pieces(element: etree._Element) -> Iterator[str]:
    """Yield the pieces of an element's text. The parser has bounded its depth."""
    yield element.text or ""
    for child in element:
        name = name_of(child)
        if name and name not in LEFT_OUT:
            yield _sign(child, name)
            yield from _pieces(child)
            yield "]" if name == "note-body" else "\n" if name in PARAGRAPHS else ""
        yield child.tail or ""


def _sign(element: etree._Element, name: str) -> str:
    """Return what stands for an element before its text."""
    if name == "s":
        count = attribute(element, "c")
        return " " * (min(int(count), MAX_SPACES) if count.isdecimal() else 1)
    if name == "list-item":
        return "- "
    return SIGNS.get(name, "")
