"""Files read in the tests' own process, which is quicker than one for each."""

import io

from files.reading.said import Piece, Summary
from files.reading.worker import read


def read_here(content: bytes, max_pages: int = 2000) -> tuple[Summary, list[Piece]]:
    """Return what a file is, and its passages. Raise `Unreadable` if it can't be read."""
    said = list(read(io.BytesIO(content), max_pages))
    (summary,) = (line for line in said if isinstance(line, Summary))
    return summary, [line for line in said if isinstance(line, Piece)]


def text_here(content: bytes) -> str:
    return "".join(passage.text for passage in read_here(content)[1])
