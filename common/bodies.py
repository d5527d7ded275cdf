"""How long the body of a request may be. It is refused before it is read (chatsite/bodies.py)."""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

MAX_BODY_BYTES = 65_536
"""Without files: more than any JSON of ours needs, and most forms."""
MAX_FORM_BYTES = 1_000_000
"""Of a form with long texts, in which a character may have nine bytes."""


def accept_files(max_bytes: int) -> Callable[[View], View]:
    """Let the body of a request to a view have so many bytes of files, besides the form around them."""

    def decorate(view: View) -> View:
        view.max_file_bytes = max_bytes  # type: ignore[attr-defined]
        return view

    return decorate


def accept_long_form(view: View) -> View:
    """Let the body of a request to a view be a form with long texts."""
    return accept_files(MAX_FORM_BYTES)(view)


def max_file_bytes(view: Callable[..., Any]) -> int:
    """Return how many bytes of files a request to the view may have."""
    return int(getattr(view, "max_file_bytes", 0))
