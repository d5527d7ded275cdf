"""Plain text, Markdown, JSON, XML and code, as they are."""

from collections.abc import Iterator
from typing import BinaryIO

from files.encodings import decoded
from files.passages import Block
from files.reader import Job


def read(file: BinaryIO, job: Job) -> Iterator[Block]:
    yield Block(decoded(file.read(), job.sniffed.encoding))
