"""The processes of a bench: started, kept to their cores, measured and ended."""

import os
import socket
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

import psutil  # type: ignore[import-untyped]

from chatsite.environment import BASE_DIR


@contextmanager
def running(*arguments: str, cores: Collection[int] = ()) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a Python program while the block runs; yield its process and the first line that it prints."""
    # In a session of its own: Ctrl-C reaches only this process, which ends the others one by one.
    process = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, text=True, cwd=BASE_DIR, start_new_session=True
    )
    try:
        if cores:
            os.sched_setaffinity(process.pid, cores)
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"{' '.join(arguments)} did not start")
        yield process, line
    finally:
        end(process)
        assert process.stdout is not None
        process.stdout.close()


def end(process: subprocess.Popen[str]) -> None:
    """End a process that this one started; if it doesn't end by itself, its children too."""
    children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        for member in [process, *children]:
            member.kill()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def cpu_seconds(process: psutil.Process) -> float:
    """Return the CPU time of a process and its children so far, including children that have ended."""
    used = 0.0
    for member in [process, *process.children(recursive=True)]:
        try:
            times = member.cpu_times()
        except psutil.NoSuchProcess:
            continue
        used += times.user + times.system + getattr(times, "children_user", 0) + getattr(times, "children_system", 0)
    return used


def resident_bytes(process: psutil.Process) -> int:
    """Return the resident memory of a process and its children, in bytes."""
    resident = 0
    for member in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            resident += member.memory_info().rss
    return resident


def connections(process: psutil.Process, port: int) -> int:
    """Return how many clients a process has at a port."""
    return sum(
        connection.status == psutil.CONN_ESTABLISHED and connection.laddr.port == port
        for connection in process.net_connections("tcp")
    )
