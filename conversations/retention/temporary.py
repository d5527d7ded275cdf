"""Temporary conversations, removed without a trace when nobody has them open any more."""

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
"""After somebody last had it open: it outlives a reload, and a short outage of the network."""


async def remove_abandoned(logs: Logs) -> None:
    """Remove the temporary conversations that nobody has had open for a while."""
    await _stop(logs, await in_thread(_delete)(Q(seen_at__lt=timezone.now() - RETENTION)))


async def remove(logs: Logs, conversation_id: UUID) -> None:
    """Remove a temporary conversation for good, and stop what is being answered in it."""
    await _stop(logs, await in_thread(_delete)(Q(pk=conversation_id)))


async def _stop(logs: Logs, response_ids: Collection[UUID]) -> None:
    """Stop the answers and forget their logs. A process that answers one finds its row gone, and does the same."""
    for response_id in response_ids:
        await logs.news.publish({"type": "response.cancel", "response_id": str(response_id)})
        await logs.forget(str(response_id))


@transaction.atomic
def _delete(those: Q) -> list[UUID]:
    """Delete those conversations with everything that belongs to them. Return the ids of their responses."""
    # Of several processes that look at the same time one gets the rows, and one that was just opened stays.
    locked = Conversation.objects.filter(those, is_temporary=True).select_for_update(skip_locked=True)
    found = [conversation.pk for conversation in locked.only("pk")]
    responses = list(Response.objects.filter(conversation__in=found).values_list("pk", flat=True))
    Conversation.objects.filter(pk__in=found).delete()
    return responses
