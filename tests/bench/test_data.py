"""The bench of much data runs with little: every page is there, no time is judged, and a filled database stays."""

import subprocess
import sys

import pytest

from chatsite.environment import BASE_DIR


@pytest.mark.process
def test_quick_bench_measures_all_pages_and_keeps_its_database(tmp_path):
    # Others must reach the folder: PostgreSQL runs as another user if the tests run as root.
    for folder in (tmp_path, tmp_path.parent):
        folder.chmod(0o755)
    printed = bench(tmp_path, "--quick")
    assert printed.splitlines()[-1] == "No plan grows unseen."
    assert "indexes are made" in printed
    for page in ("side list: further pages", "search: two words", "review: filter by model", "its further pages"):
        assert page in printed
    assert "exports: the longest conversation as JSON" in printed

    assert "indexes are made" not in bench(tmp_path, "--quick", "--fill")

    bench(tmp_path, "--quick", "--remove")
    assert list(tmp_path.iterdir()) == []


def bench(folder, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bench.data", "--folder", str(folder), *arguments],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
