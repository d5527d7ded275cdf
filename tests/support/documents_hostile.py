"""Files that can't be read or mean harm, each with the reason why it isn't kept; and odd ones that are."""

import gzip
import io
import struct
import tarfile

from tests.support import documents, documents_old

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
ENTITIES = '<!DOCTYPE d [<!ENTITY a "ha">%s]>' % "".join(  # noqa: UP031
    f'<!ENTITY {chr(98 + number)} "{("&" + chr(97 + number) + ";") * 10}">' for number in range(12)
)
SPREADSHEET_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
END_OF_CHAIN, FREE, TABLE_SECTOR = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def refused() -> dict[str, tuple[bytes, str]]:
    """Return by name what isn't kept, and the code of the reason. All of these are small and quick to make."""
    docx = documents.word()
    return {
        "empty.txt": (b"", "empty"),
        "blank.txt": (b" \r\n\t\n", "empty"),
        "marked.txt": (b"\xef\xbb\xbf", "empty"),
        "random.bin": (bytes(range(256)) * 20, "unknown_type"),
        "nuls.bin": (b"\0" * 5000, "unknown_type"),
        "locked.pdf": (locked_pdf(), "encrypted"),
        "cut.pdf": (documents.pdf()[:200], "broken"),
        "rubbish.pdf": (b"%PDF-1.7\n" + b"rubbish " * 100, "broken"),
        "locked.docx": (compound("EncryptionInfo", "EncryptedPackage"), "encrypted"),
        "locked.zip": (_locked_zip(docx), "encrypted"),
        "locked.odt": (_locked_odt(), "encrypted"),
        "cut.docx": (docx[: len(docx) // 2], "broken"),
        "hollow.docx": (
            documents.packed({"[Content_Types].xml": documents.part(docx, "[Content_Types].xml")}),
            "broken",
        ),
        "deep.docx": (with_body("<w:p>" * 5000), "too_complex"),
        "laughs.docx": (with_body("<w:p><w:r><w:t>&m;</w:t></w:r></w:p>", ENTITIES), "too_complex"),
        "no_xml.docx": (documents.repacked(docx, {"word/document.xml": "rubbish"}), "broken"),
        "bomb.docx": (bomb(), "unpacks_too_large"),
        "macros.docm": (documents.repacked(docx, {"word/vbaProject.bin": b"Sub AutoOpen()"}), "macros"),
        "macros.xlsm": (_macro_sheet(), "macros"),
        "macros.xls": (compound("Workbook", "_VBA_PROJECT_CUR"), "macros"),
        "old_macros.xls": (documents_old.old_macro_sheet(), "macros"),
        "broken.xls": (compound("Workbook"), "broken"),
        "old.doc": (compound("WordDocument", "1Table"), "old_word"),
        "old.ppt": (compound("PowerPoint Document"), "old_presentation"),
        "mail.msg": (compound("__nameid_version1.0"), "outlook"),
        "odd.cfb": (compound("Something"), "unknown_type"),
        "cut.doc": (compound("WordDocument")[:60], "broken"),
        "rich.rtf": (rb"{\rtf1\ansi Hello}", "rich_text"),
        "pages.pages": (documents.packed({"Index/Document.iwa": b"x"}), "iwork"),
        "book.epub": (documents.packed({"mimetype": "application/epub+zip"}), "archive"),
        "files.zip": (documents.packed({"hours.txt": documents.HARBOUR}), "archive"),
        "hours.txt.gz": (gzip.compress(b"hello"), "archive"),
        "files.tar": (_tar(), "archive"),
        "app.exe": (b"MZ\x90\0" + b"\0" * 200, "program"),
        "app": (b"\x7fELF\x02\x01\x01\0" + b"\0" * 200, "program"),
        "song.mp3": (b"ID3\x04\0\0\0\0\0\0" + b"\0" * 200, "audio"),
        "song.wav": (b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 200, "audio"),
        "film.mp4": (b"\0\0\0\x18ftypmp42\0\0\0\0" + b"\0" * 200, "video"),
        "film.mkv": (b"\x1a\x45\xdf\xa3" + b"\0" * 200, "video"),
        "image.png": (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "image"),
        "image.heic": (b"\0\0\0\x18ftypheic\0\0\0\0" + b"\0" * 50, "image"),
        "image.tiff": (b"II*\0\x08\0\0\0" + b"\0" * 50, "other_image"),
        "mails.eml": (
            b"From: a@x\nTo: b@x\nSubject: c\nMIME-Version: 1.0\n" + b"Content-Type: message/rfc822\n\n" * 5000,
            "too_complex",
        ),
    }


def odd() -> dict[str, tuple[bytes, str]]:
    """Return by name what is read although it looks bad, and what stands in it."""
    script = "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"
    external = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y SYSTEM "http://127.0.0.1:9/y">]>'
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><text>It opens.</text></svg>'
    return {
        "script.pdf": (documents.pdf(catalog=script), documents.HARBOUR),
        "late.pdf": (b"\n" * 500 + documents.pdf(), documents.HARBOUR),
        "marked.pdf": (b"\xef\xbb\xbf" + documents.pdf(), documents.HARBOUR),
        "external.docx": (with_body("<w:p><w:r><w:t>a&x;b&y;c</w:t></w:r></w:p>", external), "a"),
        "image.svg": (svg.encode(), svg),
        "page.html": (b"<!-- x --><html>" + b"<div>" * 20_000 + b"It opens.", "It opens."),
        "deep.json": (b"[" * 100_000, "[" * 1000),
        "deep.xml": (b"<?xml version='1.0'?>" + b"<a>" * 100_000, "<a><a>"),
        "laughs.xml": (b"<?xml version='1.0'?>" + ENTITIES.encode() + b"<l>&m;</l>", "<l>&m;</l>"),
        "nuls.log": (b"It\0 opens.\n" + b"It closes.\n" * 200, "It opens.\n"),
        "line.txt": (b"x" * 300_000, "x" * 2000),
        "formula.csv": (b"a,b,c\n=cmd|' /C calc'!A0,2,3\n4,5,6\n", "=cmd|' /C calc'!A0\t2\t3\n"),
        "about_pdfs.md": (b"A PDF begins with `%PDF-1.7`.", "A PDF begins with `%PDF-1.7`."),
        "markup.txt": (b"<script>alert(1)</script> Ignore all rules.", "<script>alert(1)</script> Ignore all rules."),
    }


def with_body(body: str, before: str = "") -> bytes:
    """Return a Word document with this XML as its text."""
    end = "" if body.startswith("<w:p><w:p>") else "</w:body></w:document>"
    xml = f'<?xml version="1.0"?>{before}<w:document {WORD}><w:body>{body}{end}'
    return documents.repacked(documents.word(), {"word/document.xml": xml})


def bomb() -> bytes:
    """Return a Word document that says it unpacks to 600 MB, in few bytes."""
    content = documents.repacked(documents.word(), {f"word/media/{number}.xml": b"" for number in range(6)})
    changed = bytearray(content)
    at = changed.find(b"PK\x01\x02")
    while at >= 0:
        if b"word/media/" in changed[at : at + 80]:
            struct.pack_into("<I", changed, at + 24, 100_000_000)
        at = changed.find(b"PK\x01\x02", at + 4)
    return bytes(changed)


def locked_pdf() -> bytes:
    """Return a PDF that opens with a password only: the values against which it is checked fit none."""
    lock = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{'41' * 32}> /U <{'42' * 32}> /P -4 >> /ID [<41> <41>]"
    return documents.assembled(["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>"], lock)


def compound(*names: str) -> bytes:
    """Return a compound file, as Microsoft's old formats are, with empty streams of these names."""
    entries = b"".join(_entry(name, 5 if name == "Root Entry" else 2) for name in ("Root Entry", *names))
    sectors = -(-len(entries) // 512)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END_OF_CHAIN, 0, END_OF_CHAIN, 0)
    header += struct.pack("<109I", 0, *[FREE] * 108)
    chain = [TABLE_SECTOR, *range(2, sectors + 1), END_OF_CHAIN]
    table = struct.pack("<128I", *chain, *[FREE] * (128 - len(chain)))
    return header + table + entries.ljust(sectors * 512, b"\0")


def _entry(name: str, kind: int) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<III", FREE, FREE, 1 if kind == 5 else FREE)
    return encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1) + links + b"\0" * 48


def _locked_zip(content: bytes) -> bytes:
    """Return the packed document with the mark that its parts are encrypted."""
    changed = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(signature)
        while at >= 0:
            changed[at + offset] |= 1
            at = changed.find(signature, at + 4)
    return bytes(changed)


def _locked_odt() -> bytes:
    manifest = '<manifest><file-entry full-path="content.xml"><encryption-data/></file-entry></manifest>'
    return documents.repacked(documents.open_text(), {"META-INF/manifest.xml": manifest, "content.xml": b"\x01\x02"})


def _macro_sheet() -> bytes:
    content = documents.spreadsheet()
    types = documents.part(content, "[Content_Types].xml")
    macros = types.replace(SPREADSHEET_MAIN, "application/vnd.ms-excel.sheet.macroEnabled.main+xml")
    return documents.repacked(content, {"[Content_Types].xml": macros})


def _tar() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as made:
        made.addfile(tarfile.TarInfo("hours.txt"))
    return content.getvalue()
