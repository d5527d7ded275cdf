"""Every write that names the server process which answers a response, and so decides who may write a row.

A running response belongs to the process whose name is on its row. Each function here is one conditional UPDATE (or a
transaction around one): it changes a row only if that process still owns it and the response still runs, and says
whether it did. A process that lost a row learns of it this way. What many answers do is done for several at once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from psycopg import sql

from common.prepared import fetch_all
from conversations.models import Conversation, Response
from conversations.models.attachment import load_attachments
from conversations.models.response import ResponseQuerySet
from conversations.models.tool_call import load_calls
from providers.items import Item
from providers.responses_api.events import encode

RESTART_AGE = timedelta(hours=1)
"""A response older than this isn't asked again: nobody waits for it any more."""

SEQUENCE_GAP = 1_000_000
"""More events than can come between two checkpoints."""

MAX_RESPONSE_ID = 1000
"""Bytes of a provider's id that the row holds. Some gateways put a whole route into it."""


class OwnershipLost(Exception):
    """Another process owns this response now, or its row is gone."""


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
    SET output = running.output, sequence_number = running.sequence_number, starting_after = running.starting_after
    FROM jsonb_to_recordset(%s::jsonb) AS running (
        id uuid, process uuid, output jsonb, sequence_number bigint, starting_after bigint
    )
    WHERE response.id = running.id AND response.process IS NOT DISTINCT FROM running.process AND response.{running}
    RETURNING response.id
    """
).format(running=_RUNNING)

BEGIN = sql.SQL(
    """
    UPDATE conversations_response AS response
    SET status = 'in_progress', response_id = begun.response_id, starting_after = begun.starting_after,
        omitted_turns = begun.omitted_turns, refused = begun.refused, compaction = begun.compaction
    FROM jsonb_to_recordset(%s::jsonb) AS begun (
        id uuid, process uuid, response_id text, starting_after bigint, omitted_turns integer, refused jsonb,
        compaction uuid
    )
    WHERE response.id = begun.id AND response.process IS NOT DISTINCT FROM begun.process AND response.{running}
    RETURNING response.id
    """
).format(running=_RUNNING)

LISTED_FIELDS = [
    field.attname
    for field in Conversation._meta.concrete_fields
    if field.attname
    not in {
        "seen_at",
        "imported_from",
        "imported_at",
        "variables",
        "is_compacted",
        "files_changed_at",
        "created_at",
    }
]
"""What is read of a conversation whose answer has ended."""

END = sql.SQL(
    """
    WITH ending AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(%s::jsonb) AS ending (
            id uuid, process uuid, status text, output jsonb, sequence_number bigint, usage jsonb, error jsonb,
            incomplete_details jsonb, format_problems jsonb, refused jsonb, completed_at timestamptz
        )
    ), ended AS (
        UPDATE conversations_response AS response
        SET status = ending.status, output = coalesce(ending.output, response.output),
            sequence_number = coalesce(ending.sequence_number, response.sequence_number + 1),
            usage = ending.usage, error = ending.error, incomplete_details = ending.incomplete_details,
            format_problems = ending.format_problems, refused = ending.refused, completed_at = ending.completed_at
        FROM ending
        WHERE response.id = ending.id AND response.process IS NOT DISTINCT FROM ending.process AND response.{running}
        RETURNING response.id, response.conversation_id, response.status, response.completed_at
    ), marked AS (
        UPDATE conversations_conversation AS conversation
        SET unseen_at = ended.completed_at
        FROM ended
        WHERE conversation.id = ended.conversation_id AND ended.status <> 'cancelled' AND conversation.unseen_at IS NULL
            AND conversation.deleted_at IS NULL AND NOT conversation.is_temporary
        RETURNING conversation.id, conversation.unseen_at
    )
    SELECT ending.id, {is_running}, {fields}
    FROM ending
    JOIN conversations_response AS response ON response.id = ending.id
    JOIN conversations_conversation AS conversation ON conversation.id = response.conversation_id
    LEFT JOIN marked ON marked.id = conversation.id
    WHERE ending.id IN (SELECT id FROM ended)
        OR (response.process IS NOT DISTINCT FROM ending.process AND response.status = ending.status
            AND response.sequence_number = ending.sequence_number)
    """
).format(
    running=_RUNNING,
    is_running=sql.SQL(
        "EXISTS (SELECT FROM conversations_response AS other WHERE other.conversation_id = conversation.id"
        " AND other.{running} AND other.id NOT IN (SELECT id FROM ended))"
    ).format(running=_RUNNING),
    fields=sql.SQL(", ").join(
        sql.SQL("coalesce(conversation.unseen_at, marked.unseen_at)")
        if name == "unseen_at"
        else sql.Identifier("conversation", name)
        for name in LISTED_FIELDS
    ),
)


def owned(response: Response) -> ResponseQuerySet:
    """Return this row if the process that it names here still owns it and it has not ended."""
    return Response.objects.filter(pk=response.pk, process=response.process).running()


class Beginning(NamedTuple):
    """What is known when the provider has the message: its id of the response, and of its last event if it holds them.

    An id that is no string, is too long, or belongs to another response already (some servers give all the same) is
    not stored, here and on the row: nothing can be resumed by it.
    """

    response: Response
    response_id: object
    starting_after: int | None = None

    @property
    def row(self) -> bytes:
        """The row for the statement, as JSON. It also sets what the response knows of the provider."""
        response, given = self.response, self.response_id
        is_id = isinstance(given, str) and 0 < len(given.encode()) <= MAX_RESPONSE_ID
        response.response_id = str(given) if is_id else None
        response.starting_after = self.starting_after if is_id else None
        return encode(
            {
                "id": response.pk,
                "process": response.process,
                "response_id": response.response_id,
                "starting_after": response.starting_after,
                "omitted_turns": response.omitted_turns,
                "refused": response.refused,
                "compaction": response.compaction,
            }
        )


@dataclass(frozen=True)
class Checkpoint:
    """What a running answer has, and the number of the last event in it: ours, and the provider's if any."""

    response: Response
    output: list[Item]
    sequence_number: int
    starting_after: int | None

    @cached_property
    def row(self) -> bytes:
        """The row for the statement, as JSON."""
        return encode(
            {
                "id": self.response.pk,
                "process": self.response.process,
                "output": self.output,
                "sequence_number": self.sequence_number,
                "starting_after": self.starting_after,
            }
        )


@dataclass(frozen=True)
class Ending:
    """The end of an answer. Without an output or a number, what is stored already stays, and the number follows it."""

    response: Response
    status: str
    output: list[Item] | None = None
    sequence_number: int | None = None
    usage: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    incomplete_details: dict[str, Any] | None = None
    format_problems: list[dict[str, Any]] | None = None

    @cached_property
    def row(self) -> bytes:
        """The row for the statement, as JSON. It also sets when the response ended."""
        response = self.response
        response.completed_at = timezone.now()
        return encode(
            {
                "id": response.pk,
                "process": response.process,
                "status": self.status,
                "output": self.output,
                "sequence_number": self.sequence_number,
                "usage": self.usage,
                "error": self.error,
                "incomplete_details": self.incomplete_details,
                "format_problems": self.format_problems,
                "refused": response.refused,
                "completed_at": response.completed_at,
            }
        )


def begin(beginnings: Sequence[Beginning]) -> list[bool]:
    """Store the provider's ids in one statement, before anything of the answers is shown."""
    try:
        begun = {pk for (pk,) in fetch_all(BEGIN, _as_json(beginnings))}
    except IntegrityError:
        if len(beginnings) > 1:
            # Each by itself, so that only those that share an id lose it.
            raise
        [beginning] = beginnings
        # Chained to this id, the other response might get this conversation.
        others = Response.objects.filter(provider=beginning.response.provider_id)
        others.filter(response_id=beginning.response_id).update(response_id=None)
        return begin([Beginning(beginning.response, None)])
    return [beginning.response.pk in begun for beginning in beginnings]


def finish(endings: Sequence[Ending]) -> list[Conversation | None]:
    """Store the ends of answers in one statement.

    Return the conversation of each as it is then, or None for an end that isn't stored. The conversation is unseen from
    then on, unless its person stopped the answer. Storing the same end twice succeeds: a connection may break with the
    commit.
    """
    stored: dict[UUID, Conversation] = {}
    for pk, is_running, *fields in fetch_all(END, _as_json(endings)):
        stored[pk] = conversation = Conversation.from_db(None, LISTED_FIELDS, fields)
        # Two that end at the same moment see each other running. Then it is asked for again, after the commit.
        conversation.is_running = is_running and conversation.responses.running().exists()
    return [stored.get(ending.response.pk) for ending in endings]


def _as_json(rows: Sequence[Beginning] | Sequence[Checkpoint] | Sequence[Ending]) -> str:
    return f"[{b','.join(row.row for row in rows).decode()}]"


def checkpoint(checkpoints: Sequence[Checkpoint]) -> list[bool]:
    """Store what running responses have, in one statement. One that has ended meanwhile stays as it is."""
    stored = {pk for (pk,) in fetch_all(CHECKPOINT, _as_json(checkpoints))}
    return [checkpoint.response.pk in stored for checkpoint in checkpoints]


def hand_off(
    response: Response, *, output: list[Item], sequence_number: int, starting_after: int | None, is_asked: bool = True
) -> bool:
    """Store the output so far and leave the response to whichever process looks for such next.

    `is_asked` says that the provider was asked, or is about to be: a step may still run its calls of tools.
    """
    handed_off = owned(response).update(
        process=None,
        output=output,
        sequence_number=sequence_number,
        starting_after=starting_after,
        # A background response is resumed, so its attempt goes on.
        hand_offs=F("hand_offs") + int(starting_after is None and is_asked),
    )
    return bool(handed_off)


@transaction.atomic
def restart(response: Response, error: dict[str, Any], output: list[Item], asked_at: datetime | None = None) -> bool:
    """Queue a response again whose answer was lost; keep the output so far as a failed sibling with that error.

    Return False if it was lost before (being handed off doesn't count), was asked longer than `RESTART_AGE` ago, has
    ended, or belongs to another process.
    """
    row = owned(response).select_for_update().first()
    if row is None or (asked_at or row.created_at) <= timezone.now() - RESTART_AGE:
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
        lost = Response.objects.create(
            conversation_id=row.conversation_id,
            previous_id=row.previous_id,
            turn_id=row.turn_id,
            user_id=row.user_id,
            response_id=row.response_id,
            status=Response.Status.FAILED,
            provider_id=row.provider_id,
            model=row.model,
            assistant_version_id=row.assistant_version_id,
            settings=row.settings,
            comparison=row.comparison,
            instructions=row.instructions,
            input=row.input,
            output=output,
            error=error,
            refused=row.refused,
            compaction=row.compaction,
            # The one that is asked again stays the newest.
            created_at=row.created_at - timedelta(microseconds=1),
            completed_at=timezone.now(),
        )
        response.files.update(made_by=lost)
    return True


def adopt(process: UUID, response_ids: Collection[UUID]) -> list[Response]:
    """Return those of the responses that this process took over, with their event numbers raised by `SEQUENCE_GAP`.

    The numbers go on where nobody has seen an event, however far the last checkpoint was behind. The rows say so
    before anything is shown, because this process may die too before it stores anything else.
    """
    responses = Response.objects.filter(pk__in=response_ids, process=process).running()
    responses.update(sequence_number=F("sequence_number") + SEQUENCE_GAP)
    return load_attachments(load_calls(responses.whole()))


def release(process: UUID) -> None:
    """Take this process's name off all running responses, as `hand_off` does for one."""
    running = Response.objects.filter(process=process).running()
    # A step that still runs its calls of tools wasn't asked.
    running.filter(starting_after=None).exclude(turn__isnull=False, input=[]).update(
        process=None, hand_offs=F("hand_offs") + 1
    )
    running.update(process=None)
