"""Temporary conversations: they are removed without a trace when nobody has them open any more."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common.threads import in_thread
from conversations.models import Conversation, Response
from conversations.streams.logs import Logs

RETENTION = timedelta(seconds=60)
"""How long a conversation stays after somebody last had it open: through a reload or a short network outage."""


async def remove_abandoned(logs: Logs) -> None:
    """Remove the temporary conversations that nobody has had open for `RETENTION`."""
    await _stop(logs, await in_thread(_delete)(Q(seen_at__lt=timezone.now() - RETENTION)))


async def remove(logs: Logs, conversation_id: UUID) -> None:
    """Remove a temporary conversation, and stop its answers. Do nothing if the conversation isn't temporary."""
    await _stop(logs, await in_thread(_delete)(Q(pk=conversation_id)))


async def _stop(logs: Logs, response_ids: Collection[UUID]) -> None:
    """Stop the answers and forget their logs. A process that misses this finds the row gone, and does the same."""
    for response_id in response_ids:
        await logs.news.publish({"type": "response.cancel", "response_id": str(response_id)})
        await logs.forget(str(response_id))


@transaction.atomic
def _delete(condition: Q) -> list[UUID]:
    """Delete temporary conversations with all that belongs to them. Return the ids of their responses."""
    # One of several concurrent processes gets the rows, and a conversation that is just being opened is skipped.
    locked = Conversation.objects.filter(condition, is_temporary=True).select_for_update(skip_locked=True)
    found = [conversation.pk for conversation in locked.only("pk")]
    responses = list(Response.objects.filter(conversation__in=found).values_list("pk", flat=True))
    Conversation.objects.filter(pk__in=found).delete()
    return responses
