"""PDFs, by PDFium, which is built without JavaScript: no script of a PDF ever runs."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

import pypdfium2
from pypdfium2 import raw

from files.limits import MAX_OBJECTS
from files.passages import Block
from files.reader import Job
from files.unreadable import Unreadable

HYPHEN = re.compile("\ufffe(?=(.?))", re.DOTALL)
"""What PDFium has for a hyphen and the end of a line: most often, that of a word that was divided."""


def read(file: BinaryIO, job: Job) -> Iterator[Block]:
    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        is_locked = getattr(error, "err_code", None) in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
        raise Unreadable("encrypted" if is_locked else "broken") from error
    job.pages = len(document)
    if job.pages == 0:
        raise Unreadable("broken")
    if job.pages > job.max_pages:
        raise Unreadable("too_many_pages")
    is_form = document.get_formtype() != raw.FORMTYPE_NONE
    if is_form:
        document.init_forms()
    for number in range(job.pages):
        if job.is_full:
            return
        if is_form:
            _make_fields_text(document, number)
        yield Block(_text(document, number), number + 1)


def _make_fields_text(document: pypdfium2.PdfDocument, number: int) -> None:
    """Make what was filled in the fields of a page a part of its text."""
    with suppress(pypdfium2.PdfiumError):
        page = document[number]
        page.flatten()
        # It is seen when the page is loaded anew.
        page.close()


def _text(document: pypdfium2.PdfDocument, number: int) -> str:
    """Return the text of a page; "" if it is broken or has none, as scanned pages have."""
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return ""
    try:
        if raw.FPDFPage_CountObjects(page.raw) > MAX_OBJECTS:
            raise Unreadable("too_many_objects")
        text = page.get_textpage()
        try:
            return f"{_lines(text.get_text_range())}\n"
        finally:
            text.close()
    except pypdfium2.PdfiumError:
        return ""
    finally:
        page.close()


def _lines(text: str) -> str:
    return (
        HYPHEN.sub(lambda found: "" if found[1].islower() else "-", text)
        .replace("\r\n", "\n")
        .replace("\r", "\n")
        .strip("\n")
    )
