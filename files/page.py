"""The page that shows a file, whoever keeps it."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@dataclass(frozen=True)
class ShownFile:
    """A file as its page shows it. `address` is where it is downloaded, `passages` where its text is read."""

    name: str
    kind: str
    details: str
    address: str
    passages: str


def file_page(request: HttpRequest, file: ShownFile) -> HttpResponse:
    """Return the page of a file, open at `?page=` and `?passage=`. The caller has checked who asks."""
    place = {name: _number(request.GET.get(name, "")) for name in ("page", "passage")}
    return render(request, "files/view.html", {"file": file, **place})


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
