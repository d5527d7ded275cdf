from typing import NamedTuple


class Sniffed(NamedTuple):
    """What a file is: its kind, its media type and, if it is a text, its encoding."""

    kind: str
    media_type: str
    encoding: str = ""
