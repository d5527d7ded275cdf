"""What a zip is: a document that is packed so, or any other archive."""

import re
from typing import BinaryIO
from zipfile import BadZipFile, LargeZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812

from files.limits import MAX_OBJECTS, MAX_UNPACKED_BYTES
from files.sniffing.sniffed import Sniffed
from files.unreadable import Unreadable

MAX_LIST_BYTES = 5_000_000
"""Of the lists that say what a packed document is."""

OPEN_XML = "application/vnd.openxmlformats-officedocument."
EXCEL = "application/vnd.ms-excel."
PARTS = {
    "wordprocessingml.document": ("word", f"{OPEN_XML}wordprocessingml.document"),
    "wordprocessingml.template": ("word", f"{OPEN_XML}wordprocessingml.document"),
    "presentationml.presentation": ("presentation", f"{OPEN_XML}presentationml.presentation"),
    "presentationml.slideshow": ("presentation", f"{OPEN_XML}presentationml.presentation"),
    "presentationml.template": ("presentation", f"{OPEN_XML}presentationml.presentation"),
    "spreadsheetml.sheet": ("spreadsheet", f"{OPEN_XML}spreadsheetml.sheet"),
    "spreadsheetml.template": ("spreadsheet", f"{OPEN_XML}spreadsheetml.sheet"),
}
"""By the main part of an Office document, its kind and media type."""
MAIN = re.compile(rf'"{re.escape(OPEN_XML)}([a-z.]+)\.main\+xml"')
BINARY_SHEET = f'"{EXCEL}sheet.binary.macroEnabled.main"'

OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
OPEN_DOCUMENTS = {"text": "opendocument", "presentation": "opendocument", "spreadsheet": "spreadsheet"}


def sniff(file: BinaryIO) -> Sniffed:
    """Return which document a zip is. Raise `Unreadable` if it is none, or can't be unpacked safely."""
    try:
        with ZipFile(file) as packed:
            _check(packed)
            names = set(packed.namelist())
            if "[Content_Types].xml" in names:
                return _open_xml(packed, names)
            if "mimetype" in names:
                return _open_document(packed)
    except (BadZipFile, LargeZipFile, ZlibError, NotImplementedError, ValueError, EOFError) as error:
        raise Unreadable("broken") from error
    raise Unreadable("iwork" if "Index/Document.iwa" in names or "Index.zip" in names else "archive")


def _check(packed: ZipFile) -> None:
    """Check what a zip says of its parts: none of them unpacks to more than it says there."""
    parts = packed.infolist()
    if len(parts) > MAX_OBJECTS:
        raise Unreadable("too_many_objects")
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable("encrypted")
    if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise Unreadable("unpacks_too_large")


def _open_xml(packed: ZipFile, names: set[str]) -> Sniffed:
    types = _listed(packed, "[Content_Types].xml")
    if BINARY_SHEET in types and not any(name.endswith("vbaProject.bin") for name in names):
        return Sniffed("spreadsheet", f"{EXCEL}sheet.binary.macroEnabled.12")
    if "macroEnabled" in types or any(name.endswith("vbaProject.bin") for name in names):
        raise Unreadable("macros")
    main = MAIN.search(types)
    if main is None or main[1] not in PARTS:
        raise Unreadable("archive")
    return Sniffed(*PARTS[main[1]])


def _open_document(packed: ZipFile) -> Sniffed:
    media_type = _listed(packed, "mimetype").strip()
    name = media_type.removeprefix(OPEN_DOCUMENT).removesuffix("-template")
    kind = OPEN_DOCUMENTS.get(name)
    if kind is None or not media_type.startswith(OPEN_DOCUMENT):
        raise Unreadable("archive")
    if "encryption-data" in _listed(packed, "META-INF/manifest.xml"):
        raise Unreadable("encrypted")
    return Sniffed(kind, f"{OPEN_DOCUMENT}{name}")


def _listed(packed: ZipFile, name: str) -> str:
    """Return the text of a part that says what the others are; "" if it isn't there."""
    if name not in packed.namelist():
        return ""
    with packed.open(name) as part:
        return part.read(MAX_LIST_BYTES).decode("utf-8", "replace")
