"""Why a file can't be read."""


class Unreadable(Exception):
    """A file that isn't read; `code` is the reason, for which files/refusals.py has a sentence."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
