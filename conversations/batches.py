"""Responses read a few at a time: a conversation may have thousands, and one row megabytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from django.http import Http404

from conversations.models import Response

FIRST_STEP = 5
"""Responses in the first query, which are in memory together whatever their length. Each further query has as many as
all before, if those were short."""


def first_batch(
    responses: QuerySet[Response], ids: Sequence[UUID], *, most: int, max_bytes: int
) -> tuple[list[Response], Sequence[UUID]]:
    """Return the first of the responses with these ids, in this order, and the ids of the rest.

    They are `most` at most, and none follows once they have more than `max_bytes` of input and output. A response that
    is gone is left out.
    """
    found: list[Response] = []
    size = 0
    done = 0
    while done < min(len(ids), most):
        step = ids[done : min(done + max(done, FIRST_STEP), most)]
        rows = responses.defer("search").in_bulk(step)
        for pk in step:
            done += 1
            if row := rows.get(pk):
                found.append(row)
                size += len(msgspec.json.encode((row.input, row.output)))
            if size > max_bytes:
                return found, ids[done:]
    return found, ids[done:]


@dataclass(frozen=True)
class BatchPage:
    """A page of responses. `earlier` and `later` are where the pages beside it begin, None if there is none."""

    responses: list[Response]
    earlier: int | None
    later: int | None


def page_from(
    start: str, responses: QuerySet[Response], ids: Sequence[UUID], *, most: int, max_bytes: int
) -> BatchPage:
    """Return the page that begins at a place in the ids, which is text of a URL. Raise `Http404` if there is none."""
    place = int(start) if start.isascii() and start.isdigit() and len(start) < 7 else -1
    if not 0 <= place < max(len(ids), 1):
        raise Http404
    found, rest = first_batch(responses, ids[place:], most=most, max_bytes=max_bytes)
    return BatchPage(found, max(place - most, 0) if place else None, len(ids) - len(rest) if rest else None)
