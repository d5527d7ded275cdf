"""The process that reads a file: bounded, and alone with what it does."""

import errno
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from threading import Event

import pytest

from files.reading import process, worker
from files.reading.process import read
from files.unreadable import Unreadable
from tests.support import documents, documents_hostile


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(documents.pdf("It opens.", "It closes."))
    return path


def run_instead(monkeypatch, program: str) -> None:
    monkeypatch.setattr(process, "COMMAND", [sys.executable, "-c", program])


def code_of(path: Path) -> str:
    with pytest.raises(Unreadable) as caught:
        read(path, 100)
    return caught.value.code


def test_file_is_read_in_another_process(file):
    summary, passages = read(file, 100)
    assert (summary.kind, summary.pages) == ("pdf", 2)
    assert [(passage.page, passage.text) for passage in passages] == [(1, "It opens.\n"), (2, "It closes.\n")]


def test_reason_of_a_refusal_comes_back(file):
    with pytest.raises(Unreadable, match="too_many_pages"):
        read(file, 1)
    file.write_bytes(documents_hostile.bomb())
    assert code_of(file) == "unpacks_too_large"


def test_process_gets_nothing_of_the_environment(file, monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "the key")
    seen = tmp_path / "seen"
    run_instead(monkeypatch, f"import os, pathlib; pathlib.Path({str(seen)!r}).write_text(repr(dict(os.environ)))")
    assert code_of(file) == "broken"
    assert "the key" not in seen.read_text()
    assert "PYTHONDONTWRITEBYTECODE" in seen.read_text()


def test_process_that_takes_too_long_is_ended(file, monkeypatch, tmp_path):
    started = tmp_path / "started"
    monkeypatch.setattr(process, "WALL_SECONDS", 1.0)
    run_instead(
        monkeypatch,
        f"import os, pathlib, time; pathlib.Path({str(started)!r}).write_text(str(os.getpid())); time.sleep(600)",
    )
    assert code_of(file) == "too_slow"
    if started.exists():
        with pytest.raises(ProcessLookupError):
            os.kill(int(started.read_text()), 0)


def test_site_that_stops_ends_the_reading_of_files(file, monkeypatch, tmp_path):
    run_instead(monkeypatch, "import time; print('begun', flush=True); time.sleep(600)")
    begun = Event()
    output = process._output

    def noted_output(running):
        begun.set()
        return output(running)

    monkeypatch.setattr(process, "_output", noted_output)
    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(read, file, 100)
        assert begun.wait(10)
        process.stop_all()
        with pytest.raises(process.Stopped):
            reading.result(10)
    assert not process._running
    assert not process._stopped


def test_words_of_a_broken_file_stay_out_of_the_log(monkeypatch, capsys):
    words = "It opens."

    def fail(file, job):
        raise ValueError(words)

    monkeypatch.setattr(worker, "blocks_of", fail)
    with pytest.raises(Unreadable, match="broken"):
        [*worker.read(BytesIO(words.encode()), 100)]
    said = capsys.readouterr().err
    assert "ValueError" in said
    assert "blocks_of(file, job)" in said
    assert words not in said


def test_file_is_not_damaged_because_no_process_can_be_started(file, monkeypatch):
    def fail(*_args, **_kwargs):
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr("subprocess.Popen", fail)
    with pytest.raises(process.Stopped):
        read(file, 100)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGXCPU, "too_slow"),
        (signal.SIGKILL, "too_complex"),
        (signal.SIGABRT, "too_complex"),
        (signal.SIGSEGV, "broken"),
    ],
)
def test_process_that_dies_leaves_a_reason(file, monkeypatch, number, code):
    kill = f"import os, resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); os.kill(os.getpid(), {int(number)})"
    run_instead(monkeypatch, kill)
    assert code_of(file) == code


def test_process_that_says_too_much_is_ended(file, monkeypatch):
    monkeypatch.setattr(process, "MAX_OUTPUT_BYTES", 1_000_000)
    run_instead(monkeypatch, "while True: print('x' * 1000)")
    assert code_of(file) == "too_complex"


@pytest.mark.parametrize("said", ["rubbish", "", '{"type": "passage", "text": "cut"}', '{"type": "other"}'])
def test_process_that_says_nothing_of_use_means_a_broken_file(file, monkeypatch, said):
    run_instead(monkeypatch, f"print({said!r})")
    assert code_of(file) == "broken"


@pytest.mark.slow
def test_memory_is_bounded(file):
    file.write_bytes(b"%PDF-1.7\n1 0 obj\n" + b"[" * 40_000_000)
    assert code_of(file) == "too_complex"


def test_process_is_the_first_to_make_room(file, monkeypatch, tmp_path):
    seen = tmp_path / "seen"
    look = "import os; seen = f'{os.getpriority(os.PRIO_PROCESS, 0)} {worker.OOM_SCORE.read_text()}'"
    said = f"{look}; import pathlib; pathlib.Path({str(seen)!r}).write_text(seen)"
    run_instead(monkeypatch, f"import files.reading.worker as worker; worker._bound(); {said}")
    assert code_of(file) == "broken"
    niceness, score = map(int, seen.read_text().split())
    assert niceness == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    assert score == 1000


@pytest.mark.slow
def test_cpu_time_is_bounded(file, monkeypatch):
    bounded = "import files.reading.worker as worker; worker.CPU_SECONDS = 1; worker._bound()\nwhile True: pass"
    run_instead(monkeypatch, bounded)
    assert code_of(file) == "too_slow"


@pytest.mark.slow
def test_pdf_of_many_pages_is_read(file):
    file.write_bytes(documents.pdf(*(f"This is page {number}." for number in range(1, 1801))))
    summary, passages = read(file, 2000)
    assert (summary.pages, len(passages), passages[-1].text) == (1800, 1800, "This is page 1800.\n")


@pytest.mark.slow
def test_long_table_is_counted_to_its_end(file):
    file.write_bytes(b"Ship;Length\n" + b"Ada and her crew;12\n" * 1_000_000)
    summary, passages = read(file, 2000)
    assert (summary.rows, summary.is_truncated) == (1_000_001, True)
    assert summary.characters == sum(len(passage.text) for passage in passages) <= 5_000_000


@pytest.mark.slow
def test_web_page_deeper_than_any_stack_is_read(file):
    file.write_bytes(b"<html>" + b"<div><b>" * 500_000 + b"It opens.")
    summary, passages = read(file, 2000)
    assert (summary.kind, passages[0].text) == ("html", "It opens.\n")
