"""The MCP server of the tests as a process of its own (mcp_server.py), without the SDK in this one."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from chatsite.environment import BASE_DIR


@contextmanager
def running_mcp_server() -> Iterator[str]:
    """Run the server while the block runs, and yield its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.mcp_server"],
        stdout=subprocess.PIPE,
        # What the SDK says of names that are too long, and of calls that fail.
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=BASE_DIR,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(timeout=60)
        process.stdout.close()
