"""How the process starts and ends."""

import signal
import subprocess
import sys

import pytest

from tests.standin.wire import READY, ROOT, process


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(sign):
    with process() as (started, url):
        started.send_signal(sign)
        assert started.wait(timeout=10) == 0
        assert started.stdout.read() == ""
    assert url.startswith("http://127.0.0.1:")
    assert url.endswith("/v1")


def test_it_ends_with_its_parent():
    command = f"exec 3>&1; {sys.executable} -m standin --parent-pid $$ & read -r _"
    with subprocess.Popen(
        ["/bin/sh", "-c", command], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout.readline().startswith(READY)
        parent.kill()
        # The pipe is at its end only when the stand-in, which shares it, has ended too.
        assert parent.stdout.read() == ""
