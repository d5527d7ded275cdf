"""Responses read a few at a time: a conversation may have thousands, and one row megabytes."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from conversations.models import Response

STEP = 5
"""Responses in one query, which are in memory together whatever their length."""


def first_batch(
    responses: QuerySet[Response], ids: Sequence[UUID], *, most: int, max_bytes: int
) -> tuple[list[Response], Sequence[UUID]]:
    """Return the first of the responses with these ids, in this order, and the ids of the rest.

    They are `most` at most, and none follows once they have more than `max_bytes` of input and output. A response that
    is gone is left out.
    """
    found: list[Response] = []
    size = 0
    for start in range(0, min(len(ids), most), STEP):
        step = ids[start : min(start + STEP, most)]
        rows = responses.defer("search").in_bulk(step)
        for place, pk in enumerate(step, start + 1):
            if row := rows.get(pk):
                found.append(row)
                size += len(msgspec.json.encode((row.input, row.output)))
            if size > max_bytes:
                return found, ids[place:]
    return found, ids[most:]
