"""Every write that names the server process which answers a response, and so decides who may write a row.

A running response belongs to the process whose name is on its row. Each function here is one conditional UPDATE (or a
transaction around one): it changes the row only if that process still owns it and the response still runs, and says
whether it did. A process that lost a row learns of it this way.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone
from psycopg import sql

from conversations.models import Response
from conversations.models.response import ResponseQuerySet
from providers.items import Item

RESTART_AGE = timedelta(hours=1)
"""A response older than this isn't asked again: nobody waits for it any more."""

SEQUENCE_GAP = 1_000_000
"""More events than can come between two checkpoints."""

MAX_RESPONSE_ID = 1000
"""Bytes of a provider's id that the row holds. Some gateways put a whole route into it."""

_RUNNING = sql.SQL("status IN ({})").format(sql.SQL(", ").join(sql.Literal(str(status)) for status in Response.RUNNING))

SELECT_OTHER_OWNERS = sql.SQL(
    "SELECT DISTINCT process FROM conversations_response WHERE {running} AND process IS DISTINCT FROM %s"
).format(running=_RUNNING)
"""The names on running responses other than this process's; NULL if a response was handed off."""

SELECT_OWN = sql.SQL("SELECT id FROM conversations_response WHERE {running} AND process = %s").format(running=_RUNNING)
"""The ids of the running responses of this process."""

TAKE_OVER = sql.SQL(
    "UPDATE conversations_response SET process = %s WHERE {running} AND process IS NOT DISTINCT FROM %s RETURNING id"
).format(running=_RUNNING)
"""Put this process's name on the running responses of another one, or of none."""

CHECKPOINT = sql.SQL(
    """
    UPDATE conversations_response AS response
    SET output = running.output, sequence_number = running.number, starting_after = running.starting_after
    FROM unnest(%s::uuid[], %s::jsonb[], %s::bigint[], %s::bigint[]) AS running (id, output, number, starting_after)
    WHERE response.id = running.id AND response.{running} AND response.process = %s
    """
).format(running=_RUNNING)

Checkpoint = tuple[str, str, int, int | None]
"""A response's id, its output as JSON, and the number of the last event in it: ours, and the provider's if any."""


def owned(response: Response) -> ResponseQuerySet:
    """Return this row if the process that it names here still owns it and it has not ended."""
    return Response.objects.filter(pk=response.pk, process=response.process).running()


def begin(response: Response, response_id: object, starting_after: int | None = None) -> bool:
    """Store the provider's id, before anything of the answer is shown.

    An id that is no string, is too long, or belongs to another response already (some servers give all the same) is
    not stored, here and on the row: nothing can be resumed by it.
    """
    is_id = isinstance(response_id, str) and 0 < len(response_id.encode()) <= MAX_RESPONSE_ID
    try:
        with transaction.atomic():
            return _begin(response, response_id if is_id else None, starting_after if is_id else None)
    except IntegrityError:
        # Chained to this id, the other response might get this conversation.
        Response.objects.filter(response_id=response_id).update(response_id=None)
        return _begin(response, None, None)


def _begin(response: Response, response_id: object, starting_after: int | None) -> bool:
    updated = owned(response).update(
        status=Response.Status.IN_PROGRESS,
        response_id=response_id,
        starting_after=starting_after,
        omitted_turns=response.omitted_turns,
        refused=response.refused,
    )
    response.response_id = response_id if isinstance(response_id, str) else None
    response.starting_after = starting_after
    return bool(updated)


def finish(
    response: Response,
    status: str,
    *,
    output: list[Item],
    sequence_number: int,
    usage: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
    incomplete_details: dict[str, Any] | None = None,
) -> bool:
    """Store the end of the answer. Storing the same end twice succeeds: a connection may break with the commit."""
    response.completed_at = timezone.now()
    ended = owned(response).update(
        status=status,
        output=output,
        sequence_number=sequence_number,
        usage=usage,
        error=error,
        incomplete_details=incomplete_details,
        refused=response.refused,
        completed_at=response.completed_at,
    )
    same = Response.objects.filter(
        pk=response.pk, process=response.process, status=status, sequence_number=sequence_number
    )
    return bool(ended) or same.exists()


def fail(response: Response, error: dict[str, Any]) -> bool:
    """End the answer as failed, with the output that is stored already."""
    response.completed_at = timezone.now()
    ended = owned(response).update(
        status=Response.Status.FAILED,
        error=error,
        sequence_number=F("sequence_number") + 1,
        completed_at=response.completed_at,
    )
    return bool(ended)


def hand_off(response: Response, *, output: list[Item], sequence_number: int, starting_after: int | None) -> bool:
    """Store the output so far and leave the response to whichever process looks for such next."""
    handed_off = owned(response).update(
        process=None,
        output=output,
        sequence_number=sequence_number,
        starting_after=starting_after,
        # A background response is resumed, so its attempt goes on.
        hand_offs=F("hand_offs") + int(starting_after is None),
    )
    return bool(handed_off)


@transaction.atomic
def restart(response: Response, error: dict[str, Any], output: list[Item]) -> bool:
    """Queue a response again whose answer was lost; keep the output so far as a failed sibling with that error.

    Return False if it was lost before (being handed off doesn't count), is older than `RESTART_AGE`, has ended, or
    belongs to another process.
    """
    recent = timezone.now() - RESTART_AGE
    row = owned(response).filter(created_at__gt=recent).select_for_update().first()
    if row is None:
        return False
    if row.attempt > response.attempt:
        # Done already: the connection broke with the commit.
        return True
    if row.attempt - row.hand_offs > 1:
        return False
    owned(response).update(
        status=Response.Status.QUEUED, response_id=None, output=[], starting_after=None, attempt=row.attempt + 1
    )
    if output:
        Response.objects.create(
            conversation_id=row.conversation_id,
            previous_id=row.previous_id,
            user_id=row.user_id,
            response_id=row.response_id,
            status=Response.Status.FAILED,
            model=row.model,
            instructions=row.instructions,
            input=row.input,
            output=output,
            error=error,
            refused=row.refused,
            # The one that is asked again stays the newest.
            created_at=row.created_at - timedelta(microseconds=1),
            completed_at=timezone.now(),
        )
    return True


def checkpoint(process: UUID, rows: Sequence[Checkpoint]) -> None:
    """Store what running responses of this process have, in one statement.

    A response that has ended meanwhile, or belongs to another process, stays as it is.
    """
    ids, outputs, numbers, cursors = zip(*rows, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(CHECKPOINT, [list(ids), list(outputs), list(numbers), list(cursors), process])


def adopt(process: UUID, response_ids: Collection[UUID]) -> list[Response]:
    """Return those of the responses that this process took over, with their event numbers raised by `SEQUENCE_GAP`.

    The numbers go on where nobody has seen an event, however far the last checkpoint was behind. The rows say so
    before anything is shown, because this process may die too before it stores anything else.
    """
    responses = Response.objects.filter(pk__in=response_ids, process=process).running()
    responses.update(sequence_number=F("sequence_number") + SEQUENCE_GAP)
    return list(responses.select_related("conversation"))


def release(process: UUID) -> None:
    """Take this process's name off all running responses, as `hand_off` does for one."""
    running = Response.objects.filter(process=process).running()
    running.filter(starting_after=None).update(process=None, hand_offs=F("hand_offs") + 1)
    running.update(process=None)
