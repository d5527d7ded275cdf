"""Static files are collected when something has changed, and those that are served stay complete meanwhile."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import CommandError
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from chatsite import static_files, storage
from chatsite.storage import StaticFilesMiddleware


class Sources:
    """A folder with the sources of the static files, and one with the collected ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "sources"
        self.root = folder / "static"
        self.folder.mkdir()

    def write(self, text: str) -> None:
        (self.folder / "tide.css").write_text(text)

    def collect(self) -> str:
        """Collect, and return the name of the file that the pages link."""
        static_files.collect()
        name: str = json.loads((self.root / "staticfiles.json").read_text())["paths"]["tide.css"]
        return name

    def served(self) -> dict[str, str]:
        """Return the content of what is served, by its name."""
        return {
            path.relative_to(self.root).as_posix(): path.read_text()
            for path in self.root.rglob("*.css")
            if storage.HASHED.search(path.name)
        }


@pytest.fixture
def sources(settings, monkeypatch, tmp_path) -> Sources:
    sources = Sources(tmp_path)
    settings.STATIC_ROOT = sources.root
    settings.STATICFILES_DIRS = [sources.folder]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    # Django's own keeps the finders that it made.
    monkeypatch.setattr(finders, "get_finder", lambda path: import_string(path)())
    # What it makes is in test_bundle.py.
    monkeypatch.setattr(storage, "bundle", lambda _: {})
    sources.write("a { order: 1 }")
    return sources


def test_nothing_is_collected_again_until_something_changes(sources, monkeypatch):
    first = sources.collect()
    with monkeypatch.context() as patch:
        patch.setattr(static_files, "made_anew", lambda: pytest.fail("It is collected again."))
        assert sources.collect() == first
    sources.write("a { order: 2 }")
    assert sources.collect() != first


def test_files_of_the_version_before_are_still_served(sources):
    first = sources.collect()
    sources.write("a { order: 2 }")
    second = sources.collect()
    assert sources.served() == {first: "a { order: 1 }", second: "a { order: 2 }"}


def test_outdated_files_are_removed_some_time_after_they_were_replaced(sources):
    first = sources.collect()
    long_ago = time.time() - static_files.RETENTION_SECONDS - 60
    for path in sources.root.rglob("*.*"):
        os.utime(path, (long_ago, long_ago))
    # It is old, but was in use until now.
    sources.write("a { order: 2 }")
    second = sources.collect()
    assert set(sources.served()) == {first, second}

    for path in sources.root.rglob("*.*"):
        os.utime(path, (long_ago, long_ago))
    sources.write("a { order: 3 }")
    third = sources.collect()
    assert set(sources.served()) == {second, third}


def test_collecting_that_fails_midway_changes_nothing(sources, monkeypatch):
    first = sources.collect()
    manifest = (sources.root / "staticfiles.json").read_text()
    sources.write("a { order: 2 }")
    with monkeypatch.context() as patch:

        def fail(*_: object) -> Iterator[tuple[str, str]]:
            raise CommandError("There is no room.")

        patch.setattr(storage.StaticFilesStorage, "compress_files", fail)
        with pytest.raises(SystemExit, match=r"There is no room\."):
            static_files.collect()
    assert sources.served() == {first: "a { order: 1 }"}
    assert (sources.root / "staticfiles.json").read_text() == manifest
    assert sources.collect() != first


@pytest.mark.parametrize("content", ["", "[", "[]"])
def test_damaged_record_of_what_was_collected_is_written_anew(sources, content):
    first = sources.collect()
    record = sources.root / static_files.COLLECTED
    good = record.read_text()
    record.write_text(content)
    assert sources.collect() == first
    assert record.read_text() == good


async def test_only_hashed_names_are_served_and_cached_for_good(sources):
    async def get_response(_: HttpRequest) -> HttpResponse:
        return HttpResponse(status=404)

    name = sources.collect()
    (sources.root / "page.ABCDEFGH.js").write_text("of an earlier version")
    middleware = StaticFilesMiddleware(get_response)

    async def get(name: str) -> HttpResponse:
        request = HttpRequest()
        request.method, request.path_info = "GET", f"/static/{name}"
        return await middleware(request)

    for served in (name, "page.ABCDEFGH.js"):
        response = await get(served)
        assert response.status_code == 200
        assert "immutable" in response.headers["Cache-Control"]
        response.close()
    for hidden in ("tide.css", "staticfiles.json", static_files.COLLECTED):
        assert (await get(hidden)).status_code == 404
