"""What a reader of a kind of file gets, and what it says beside the text."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from files.passages import Block
from files.sniffing.sniffed import Sniffed


@dataclass
class Job:
    """A file to be read: what it is, and how much of it may be read.

    The reader sets `pages` and `rows` if the file has some. `is_counted` says that it knows them before it ends.
    """

    sniffed: Sniffed
    max_pages: int
    depth: int = 0
    pages: int | None = None
    rows: int | None = None
    is_counted: bool = True


Read = Callable[[BinaryIO, Job], Iterator[Block]]
