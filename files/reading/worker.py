"""Read one file, in a process of its own: `python -m files.reading.worker PATH MAX_PAGES`.

It has no settings, no keys and no connection to anything, and it bounds itself before it opens the file. It doesn't
import Django.
"""

import os
import resource
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from common.text import about_tokens
from files.limits import (
    CPU_SECONDS,
    MAX_CHARACTERS,
    MAX_LOG_BYTES,
    MAX_PASSAGES,
    MEMORY_BYTES,
)
from files.passages import cut
from files.reader import Job, blocks_of
from files.reading.said import Line, Piece, Problem, Summary
from files.sniffing import sniff
from files.unreadable import Unreadable

OOM_SCORE = Path("/proc/self/oom_score_adj")


def main() -> None:
    path, max_pages = sys.argv[1:]
    _bound()
    try:
        with open(path, "rb") as file:
            for line in read(file, int(max_pages)):
                _say(line)
    except Unreadable as unreadable:
        _say(Problem(unreadable.code))
    sys.stdout.flush()
    # What is in memory need not be tidied up.
    os._exit(0)


def read(file: BinaryIO, max_pages: int) -> Iterator[Line]:
    """Yield what is said of a file: its passages, as far as they are kept, and at last the summary.

    Raise `Unreadable` if it can't be read.
    """
    try:
        yield from _lines(file, max_pages)
    except Unreadable:
        raise
    except (MemoryError, RecursionError) as error:
        raise Unreadable("too_complex") from error
    except Exception as error:
        # Libraries fail on broken files with exceptions of many kinds, which no list names. What they say may be words
        # of the file, and those are nothing for a log.
        print(type(error).__name__, *traceback.format_tb(error.__traceback__), file=sys.stderr)  # noqa: T201
        raise Unreadable("broken") from error


def _lines(file: BinaryIO, max_pages: int) -> Iterator[Line]:
    job = Job(sniff(file), max_pages)
    characters = tokens = passages = 0
    for block in cut(blocks_of(file, job)):
        if job.is_full:
            continue
        if passages == MAX_PASSAGES or characters + len(block.text) > MAX_CHARACTERS:
            job.is_full = True
            continue
        yield Piece(*block)
        characters += len(block.text)
        tokens += about_tokens(block.text)
        passages += 1
    kind, media_type, _ = job.sniffed
    yield Summary(kind, media_type, characters, tokens, job.pages, job.rows, is_truncated=job.is_full)


def _say(line: Line) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")


def _bound() -> None:
    """Bound what this process may use, for good. One that needs more fails or is ended by the system."""
    for limit, value, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES, MEMORY_BYTES),
        # At the first, the system says why it ends the process; at the second, it doesn't.
        (resource.RLIMIT_CPU, CPU_SECONDS, CPU_SECONDS + 5),
        (resource.RLIMIT_FSIZE, MAX_LOG_BYTES, MAX_LOG_BYTES),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, 64, 64),
    ):
        # Whoever runs the site may have set a lower one.
        with suppress(ValueError):
            resource.setrlimit(limit, (value, most))
    # The others come first; and if the machine has no memory left, this process is the one to end.
    os.nice(10)
    with suppress(OSError):
        OOM_SCORE.write_text("1000")


if __name__ == "__main__":
    main()
