"""Temporary conversations: kept while somebody has them open, and then removed without a trace.

Whether one is open is known to the process that its socket is connected to, so each process says so in the database,
and any of them removes what nobody has said for a while: that of a process that died as well.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common.threads import in_thread
from conversations.models import Conversation, Response
from conversations.streams.redis import logs

logger = logging.getLogger(__name__)

LOOK_SECONDS = 20.0
KEPT = timedelta(seconds=60)
"""After somebody last had it open: a reload, and a network that is away for a moment, are outlived."""


class Temporary:
    """What sockets of this process have open, be it temporary or not: the database knows which is."""

    def __init__(self) -> None:
        self._open: Counter[UUID] = Counter()

    def opened(self, conversation_id: UUID) -> None:
        self._open[conversation_id] += 1

    def closed(self, conversation_id: UUID) -> None:
        self._open[conversation_id] -= 1
        self._open += Counter()

    async def keep(self) -> None:
        """Keep what is open and remove what is not, until cancelled."""
        is_told = False
        while True:
            # First of all, so that pages find back to a server that was started anew.
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await in_thread(touch)(self._open.keys())
                # After an outage of the database the other processes too say first what they have open.
                if is_told:
                    await remove_abandoned()
                is_told = True
            except Exception:
                logger.warning("temporary conversations can't be looked after now", exc_info=True)
                is_told = False


async def remove_abandoned() -> None:
    """Remove those that nobody has had open for a while."""
    await _stop(await in_thread(_delete)(Q(seen_at__lt=timezone.now() - KEPT)))


async def remove(conversation_id: UUID) -> None:
    """Remove one for good, and stop what is answered in it."""
    await _stop(await in_thread(_delete)(Q(pk=conversation_id)))


async def _stop(response_ids: Collection[UUID]) -> None:
    """Whoever answers one of them stops, finds no row to write to, and forgets its log; else that is done here."""
    for response_id in response_ids:
        await logs.tell({"type": "response.cancel", "response_id": str(response_id)})
        await logs.forget(str(response_id))


def touch(conversation_ids: Collection[UUID]) -> None:
    Conversation.objects.filter(is_temporary=True, pk__in=conversation_ids).update(seen_at=timezone.now())


@transaction.atomic
def _delete(those: Q) -> list[UUID]:
    """Delete them with everything that belongs to them; returns the responses that were in them."""
    # Of several processes that look at once one has the rows, and who has just opened one keeps it.
    locked = Conversation.objects.filter(those, is_temporary=True).select_for_update(skip_locked=True)
    found = [conversation.pk for conversation in locked.only("pk")]
    responses = list(Response.objects.filter(conversation__in=found).values_list("pk", flat=True))
    Conversation.objects.filter(pk__in=found).delete()
    return responses


temporary = Temporary()
