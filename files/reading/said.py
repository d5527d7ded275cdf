"""What the process that reads a file says: one of these in each line, as JSON."""

import msgspec


class Piece(msgspec.Struct, tag="passage", omit_defaults=True):
    """A passage of the text."""

    text: str
    page: int | None = None
    label: str = ""


class Summary(msgspec.Struct, tag="summary", omit_defaults=True):
    """The end: the file is read."""

    kind: str
    media_type: str
    characters: int
    tokens: int
    pages: int | None = None
    rows: int | None = None
    is_truncated: bool = False


class Problem(msgspec.Struct, tag="problem"):
    """The end: the file can't be read; `code` is the one of `Unreadable`."""

    code: str


Line = Piece | Summary | Problem
