"""Which file of a collection, and which passage of it, a provider means by what it found in a copy."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Func, QuerySet, TextField, Value
from django.db.models.functions import StrIndex

from files.models import Passage
from knowledge.models import StoredFile
from providers.environment import ENVIRONMENT_ID

MIN_WORD_CHARACTERS = 3
MAX_LINE_CHARACTERS = 200
MAX_TEXT_CHARACTERS = 20_000
"""Of what was found, as far as it is looked at."""
PAGE = re.compile(r"^\[Page (\d+)(?:, [^\]]*)?\]$")
"""A line that says where a page begins (files/documents.py)."""
WORD = re.compile(rf"\w{{{MIN_WORD_CHARACTERS},}}")


@dataclass(frozen=True)
class CitedFile:
    """A file of a collection, as answers cite it."""

    id: UUID
    name: str
    document_id: str | None


@dataclass(frozen=True)
class Place:
    """Where in a file something stands. What isn't known is None."""

    page: int | None = None
    passage: int | None = None


def files_at(provider_id: UUID | None, file_ids: Collection[str]) -> dict[str, CitedFile]:
    """Return the files that a provider knows by these ids. It blocks."""
    rows = StoredFile.objects.filter(
        store__provider=provider_id or ENVIRONMENT_ID, file_id__in=[*file_ids], collection_file__deleted_at=None
    ).exclude(collection_file=None)
    return {
        row.file_id: CitedFile(row.collection_file.pk, row.collection_file.name, row.collection_file.document_id)
        for row in rows.select_related("collection_file")
        if row.collection_file
    }


def place_of(file: CitedFile, text: str, queries: Iterable[str]) -> Place:
    """Return where in a file a found text stands: the line of it that has most of what was looked for. It blocks."""
    page, line = _best_line(text[:MAX_TEXT_CHARACTERS], queries)
    if not line or file.document_id is None:
        return Place(page)
    passages = Passage.objects.filter(document_id=file.document_id)
    found = _with_text(passages, F("text"), line) or _with_text(
        passages, _in_one_line(F("text")), " ".join(line.split())
    )
    return Place(found.page, found.number) if found else Place(page)


def _with_text(passages: QuerySet[Passage], text: F | Func, part: str) -> Passage | None:
    known = passages.annotate(at=StrIndex(text, Value(part))).filter(at__gt=0)
    return known.only("page", "number").order_by("number").first()


def _in_one_line(text: F) -> Func:
    return Func(text, Value(r"\s+"), Value(" "), Value("g"), function="regexp_replace", output_field=TextField())


def _best_line(text: str, queries: Iterable[str]) -> tuple[int | None, str]:
    """Return the line with most words of the queries, shortened, and the page on which it stands, if the text says so.

    The first line and the last one may be cut, so they count only if there is nothing else.
    """
    wanted = {word.casefold() for query in queries for word in WORD.findall(query)}
    page: int | None = None
    best: tuple[tuple[int, int, int], int | None, str] = ((-1, 0, 0), None, "")
    lines = text.splitlines()
    for place, line in enumerate(each.strip() for each in lines):
        if found := PAGE.match(line):
            page = int(found[1])
            continue
        is_whole = 0 < place < len(lines) - 1
        common = len(wanted & {word.casefold() for word in WORD.findall(line)})
        worth = (common, int(is_whole), min(len(line), MAX_LINE_CHARACTERS))
        if line and worth > best[0]:
            best = worth, page, line
    return best[1], best[2][:MAX_LINE_CHARACTERS]
