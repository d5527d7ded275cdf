"""Tables as text (.csv, .tsv), whatever stands between their cells."""

import csv
import io
import sys
from collections.abc import Iterator
from typing import BinaryIO

from files.encodings import decoded
from files.passages import Block
from files.reader import Job
from files.tables import delimiter_of, line_of
from files.unreadable import Unreadable

ROWS = 20
"""In one block."""


def read(file: BinaryIO, job: Job) -> Iterator[Block]:
    text = decoded(file.read(), job.sniffed.encoding).replace("\0", "")
    csv.field_size_limit(sys.maxsize)
    job.rows = 0
    lines: list[str] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter_of(text) or ","):
            if not row:
                continue
            job.rows += 1
            if job.is_full:
                continue
            lines.append(line_of(row))
            if len(lines) == ROWS:
                yield Block("".join(lines))
                lines = []
    except csv.Error as error:
        raise Unreadable("broken") from error
    yield Block("".join(lines))
