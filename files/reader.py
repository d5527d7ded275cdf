"""What reads a kind of file: `read` of a module in files/kinds/."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import BinaryIO

from files.passages import Block
from files.sniffing.sniffed import Sniffed


@dataclass
class Job:
    """A file to be read: what it is, and how much of it may be read.

    `depth` counts the files that it is in, such as an e-mail. The reader sets `pages` and `rows` if the file has some.
    If `is_full` is set, no more of the text is kept: the reader may end, or go on to count.
    """

    sniffed: Sniffed
    max_pages: int
    depth: int = 0
    pages: int | None = None
    rows: int | None = None
    is_full: bool = False


Read = Callable[[BinaryIO, Job], Iterator[Block]]


def blocks_of(file: BinaryIO, job: Job) -> Iterator[Block]:
    """Yield the text of a file, read as what it is. Raise `Unreadable` if it can't be read."""
    file.seek(0)
    read: Read = import_module(f"files.kinds.{job.sniffed.kind}").read
    yield from read(file, job)
