"""Temporary conversations, removed without a trace when nobody has them open any more."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common.threads import in_thread
from conversations.models import Conversation, Response
from conversations.streams.redis import logs

RETENTION = timedelta(seconds=60)
"""After somebody last had it open: a reload, and a network that is away for a moment, are outlived."""


async def remove_abandoned() -> None:
    """Remove those that nobody has had open for a while."""
    await _stop(await in_thread(_delete)(Q(seen_at__lt=timezone.now() - RETENTION)))


async def remove(conversation_id: UUID) -> None:
    """Remove one for good, and stop what is answered in it."""
    await _stop(await in_thread(_delete)(Q(pk=conversation_id)))


async def _stop(response_ids: Collection[UUID]) -> None:
    """Whoever answers one of them stops, finds no row to write to, and forgets its log; else that is done here."""
    for response_id in response_ids:
        await logs.news.publish({"type": "response.cancel", "response_id": str(response_id)})
        await logs.forget(str(response_id))


@transaction.atomic
def _delete(those: Q) -> list[UUID]:
    """Delete them with everything that belongs to them; returns the responses that were in them."""
    # Of several processes that look at once one has the rows, and who has just opened one keeps it.
    locked = Conversation.objects.filter(those, is_temporary=True).select_for_update(skip_locked=True)
    found = [conversation.pk for conversation in locked.only("pk")]
    responses = list(Response.objects.filter(conversation__in=found).values_list("pk", flat=True))
    Conversation.objects.filter(pk__in=found).delete()
    return responses
