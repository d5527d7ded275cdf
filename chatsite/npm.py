"""The files of npm packages that are served as they were published."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from django.core.management import CommandError

ASSETS = ["katex/dist/katex.min.css", "katex/dist/fonts/*", "mermaid/dist/mermaid.min.js"]
"""What pages and style sheets name by its path. What our modules import is in their bundles (bundle.py)."""


class NpmFinder(BaseFinder):
    """A finder of exactly these files, at /static/npm/ and their path in node_modules."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.storage = FileSystemStorage(location=settings.BASE_DIR / "node_modules")
        # collectstatic's own convention
        self.storage.prefix = "npm"  # type: ignore[attr-defined]

    def check(self, **_kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        name = path.removeprefix("npm/")
        found = [self.storage.path(name)] if path.startswith("npm/") and name in self._names() else []
        return found if find_all else found[0] if found else []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        for name in self._names():
            if not self.storage.exists(name):
                raise CommandError(
                    f"{name} is missing from node_modules. Start with `make run`, which installs it, or run `npm ci`."
                )
            yield name, self.storage

    def _names(self) -> Iterable[str]:
        root = Path(self.storage.location)
        for pattern in ASSETS:
            found = sorted(path.relative_to(root).as_posix() for path in root.glob(pattern))
            yield from found or [pattern]
