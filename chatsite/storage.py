"""Static files as they are served: with hashed names, compressed, and without the documentation of our own modules."""

import re
from typing import Any

from django.core.files.base import ContentFile
from servestatic.storage import CompressedManifestStaticFilesStorage

DOCUMENTATION = re.compile(r"^([ \t]*)/\*\*.*?\*/", re.DOTALL | re.MULTILINE)
"""A JSDoc comment that begins a line."""


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """A storage that removes JSDoc comments from the modules in chat/, of which they are a third."""

    def _save(self, name: str, content: Any) -> str:
        if name.startswith("chat/") and name.endswith(".js"):
            # chunks() begins at the start, wherever somebody has read to.
            code = b"".join(content.chunks()).decode()
            content = ContentFile(without_documentation(code).encode())
        saved: str = super()._save(name, content)
        return saved


def without_documentation(code: str) -> str:
    """Return a module without its JSDoc comments. Its lines keep their numbers."""
    return DOCUMENTATION.sub(lambda match: match[1] + "\n" * match[0].count("\n"), code)
