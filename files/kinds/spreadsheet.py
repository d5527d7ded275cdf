"""Spreadsheets (.xlsx, .xls, .xlsb, .ods): sheet by sheet, with the values that formulas had when it was saved."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from files.passages import Block
from files.reader import Job
from files.tables import line_of
from files.unreadable import Unreadable

ROWS = 20
"""In one block."""


def read(file: BinaryIO, job: Job) -> Iterator[Block]:
    try:
        yield from _sheets(file, job)
    except PasswordError as error:
        raise Unreadable("encrypted") from error
    except (CalamineError, ValueError, OSError) as error:
        raise Unreadable("broken") from error


def _sheets(file: BinaryIO, job: Job) -> Iterator[Block]:
    with CalamineWorkbook.from_filelike(file) as book:
        sheets = [
            (number, sheet) for number, sheet in enumerate(book.sheets_metadata) if sheet.typ == SheetTypeEnum.WorkSheet
        ]
        if not book.sheets_metadata:
            raise Unreadable("broken")
        if any(sheet.typ == SheetTypeEnum.MacroSheet for sheet in book.sheets_metadata):
            raise Unreadable("macros")
        if len(sheets) > job.max_pages:
            raise Unreadable("too_many_pages")
        job.pages, job.rows = len(sheets), 0
        for place, (number, sheet) in enumerate(sheets, 1):
            content = book.get_sheet_by_index(number)
            job.rows = max(job.rows, content.height)
            if job.is_full:
                continue
            for text in _texts(content.iter_rows(), job):
                yield Block(text, place, sheet.name)


def _texts(rows: Iterator[list[Any]], job: Job) -> Iterator[str]:
    lines: list[str] = []
    for row in rows:
        if job.is_full:
            return
        lines.append(line_of(map(_cell, row)))
        if len(lines) == ROWS:
            yield "".join(lines)
            lines = []
    yield "".join(lines)


def _cell(value: Any) -> str:
    """Return a value as people write it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date | time) else str(value)
