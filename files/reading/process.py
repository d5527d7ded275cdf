"""Have a file read in a process of its own, which is ended if it takes too long or says too much."""

import logging
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Timer
from typing import IO

import msgspec

from files.limits import MAX_LOG_BYTES, MAX_OUTPUT_BYTES, WALL_SECONDS
from files.reading.said import Line, Piece, Problem, Summary
from files.unreadable import Unreadable

logger = logging.getLogger(__name__)

COMMAND = [sys.executable, "-m", "files.reading.worker"]
ROOT = Path(__file__).resolve().parent.parent.parent
CHUNK_BYTES = 1 << 20
OUT_OF_MEMORY = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGABRT}
"""How a process ends that gets no more memory: the system ends it, or a library that can't go on does."""

_decoder = msgspec.json.Decoder(Line)
_running: "set[subprocess.Popen[bytes]]" = set()
_stopped: "set[subprocess.Popen[bytes]]" = set()


class Stopped(Exception):
    """The site stops, or can start no process: the file wasn't read to its end, and can be read at another moment."""


def stop_all() -> None:
    """End the processes that read, because the site stops. Whoever waits for one gets `Stopped`."""
    for process in [*_running]:
        _stopped.add(process)
        process.kill()


def read(path: Path, max_pages: int) -> tuple[Summary, list[Piece]]:
    """Return what a file is, and its text in passages. It blocks, for up to `WALL_SECONDS`.

    Raise `Unreadable` if the file can't be read, and `Stopped` if the site stops meanwhile or can start no process.
    """
    with tempfile.TemporaryFile() as log:
        output, code, is_late = _run([str(path), str(max_pages)], log)
        log.seek(0)
        said = log.read(MAX_LOG_BYTES)
    if said or code:
        logger.info("a file was read with exit code %s: %s", code, said[-2000:].decode(errors="replace"))
    if is_late or code == -signal.SIGXCPU:
        raise Unreadable("too_slow")
    if code in OUT_OF_MEMORY:
        raise Unreadable("too_complex")
    if code:
        raise Unreadable("broken")
    return _parsed(output)


def _run(arguments: list[str], log: IO[bytes]) -> tuple[bytes, int, bool]:
    """Return what the process says, how it ends, and whether its time was up."""
    with _started(arguments, log) as process:
        _running.add(process)
        late: list[bool] = []

        def end() -> None:
            late.append(True)
            process.kill()

        timer = Timer(WALL_SECONDS, end)
        timer.start()
        try:
            output = _output(process)
            code = process.wait()
            if process in _stopped:
                raise Stopped
            return output, code, bool(late)
        finally:
            timer.cancel()
            process.kill()
            _running.discard(process)
            _stopped.discard(process)


def _started(arguments: list[str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(  # noqa: S603  no shell, and a module of ours
            [*COMMAND, *arguments],
            cwd=ROOT,
            # Nothing of the site's environment: it has keys and passwords.
            env={"PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            # Ctrl-C is for the site, which then stops it.
            start_new_session=True,
        )
    except OSError as error:
        # The machine has no memory for it, or no more processes: nothing is wrong with the file.
        logger.exception("no process could be started that reads a file")
        raise Stopped from error


def _output(process: "subprocess.Popen[bytes]") -> bytes:
    output = bytearray()
    while process.stdout is not None and (chunk := process.stdout.read(CHUNK_BYTES)):
        output += chunk
        if len(output) > MAX_OUTPUT_BYTES:
            raise Unreadable("too_complex")
    return bytes(output)


def _parsed(output: bytes) -> tuple[Summary, list[Piece]]:
    passages: list[Piece] = []
    try:
        for line in output.splitlines():
            said = _decoder.decode(line)
            if isinstance(said, Problem):
                raise Unreadable(said.code)
            if isinstance(said, Summary):
                return said, passages
            passages.append(said)
    except msgspec.DecodeError as error:
        raise Unreadable("broken") from error
    raise Unreadable("broken")
