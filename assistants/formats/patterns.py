"""Regular expressions from people, run by RE2, which needs linear time whatever the pattern and the text are."""

from functools import lru_cache
from typing import Any

import re2

MAX_PATTERN_CHARACTERS = 500
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 1 << 20


class UnusablePattern(Exception):
    """A pattern that is too long, invalid, or needs what RE2 doesn't have, such as looking ahead."""


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Any:
    """Return the compiled pattern. Raise `UnusablePattern` if it can't be."""
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        raise UnusablePattern("too long")
    try:
        return re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        reason = error.args[0] if error.args else b""
        raise UnusablePattern(reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)) from error
    except UnicodeEncodeError as error:
        raise UnusablePattern("not Unicode") from error


def matches(pattern: str, text: str) -> bool:
    """Return whether the pattern is found in the text. Raise `UnusablePattern` as `compiled` does."""
    try:
        return compiled(pattern).search(text) is not None
    except UnicodeEncodeError:
        # Half a character beyond the basic plane.
        return False
