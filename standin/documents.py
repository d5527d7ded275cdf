"""What is read in a file: its text, and how many pages it has.

https://platform.openai.com/docs/guides/file-inputs
"""

from __future__ import annotations

import email
import email.policy
import html
import io
import re
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

import pypdfium2

from standin import tokens
from standin.errors import ApiError

MAX_UNPACKED_BYTES = 100 * 2**20
MAX_ROWS = 1000
"""Of each sheet of a spreadsheet."""
DOCUMENTS = {"pdf", "doc", "docx", "rtf", "odt", "pot", "ppa", "pps", "ppt", "pptx", "pwz", "wiz"}
SPREADSHEETS = {"csv", "iif", "tsv", "xla", "xlb", "xlc", "xlm", "xls", "xlsx", "xlt", "xlw"}
TEXTS = """
asm awk bash bat c cc conf cpp cs css cxx def dic diff eml ex go h hh hs htm html ics ifb in ini java js json jsx ksh kt
less list log lua m markdown md mht mhtml mime mjs nws patch php pl properties proto ps1 py r rb rs rst s scala scss sh
sql srt swift tex text toml ts tsx txt vcf vtt xml yaml yml zsh
"""
SUPPORTED = DOCUMENTS | SPREADSHEETS | {*TEXTS.split()}
"""The endings of names that an `input_file` may have."""
PARAGRAPHS = re.compile(rb"</(?:w:p|a:p|text:p|text:h|table:table-row)>|<(?:w|a):br[ />]")
CELLS = re.compile(rb"</(?:w:tc|table:table-cell)>|<w:tab ?/>|<text:tab ?/>")
SHARED = re.compile(rb"<si>(.*?)</si>", re.DOTALL)
ROW = re.compile(rb"<row\b.*?</row>", re.DOTALL)
CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
TAG = re.compile(rb"<[^>]*>")
HEADING = re.compile(r"\[(?:page|slide|sheet) \d+\b.*\]", re.IGNORECASE)
"""What says in the text of a file that a page begins."""
PDFIUM = Lock()
"""It can only do one thing at a time."""


@dataclass(frozen=True)
class Document:
    """What was read in a file."""

    name: str
    text: str
    pages: int | None = None
    """Pages or slides, if the file has some."""

    @cached_property
    def tokens(self) -> int:
        return tokens.count(self.text)

    def __str__(self) -> str:
        pages = f", {self.pages} {'page' if self.pages == 1 else 'pages'}" if self.pages else ""
        return f"{self.name}{pages}, {len(self.text):,} characters"

    @property
    def lines(self) -> list[str]:
        """The lines that say something: no empty ones, and none that says which page begins."""
        lines = (line.strip() for line in self.text.splitlines())
        return [line for line in lines if line and not HEADING.fullmatch(line)]


def ending_of(name: str, only: Collection[str] = ()) -> str:
    """Return the ending of a file's name. Raise the API's error if the API takes no such file, or only others."""
    stem, dot, ending = name.rpartition(".")
    ending = ending.lower()
    taken = only or SUPPORTED
    if not (stem and dot) or ending not in taken:
        found = f".{ending}" if stem and dot else "none"
        raise ApiError(
            "Invalid input: Expected context stuffing file type to be a supported format: "
            f"{', '.join(f'.{each}' for each in sorted(taken))} but got {found}.",
            param="input",
        )
    return ending


def read(name: str, content: bytes) -> Document:
    """Read a file. Raise the API's error if it takes none of its type, or if the file is broken."""
    ending = ending_of(name)
    try:
        if ending == "pdf":
            pages = pages_of_pdf(content)
            return Document(name, "\n".join(pages), len(pages))
        if content.startswith(b"PK"):
            return of_zip(name, content)
    except (pypdfium2.PdfiumError, zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError):
        raise ApiError(f"The file '{name}' could not be read.", param="input", code="invalid_file") from None
    if ending == "eml":
        return Document(name, text_of_mail(content))
    text = decode(content)
    if ending in {"htm", "html"}:
        text = html.unescape(re.sub(r"(?is)<(script|style)\b.*?</\1\s*>|<[^>]*>", " ", text))
    if ending in SPREADSHEETS:
        text = "\n".join(text.splitlines()[: MAX_ROWS + 1])
    return Document(name, text)


def pages_of_pdf(content: bytes) -> list[str]:
    with PDFIUM:
        document = pypdfium2.PdfDocument(content)
        try:
            return [page.get_textpage().get_text_bounded().replace("\r\n", "\n") for page in document]
        finally:
            document.close()


def of_zip(name: str, content: bytes) -> Document:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise ValueError("it unpacks to too much")
        names = archive.namelist()
        if "xl/workbook.xml" in names:
            return Document(name, text_of_sheets(archive, names))
        slides = numbered(names, "ppt/slides/slide")
        parts = slides or [each for each in ("word/document.xml", "content.xml") if each in names][:1]
        if not parts:
            raise ValueError("it has no text")
        return Document(name, "\n".join(text_of_xml(archive.read(part)) for part in parts), len(slides) or None)


def numbered(names: list[str], start: str) -> list[str]:
    """Return the parts `start1.xml`, `start2.xml` … in their order."""
    found = {int(each[1]): each[0] for name in names if (each := re.fullmatch(re.escape(start) + r"(\d+)\.xml", name))}
    return [found[number] for number in sorted(found)]


def text_of_xml(data: bytes) -> str:
    return without_tags(CELLS.sub(b"\t", PARAGRAPHS.sub(b"\n", data)))


def without_tags(data: bytes) -> str:
    return html.unescape(TAG.sub(b"", data).decode())


def text_of_sheets(archive: zipfile.ZipFile, names: list[str]) -> str:
    shared = []
    if "xl/sharedStrings.xml" in names:
        shared = [without_tags(found) for found in SHARED.findall(archive.read("xl/sharedStrings.xml"))]
    rows: list[list[tuple[bytes, bytes]]] = []
    for sheet in numbered(names, "xl/worksheets/sheet"):
        rows += [CELL.findall(row) for row in ROW.findall(archive.read(sheet))[:MAX_ROWS]]
    return "\n".join("\t".join(value_of(attributes, value, shared) for attributes, value in row) for row in rows)


def value_of(attributes: bytes, value: bytes, shared: list[str]) -> str:
    text = without_tags(re.sub(rb"<f\b.*?</f>", b"", value))
    return shared[int(text)] if b't="s"' in attributes and text else text


def text_of_mail(content: bytes) -> str:
    mail = email.message_from_bytes(content, policy=email.policy.default)
    heads = [f"{name}: {mail[name]}" for name in ("From", "To", "Date", "Subject") if mail[name]]
    body = mail.get_body(("plain", "html"))
    return "\n".join([*heads, "", str(body.get_content()) if body else ""])


def decode(content: bytes) -> str:
    for encoding in ("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "latin-1"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""
