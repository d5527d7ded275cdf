"""The bench runs, every delta arrives, and what it starts ends with it. Its times are not tested."""

import signal
import subprocess
import sys

import psutil  # type: ignore[import-untyped]
import pytest

from bench.targets import TARGETS, print_targets
from chatsite.environment import BASE_DIR

ENDING = "Every answer was seen and stored as it was sent."


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench", "--quick", *arguments],
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.process
def test_quick_bench_loses_nothing():
    with start() as bench:
        printed, problems = bench.communicate(timeout=150)
    assert bench.returncode == 0, problems
    assert printed.splitlines()[-1] == ENDING


@pytest.mark.process
def test_bench_that_is_stopped_leaves_no_process():
    with start("--only", "most") as bench:
        # Printed when a server is about to be measured.
        assert any(line.startswith("answers") for line in bench.stdout)
        started = psutil.Process(bench.pid).children(recursive=True)
        bench.send_signal(signal.SIGTERM)
        assert bench.wait(timeout=60) == 128 + signal.SIGINT
        assert psutil.wait_procs(started, timeout=60)[1] == []
    assert len(started) >= 2


def test_target_missed_by_more_than_the_margin_is_named(capsys):
    ratio, questions = (next(target for target in TARGETS if target.key == key) for key in ("ratio", "questions"))

    def missed(**reached: float) -> list[str]:
        return print_targets(reached, is_whole=False)

    assert missed(ratio=1.19, questions=161) == []
    assert missed(ratio=1.21, questions=200) == [ratio.what]
    assert missed(ratio=1.0, questions=159) == [questions.what]
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()[-2:]] == ["ok", "MISSED"]


def test_whole_run_misses_each_target_that_has_no_figure():
    reached = {target.key: target.bound for target in TARGETS[1:]}
    assert print_targets(reached, is_whole=True) == [TARGETS[0].what]
