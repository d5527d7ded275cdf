"""What a compound file is (Microsoft's CFB: a file system of its own): an old Office document, or an encrypted one."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from files.sniffing.sniffed import Sniffed
from files.unreadable import Unreadable

MAX_DIRECTORY_SECTORS = 2000
LAST_SECTOR = 0xFFFFFFF9
"""Greater numbers mark ends and holes."""
DOCUMENTS = {"WordDocument": "old_word", "PowerPoint Document": "old_presentation", "__nameid_version1.0": "outlook"}
"""By what is in it, why it isn't read."""


def sniff(file: BinaryIO) -> Sniffed:
    """Return which document a compound file is. Raise `Unreadable` if it isn't one that is read."""
    try:
        names = set(_names(file))
    except (struct.error, ValueError) as error:
        raise Unreadable("broken") from error
    if "EncryptedPackage" in names:
        raise Unreadable("encrypted")
    for name, code in DOCUMENTS.items():
        if name in names:
            raise Unreadable(code)
    if names & {"Workbook", "Book"}:
        if "_VBA_PROJECT_CUR" in names:
            raise Unreadable("macros")
        return Sniffed("spreadsheet", "application/vnd.ms-excel")
    raise Unreadable("unknown_type")


def _names(file: BinaryIO) -> Iterator[str]:
    """Yield the names in the file's directory, whose sectors are linked through the allocation table."""
    file.seek(0)
    header = file.read(512)
    (shift,) = struct.unpack_from("<H", header, 30)
    if shift not in {9, 12}:
        raise ValueError("no sector has this size")
    size = 1 << shift
    tables = struct.unpack_from("<109I", header, 76)
    (sector,) = struct.unpack_from("<I", header, 48)
    for _ in range(MAX_DIRECTORY_SECTORS):
        if sector > LAST_SECTOR:
            return
        file.seek((sector + 1) * size)
        entries = file.read(size)
        for at in range(0, len(entries) - 127, 128):
            (length,) = struct.unpack_from("<H", entries, at + 64)
            yield entries[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        table, index = divmod(sector, size // 4)
        if table >= len(tables):
            return
        file.seek((tables[table] + 1) * size + index * 4)
        (sector,) = struct.unpack("<I", file.read(4))
