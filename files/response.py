"""A stored file as the answer to a request."""

from pathlib import Path

from django.http import HttpResponse


class FileContent(HttpResponse):
    """An answer whose content is a file. The server sends it piece by piece, so that it is never in memory as a whole.

    Raise `FileNotFoundError` if the file isn't there.
    """

    def __init__(self, path: Path, headers: dict[str, str]) -> None:
        self.path = path
        self._other: bytes | None = None
        super().__init__(headers=headers | {"Content-Length": str(path.stat().st_size)})
        self._other = None

    @property
    def content(self) -> bytes:
        return self.path.read_bytes() if self._other is None else self._other

    @content.setter
    def content(self, value: bytes) -> None:
        self._other = value
