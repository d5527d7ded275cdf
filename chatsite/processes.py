"""Several server processes that share one port: `python -m chatsite.processes FD` is one of them."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

from chatsite.environment import BASE_DIR, environment
from chatsite.server import serve

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
RESTART_DELAY_SECONDS = 1.0
STOP_TIMEOUT_SECONDS = 30.0


def supervise(on_listening: Callable[[], None]) -> None:
    """Keep `PROCESSES` processes running until SIGTERM or SIGINT: start a new one for each that exits."""
    env = environment()
    received: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: received.append(number))
    with socket.create_server((env.host, env.port), backlog=512) as listener:
        processes = [_start(listener) for _ in range(env.processes)]
        on_listening()
        while not received:
            time.sleep(POLL_SECONDS)
            for index, process in enumerate(processes):
                if process.poll() is not None and not received:
                    logger.error("server process %s exited with %s; starting another", process.pid, process.returncode)
                    time.sleep(RESTART_DELAY_SECONDS)
                    processes[index] = _start(listener)
    _stop(processes)


def _start(listener: socket.socket) -> subprocess.Popen[bytes]:
    fd = listener.fileno()
    command = [sys.executable, "-m", "chatsite.processes", str(fd)]
    return subprocess.Popen(command, pass_fds=[fd], cwd=BASE_DIR, start_new_session=True)  # noqa: S603


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(deadline - time.monotonic(), 0))
        process.kill()
        process.wait()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    parent = os.getppid()
    watchers: list[asyncio.Task[None]] = []

    async def end_with_parent() -> None:
        while os.getppid() == parent:  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    def begin() -> None:
        watchers.append(asyncio.get_running_loop().create_task(end_with_parent()))

    serve(begin, endpoint=f"fd:fileno={int(sys.argv[1])}")


if __name__ == "__main__":
    main()
