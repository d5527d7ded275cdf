"""How long and how large a file is, in words of the language that is active."""

from django.utils.formats import number_format
from django.utils.translation import ngettext

from files.models import Document

UNITS = ("kB", "MB", "GB")


def details(size: int, document: Document | None) -> str:
    """Return how long and how large a file is: "12 pages · 1.2 MB"."""
    return " · ".join(filter(None, [_length(document) if document else "", readable_size(size)]))


def _length(document: Document) -> str:
    """Return how many pages, slides, sheets or rows a document has; "" if it has none."""
    if document.pages is None:
        count = document.rows
        words = ngettext("%(count)s row", "%(count)s rows", count or 0)
    else:
        count = document.pages
        if document.kind == "presentation":
            words = ngettext("%(count)s slide", "%(count)s slides", count)
        elif document.kind == "spreadsheet":
            words = ngettext("%(count)s sheet", "%(count)s sheets", count)
        else:
            words = ngettext("%(count)s page", "%(count)s pages", count)
    return words % {"count": number_format(count, force_grouping=True)} if count else ""


def readable_size(count: int) -> str:
    """Return a number of bytes as a person reads it."""
    power = min(len(UNITS), (len(str(max(count, 1))) - 1) // 3)
    if not power:
        return ngettext("%(count)s byte", "%(count)s bytes", count) % {"count": count}
    return f"{number_format(f'{count / 1000**power:.3g}')} {UNITS[power - 1]}"
