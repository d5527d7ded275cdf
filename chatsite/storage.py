"""Static files as they are collected and served: bundled, compressed, with a hash of their content in their names."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from servestatic.middleware import ServeStaticMiddleware
from servestatic.storage import CompressedManifestStaticFilesStorage

from chatsite.bundle import FOLDERS, bundle

HASHED = re.compile(r"\.(?:[0-9a-f]{12}|[0-9A-Z]{8})\.")
"""What is in the names that Django makes, and in those that esbuild makes."""


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """A storage that adds the bundles to the files that are collected in it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._bundled: dict[str, str] = {}

    def post_process(self, *args: Any, **options: Any) -> Iterator[tuple[str, str | None, bool | Exception]]:
        if not options.get("dry_run"):
            self._bundled = bundle(Path(self.location))
        yield from super().post_process(*args, **options)

    def save_manifest(self) -> None:
        self.hashed_files |= self._bundled
        super().save_manifest()

    def compress_files(self, paths: set[str]) -> Iterator[tuple[str, str]]:
        root = Path(self.location)
        bundles = {
            path.relative_to(root).as_posix() for name in FOLDERS for path in (root / name).rglob("*") if path.is_file()
        }
        yield from super().compress_files(paths | bundles)

    def add_stats_to_manifest(self) -> None:
        """Add nothing: the middleware looks at the files, because earlier versions are served, too."""


class StaticFilesMiddleware(ServeStaticMiddleware):  # type: ignore[misc]
    """The middleware that serves the collected files, also those of earlier versions, which open tabs may ask for."""

    def add_file_to_dictionary(self, url: str, *args: Any, **kwargs: Any) -> None:
        if HASHED.search(url):
            super().add_file_to_dictionary(url, *args, **kwargs)

    def immutable_file_test(self, path: str, url: str) -> bool:
        return True
