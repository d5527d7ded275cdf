"""Several server processes behind one port: `python -m chatsite.processes FD` is one of them."""

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

LOOK_SECONDS = 0.2
RESTART_SECONDS = 1.0
END_SECONDS = 30.0


def supervise(on_listening: Callable[[], None]) -> None:
    """Keep as many processes running as PROCESSES says, until SIGTERM or SIGINT; who dies is started again."""
    env = environment()
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    with socket.create_server((env.host, env.port), backlog=512) as listener:
        processes = [_start(listener) for _ in range(env.processes)]
        on_listening()
        while not stopping:
            time.sleep(LOOK_SECONDS)
            for place, process in enumerate(processes):
                if process.poll() is not None and not stopping:
                    logger.error(
                        "server process %s ended with %s and is started again", process.pid, process.returncode
                    )
                    time.sleep(RESTART_SECONDS)
                    processes[place] = _start(listener)
    _end(processes)


def _start(listener: socket.socket) -> subprocess.Popen[bytes]:
    number = listener.fileno()
    command = [sys.executable, "-m", "chatsite.processes", str(number)]
    return subprocess.Popen(command, pass_fds=[number], cwd=BASE_DIR, start_new_session=True)  # noqa: S603


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + END_SECONDS
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
            await asyncio.sleep(LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    def begin() -> None:
        watchers.append(asyncio.get_running_loop().create_task(end_with_parent()))

    serve(begin, endpoint=f"fd:fileno={int(sys.argv[1])}")


if __name__ == "__main__":
    main()
