"""Word documents (.docx): as they read with all changes accepted, with their tables and notes."""

import re
from collections.abc import Iterator
from typing import BinaryIO
from zipfile import ZipFile

from lxml import etree

from files.packed import attribute, children_of, main_part, name_of, related, root_of, unpacked
from files.passages import Block
from files.reader import Job
from files.tables import markdown_table

HEADING = re.compile(r"(?:heading (\d)|title)$", re.IGNORECASE)
"""The names of styles, which are English in every language of Word."""
LEFT_OUT = {"del", "moveFrom", "Fallback", "pPr", "rPr", "sectPr", "tblPr"}
"""What was deleted or moved away, twins of drawings for old programs, and properties."""
SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
NOTES = {"footnoteReference": "", "endnoteReference": "e"}


def read(file: BinaryIO, job: Job) -> Iterator[Block]:
    with unpacked(file) as packed:
        main = main_part(packed)
        parts = list(related(packed, main).values())
        headings = _headings(packed, parts)
        label = ""
        yield from _edges(packed, parts, "header")
        for element in children_of(packed, main, {"body"}):
            if job.is_full:
                return
            for paragraph in _blocks(element):
                level = headings.get(_style(paragraph)) if name_of(paragraph) == "p" else None
                text = _text(paragraph, level)
                if level and text.strip():
                    label = text.strip().lstrip("# ")
                yield Block(text, None, label)
        yield from _notes(packed, parts, "footnotes", "")
        yield from _notes(packed, parts, "endnotes", "e")
        yield from _edges(packed, parts, "footer")


def _blocks(element: etree._Element) -> Iterator[etree._Element]:
    """Yield the paragraphs and tables in a child of the body, which may be a frame around some."""
    name = name_of(element)
    if name in {"p", "tbl"}:
        yield element
    elif name not in LEFT_OUT:
        for child in element:
            yield from _blocks(child)


def _text(element: etree._Element, level: int | None = None) -> str:
    if name_of(element) == "tbl":
        rows = (row for row in element.iterchildren("{*}tr", "{*}sdt", "{*}ins"))
        return markdown_table(_cells(row) for row in rows) + "\n"
    text = "".join(_pieces(element)).strip("\n")
    if not text.strip():
        return "\n"
    if level:
        return f"\n{'#' * level} {text}\n\n"
    is_listed = element.find("{*}pPr/{*}numPr") is not None
    return f"- {text}\n" if is_listed else f"{text}\n"


def _cells(row: etree._Element) -> Iterator[str]:
    for cell in row.iter("{*}tc"):
        yield " ".join("".join(_pieces(cell)).split())


def _pieces(element: etree._Element) -> Iterator[str]:
    """Yield the pieces of an element's text. The parser has bounded its depth."""
    for child in element:
        name = name_of(child)
        if name == "t":
            yield child.text or ""
        elif name in SIGNS:
            yield SIGNS[name]
        elif name in NOTES:
            yield f"[^{NOTES[name]}{attribute(child, 'id')}]"
        elif name and name not in LEFT_OUT:
            if name in {"p", "tc"}:
                yield "\n"
            yield from _pieces(child)


def _style(paragraph: etree._Element) -> str:
    style = paragraph.find("{*}pPr/{*}pStyle")
    return "" if style is None else attribute(style, "val")


def _headings(packed: ZipFile, parts: list[tuple[str, str]]) -> dict[str, int]:
    """Return the levels of headings by the id of their style."""
    headings = {}
    for kind, target in parts:
        root = root_of(packed, target) if kind == "styles" else None
        for style in root.iterchildren("{*}style") if root is not None else ():
            name = style.find("{*}name")
            found = HEADING.match(attribute(name, "val")) if name is not None else None
            if found:
                headings[attribute(style, "styleId")] = int(found[1] or 1)
    return headings


def _notes(packed: ZipFile, parts: list[tuple[str, str]], kind: str, mark: str) -> Iterator[Block]:
    for target in (target for each, target in parts if each == kind):
        for note in children_of(packed, target, {kind}):
            text = " ".join("".join(_pieces(note)).split())
            if text:
                yield Block(f"[^{mark}{attribute(note, 'id')}]: {text}\n")


def _edges(packed: ZipFile, parts: list[tuple[str, str]], kind: str) -> Iterator[Block]:
    """Yield what stands above or below all pages, each once."""
    seen = set()
    for target in (target for each, target in parts if each == kind):
        root = root_of(packed, target)
        text = " ".join("".join(_pieces(root)).split()) if root is not None else ""
        if text and text not in seen:
            seen.add(text)
            yield Block(f"{text}\n\n")
