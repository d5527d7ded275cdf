"""Tables as text: a line for each row, with tabs between the cells."""

import csv
import re
from collections.abc import Iterable

SAMPLE_CHARACTERS = 64_000
SAMPLE_ROWS = 200
DELIMITERS = ("\t", ";", ",", "|")
MAX_HEAD_CHARACTERS = 200
"""Of a cell in the first row."""
MAX_CELL_CHARACTERS = 1_000_000
NO_TABLE = re.compile(r"\s|[{\[(<#|*-]|//")
"""What lines of code, of Markdown and of JSON begin with."""
CODE_END = (";", "{", "}", "):")


def delimiter_of(text: str) -> str | None:
    """Return what stands between the cells if a text is surely a table: rows of the same length, several of each."""
    lines = text[:SAMPLE_CHARACTERS].split("\n")
    if len(text) > SAMPLE_CHARACTERS:
        lines.pop()
    lines = [line for line in lines[:SAMPLE_ROWS] if line.strip()]
    for delimiter in DELIMITERS:
        if delimiter in (lines[0] if lines else "") and _is_table(lines, delimiter):
            return delimiter
    return None


def _is_table(lines: list[str], delimiter: str) -> bool:
    try:
        rows = list(csv.reader(_with_ends(lines), delimiter=delimiter))
    except csv.Error:
        return False
    # The last row of a sample may have a quote that ends later.
    whole = rows[:-1] if len(lines) == SAMPLE_ROWS else rows
    columns = len(rows[0])
    if columns < 2 or len(whole) < 2 or len(whole) + columns < 5:
        return False
    if any(len(row) != columns for row in whole) or any(len(cell) > MAX_HEAD_CHARACTERS for cell in rows[0]):
        return False
    if delimiter == "\t":
        return True
    if NO_TABLE.match(lines[0]):
        return False
    ends = sum(line.endswith(CODE_END) for line in lines)
    return delimiter == ";" or ends * 2 < len(lines)


def _with_ends(lines: Iterable[str]) -> Iterable[str]:
    return (f"{line}\n" for line in lines)


def line_of(cells: Iterable[str]) -> str:
    """Return the line for a row. Tabs and breaks in a cell become spaces; empty cells at the end are left out."""
    return "\t".join(" ".join(cell.split()) for cell in cells).rstrip("\t") + "\n"
