"""Tables as text: a line for each row, with tabs between the cells."""

import csv
import re
from collections.abc import Iterable

SAMPLE_CHARACTERS = 64_000
SAMPLE_ROWS = 200
DELIMITERS = ("\t", ";", ",", "|")
MAX_HEAD_CHARACTERS = 200
"""Of a cell in the first row."""
NO_TABLE = re.compile(r"\s|[{\[(<#|*-]|//")
"""What lines of code, of Markdown and of JSON begin with."""
CODE_END = (");", "{", "}", "):")


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
    if columns == 2 and not any(row[1].strip() for row in whole):
        return False
    return delimiter == "\t" or not _is_code(lines)


def _is_code(lines: list[str]) -> bool:
    """Return whether the lines are rather those of a program or of Markdown: some are indented, or they end so."""
    indented = sum(line[0].isspace() for line in lines)
    ended = sum(line.endswith(CODE_END) for line in lines)
    return bool(NO_TABLE.match(lines[0])) or indented * 10 > len(lines) or ended * 2 > len(lines)


def _with_ends(lines: Iterable[str]) -> Iterable[str]:
    return (f"{line}\n" for line in lines)


def line_of(cells: Iterable[str]) -> str:
    """Return the line for a row. Tabs and breaks in a cell become spaces; empty cells at the end are left out."""
    return "\t".join(" ".join(cell.split()) for cell in cells).rstrip("\t") + "\n"


def markdown_table(rows: Iterable[Iterable[str]]) -> str:
    """Return a table that stands within a text."""
    lines = ["| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) + " |" for row in rows]
    if not lines:
        return ""
    rule = "| " + " | ".join(["---"] * max(1, lines[0].count(" | ") + 1)) + " |"
    return "\n".join([lines[0], rule, *lines[1:]]) + "\n"
