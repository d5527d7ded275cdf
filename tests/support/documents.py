"""Real files of each kind that is read, made in code; hostile ones are in documents_hostile.py."""

import io
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from email.message import EmailMessage
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import docx
import pptx
import xlsxwriter
from pptx.util import Cm

HARBOUR = "The harbour opens at seven."
TABLE = (("Ship", "Length"), ("Ada", "12"), ("Grace", "30"))

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{OFFICE}{name}:1.0"'
    for prefix, name in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("presentation", "presentation"),
    )
)


def text(*lines: str, encoding: str = "utf-8") -> bytes:
    return "".join(f"{line}\n" for line in lines or (HARBOUR,)).encode(encoding)


def pdf(*pages: str, extra: Iterable[str] = (), catalog: str = "") -> bytes:
    """Return a PDF with a line of text on each page, in letters of Latin-1.

    `extra` are more objects, numbered from 4 on, and `catalog` is more of the catalog, such as a script.
    """
    pages = pages or (HARBOUR,)
    objects = ["", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>", *extra]
    kids = []
    for words in pages:
        shown = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        content = zlib.compress(f"BT /F1 12 Tf 72 720 Td ({shown}) Tj ET".encode("cp1252")).decode("latin-1")
        objects.append(f"<< /Length {len(content)} /Filter /FlateDecode >>\nstream\n{content}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[0] = f"<< /Type /Catalog /Pages 2 0 R {catalog} >>"
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    return assembled(objects)


def assembled(objects: Iterable[str], trailer: str = "") -> bytes:
    """Return a PDF of these objects, of which the first is the catalog."""
    made = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(made))
        made += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    start = len(made)
    made += f"xref\n0 {len(offsets) + 1}\n0000000000 65535 f \n".encode()
    made += b"".join(f"{offset:010} 00000 n \n".encode() for offset in offsets)
    made += f"trailer\n<< /Size {len(offsets) + 1} /Root 1 0 R {trailer} >>\n".encode("latin-1")
    made += f"startxref\n{start}\n%%EOF\n".encode()
    return bytes(made)


def word(*paragraphs: str, heading: str = "", table: Sequence[Sequence[str]] = ()) -> bytes:
    document = docx.Document()
    if heading:
        document.add_heading(heading, 1)
    for paragraph in paragraphs or (HARBOUR,):
        document.add_paragraph(paragraph)
    if table:
        rows = document.add_table(len(table), len(table[0])).rows
        for row, cells in zip(rows, table, strict=True):
            for cell, words in zip(row.cells, cells, strict=True):
                cell.text = words
    return _saved(document.save)


def presentation(*slides: tuple[str, str], notes: str = "", table: Sequence[Sequence[str]] = ()) -> bytes:
    """Return a presentation of slides with a title and a text; notes and a table are on the first one."""
    made = pptx.Presentation()
    for title, words in slides or (("Harbour", HARBOUR),):
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, words
    first = made.slides[0]
    if notes:
        first.notes_slide.notes_text_frame.text = notes
    if table:
        frame = first.shapes.add_table(len(table), len(table[0]), Cm(1), Cm(1), Cm(9), Cm(3))
        for row, cells in zip(frame.table.rows, table, strict=True):
            for cell, each in zip(row.cells, cells, strict=True):
                cell.text = each
    return _saved(made.save)


def spreadsheet(
    sheets: Mapping[str, Iterable[Sequence[Any]]] | None = None,
    *,
    change: Callable[[xlsxwriter.Workbook], None] = lambda book: None,
) -> bytes:
    """Return a spreadsheet; `change` does more to it before it is saved."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "remove_timezone": True}) as book:
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in (sheets or {"Ships": [[HARBOUR], *TABLE]}).items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if hasattr(cell, "isoformat"):
                        sheet.write_datetime(row, column, cell, date)
                    else:
                        sheet.write(row, column, cell)
        change(book)
    return content.getvalue()


def open_text(body: str = f"<text:h text:outline-level='1'>Harbour</text:h><text:p>{HARBOUR}</text:p>") -> bytes:
    return _open_document("text", f"<office:text>{body}</office:text>")


def open_presentation(title: str = "Harbour", words: str = HARBOUR, notes: str = "") -> bytes:
    def box(text: str) -> str:
        return f"<draw:text-box><text:p>{text}</text:p></draw:text-box>"

    said = f"<presentation:notes><draw:frame>{box(notes)}</draw:frame></presentation:notes>" if notes else ""
    page = (
        f"<draw:frame presentation:class='title'>{box(title)}</draw:frame><draw:frame>{box(words)}</draw:frame>{said}"
    )
    return _open_document("presentation", f"<office:presentation><draw:page>{page}</draw:page></office:presentation>")


def open_spreadsheet(rows: Iterable[Sequence[str]] = ((HARBOUR,), *TABLE)) -> bytes:
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f"<table:table-cell office:value-type='string'><text:p>{cell}</text:p></table:table-cell>" for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    table = f"<table:table table:name='Ships'>{cells}</table:table>"
    return _open_document("spreadsheet", f"<office:spreadsheet>{table}</office:spreadsheet>")


def table(rows: Iterable[Sequence[str]] = ((HARBOUR, "note"), *TABLE), delimiter: str = ",") -> bytes:
    return "".join(delimiter.join(row) + "\r\n" for row in rows).encode()


def page(body: str = f"<h1>Harbour</h1><p>{HARBOUR}</p>", head: str = "<title>Ships</title>") -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()


def mail(body: str = HARBOUR, subject: str = "Opening hours", attached: Mapping[str, bytes] | None = None) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ada <ada@example.org>", "grace@example.org", subject
    message["Date"] = "Mon, 30 Nov 2026 07:00:00 +0000"
    message.set_content(body)
    for name, content in (attached or {}).items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def packed(parts: Mapping[str, bytes | str], compression: int = ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with ZipFile(content, "w", compression) as made:
        for name, part in parts.items():
            made.writestr(name, part, ZIP_STORED if name == "mimetype" else compression)
    return content.getvalue()


def repacked(content: bytes, parts: Mapping[str, bytes | str]) -> bytes:
    """Return a packed document with other parts, or more of them."""
    with ZipFile(io.BytesIO(content)) as before:
        kept = {name: before.read(name) for name in before.namelist()}
    return packed(kept | dict(parts))


def part(content: bytes, name: str) -> str:
    """Return a part of a packed document."""
    with ZipFile(io.BytesIO(content)) as before:
        return before.read(name).decode()


def every() -> dict[str, bytes]:
    """Return a file of each kind by name. In each stands `HARBOUR`."""
    return {
        "harbour.pdf": pdf(),
        "harbour.docx": word(),
        "harbour.pptx": presentation(),
        "harbour.xlsx": spreadsheet(),
        "harbour.ods": open_spreadsheet(),
        "harbour.odt": open_text(),
        "harbour.odp": open_presentation(),
        "harbour.csv": table(),
        "harbour.tsv": table(delimiter="\t"),
        "harbour.html": page(),
        "harbour.eml": mail(),
        "harbour.txt": text(),
        "harbour.md": text("# Harbour", "", f"* {HARBOUR}"),
        "harbour.json": text(f'{{"hours": "{HARBOUR}"}}'),
        "harbour.xml": text(f'<?xml version="1.0"?><hours>{HARBOUR}</hours>'),
        "harbour.py": text("def opens() -> str:", f'    return "{HARBOUR}"'),
    }


def _open_document(name: str, body: str) -> bytes:
    media_type = f"application/vnd.oasis.opendocument.{name}"
    version = 'office:version="1.3"'
    return packed(
        {
            "mimetype": media_type,
            "META-INF/manifest.xml": "<?xml version='1.0'?><manifest:manifest "
            f"xmlns:manifest='{OFFICE}manifest:1.0'><manifest:file-entry manifest:full-path='/' "
            f"manifest:media-type='{media_type}'/></manifest:manifest>",
            "content.xml": f"<?xml version='1.0'?><office:document-content {NAMESPACES} {version}>"
            f"<office:body>{body}</office:body></office:document-content>",
        }
    )


def _saved(save: Callable[[io.BytesIO], Any]) -> bytes:
    content = io.BytesIO()
    save(content)
    return content.getvalue()
