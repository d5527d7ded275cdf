"""The files of npm packages that the pages load, served as they were published."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from django.core.management import CommandError

LANGUAGES = (  # noqa: SIM905 - forty lines otherwise
    "apache awk clojure cmake dart delphi django dockerfile dos elixir elm erb erlang fortran fsharp gherkin glsl"
    " gradle groovy handlebars haskell http julia latex lisp matlab nginx nim nix ocaml pgsql powershell prolog"
    " properties protobuf scala scheme tcl twig verilog vhdl vim x86asm"
).split()
"""The languages that highlight.js doesn't bundle. Their aliases are in static/chat/markdown/render/languages.js."""

LIBRARIES = {
    "highlight.js": "@highlightjs/cdn-assets/es/highlight.min.js",
    "katex": "katex/dist/katex.mjs",
    "katex/contrib/mhchem": "katex/dist/contrib/mhchem.mjs",
    **{f"highlight.js/{name}": f"@highlightjs/cdn-assets/es/languages/{name}.min.js" for name in LANGUAGES},
}
"""The name that our modules import -> the file in node_modules. A browser loads each only when a text needs it."""

ASSETS = ["katex/dist/katex.min.css", "katex/dist/fonts/*", "mermaid/dist/mermaid.min.js"]
"""What pages and style sheets name by its path."""


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
        assets = (path.relative_to(root).as_posix() for pattern in ASSETS for path in sorted(root.glob(pattern)))
        return [*LIBRARIES.values(), *assets]
