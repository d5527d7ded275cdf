"""The bench runs, and every delta arrives. Its times are not tested."""

import subprocess
import sys

import pytest

from chatsite.environment import BASE_DIR


@pytest.mark.process
def test_quick_bench_loses_nothing():
    bench = subprocess.run(
        [sys.executable, "-m", "bench", "--quick"],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert bench.returncode == 0, bench.stderr
    assert bench.stdout.splitlines()[-1] == "Every answer was seen and stored as it was sent."
