"""The stand-in as a process: how it starts and ends."""

import signal
import subprocess
import sys

import httpx2
import pytest

from tests.support.wire import NO_CERTIFICATES, READY, ROOT, process

pytestmark = pytest.mark.process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_process_cleanly(number):
    with process() as (started, url):
        started.send_signal(number)
        rest, _ = started.communicate(timeout=60)
    assert (started.returncode, rest) == (0, "")
    assert url.startswith("http://127.0.0.1:")
    assert url.endswith("/v1")


def test_process_ends_in_the_middle_of_an_answer():
    with (
        process() as (started, url),
        httpx2.Client(headers={"Authorization": "Bearer sk-test"}, verify=NO_CERTIFICATES) as http,
    ):
        http.post(f"{url.removesuffix('/v1')}/_script", json={"text": "Never said", "at": {"2": {"wait": "never"}}})
        with http.stream(
            "POST", f"{url}/responses", json={"model": "standin", "input": "Hello", "stream": True}
        ) as answer:
            assert next(answer.iter_lines()) == "event: response.created"
            started.terminate()
            assert started.wait(timeout=60) == 0


def test_process_ends_with_its_parent():
    command = f"exec 3>&1; {sys.executable} -m standin --parent-pid $$ & read -r _"
    with subprocess.Popen(
        ["/bin/sh", "-c", command], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline().startswith(READY)
        parent.kill()
        # The pipe ends only when the stand-in, which shares it, has ended too.
        assert parent.stdout.read() == ""
