"""Presentations (.pptx): slide by slide, with tables and the speaker's notes."""

from collections.abc import Iterator
from typing import BinaryIO
from zipfile import ZipFile

from lxml import etree

from files.packed import attribute, main_part, name_of, related, root_of, unpacked
from files.passages import Block
from files.reader import Job
from files.tables import markdown_table
from files.unreadable import Unreadable

TITLES = {"title", "ctrTitle"}
LEFT_OUT = {"dt", "ftr", "sldNum", "hdr", "sldImg"}
"""Placeholders that are the same on every slide."""


def read(file: BinaryIO, job: Job) -> Iterator[Block]:
    with unpacked(file) as packed:
        slides = _slides(packed)
        if len(slides) > job.max_pages:
            raise Unreadable("too_many_pages")
        job.pages = len(slides)
        for number, name in enumerate(slides, 1):
            if job.is_full:
                return
            yield from _slide(packed, name, number)


def _slides(packed: ZipFile) -> list[str]:
    """Return the names of the slides' parts, in the order of the presentation."""
    main = main_part(packed)
    relations, root = related(packed, main), root_of(packed, main)
    if root is None:
        raise Unreadable("broken")
    slides = root.iterfind("{*}sldIdLst/{*}sldId")
    ids = [str(value) for slide in slides for key, value in slide.attrib.items() if "}id" in str(key)]
    return [relations[each][1] for each in ids if each in relations]


def _slide(packed: ZipFile, name: str, number: int) -> Iterator[Block]:
    root = root_of(packed, name)
    if root is None:
        return
    title = ""
    parts: list[str] = []
    for shape, placeholder in _shapes(root):
        if placeholder in LEFT_OUT:
            continue
        text = _text(shape)
        if placeholder in TITLES and not title:
            title = " ".join(text.split())
            parts.insert(0, f"# {title}\n")
        else:
            parts.append(text)
    yield Block("".join(parts), number, title)
    for kind, target in related(packed, name).values():
        notes = root_of(packed, target) if kind == "notesSlide" else None
        if notes is not None:
            said = "".join(_text(shape) for shape, placeholder in _shapes(notes) if placeholder == "body")
            if said.strip():
                yield Block(f"\n[Notes]\n{said}", number, title)


def _shapes(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Yield the shapes and tables of a slide, each with the type of its placeholder; "" if it has none."""
    for element in root.iter("{*}sp", "{*}graphicFrame"):
        placeholder = element.find("{*}nvSpPr/{*}nvPr/{*}ph")
        yield element, "" if placeholder is None else attribute(placeholder, "type")


def _text(shape: etree._Element) -> str:
    if name_of(shape) == "graphicFrame":
        tables = (
            markdown_table(
                (" ".join(_paragraph(each) for each in cell.iter("{*}p")) for cell in row.iterchildren("{*}tc"))
                for row in table.iterchildren("{*}tr")
            )
            for table in shape.iter("{*}tbl")
        )
        return "".join(tables)
    lines = (_paragraph(paragraph).strip() for paragraph in shape.iter("{*}p"))
    return "".join(f"{line}\n" for line in lines if line)


def _paragraph(paragraph: etree._Element) -> str:
    return "".join("\n" if name_of(each) == "br" else each.text or "" for each in paragraph.iter("{*}t", "{*}br"))
