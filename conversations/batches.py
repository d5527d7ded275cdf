"""Responses read a few at a time: a conversation may have thousands, and one row megabytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.http import Http404

from conversations.models import Compaction, Response
from conversations.models.attachment import load_attachments
from conversations.models.tool_call import load_calls

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
    found, done = _first(responses, [[pk] for pk in ids[:most]], max_bytes)
    return [row for rows in found for row in rows], ids[done:]


def first_turns(
    responses: QuerySet[Response], turns: Sequence[Sequence[UUID]], *, most: int, max_bytes: int
) -> tuple[list[list[Response]], Sequence[Sequence[UUID]]]:
    """Return the first of the turns, which are given by the ids of their responses, and the rest, likewise."""
    found, done = _first(responses, turns[:most], max_bytes)
    return found, turns[done:]


def _first(
    responses: QuerySet[Response], turns: Sequence[Sequence[UUID]], max_bytes: int
) -> tuple[list[list[Response]], int]:
    """Return the first of the turns, with their files and calls, and how many they are with those that are gone."""
    found: list[list[Response]] = []
    size = 0
    done = 0
    while done < len(turns):
        step = turns[done : done + max(done, FIRST_STEP)]
        rows = responses.defer("search").in_bulk([pk for turn in step for pk in turn])
        load_attachments(load_calls(rows.values()))
        prefetch_related_objects([*rows.values()], Prefetch("compactions", Compaction.objects.defer("items")))
        for turn in step:
            done += 1
            if of_turn := [rows[pk] for pk in turn if pk in rows]:
                found.append(of_turn)
                size += sum(len(msgspec.json.encode((row.input, row.output))) for row in of_turn)
            if size > max_bytes:
                return found, done
    return found, done


@dataclass(frozen=True)
class BatchPage:
    """A page of turns, each as its responses.

    `earlier` and `later` are where the pages beside it begin, None if there is none.
    """

    turns: list[list[Response]]
    earlier: int | None
    later: int | None


def page_from(
    start: str, responses: QuerySet[Response], turns: Sequence[Sequence[UUID]], *, most: int, max_bytes: int
) -> BatchPage:
    """Return the page that begins at a place in the turns, which is text of a URL. Raise `Http404` if there is none."""
    place = int(start) if start.isascii() and start.isdigit() and len(start) < 7 else -1
    if not 0 <= place < max(len(turns), 1):
        raise Http404
    found, rest = first_turns(responses, turns[place:], most=most, max_bytes=max_bytes)
    return BatchPage(found, max(place - most, 0) if place else None, len(turns) - len(rest) if rest else None)
