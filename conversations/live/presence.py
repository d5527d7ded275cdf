"""Which conversations sockets of this process have open, and what follows for temporary ones.

Each process tells the database what it knows, and any of them removes what nobody has told of for a while: also what a
process that died had open.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection
from uuid import UUID

from django.utils import timezone

from common.threads import in_thread
from conversations.models import Conversation
from conversations.retention.temporary import remove_abandoned

logger = logging.getLogger(__name__)

LOOK_SECONDS = 20.0


class Presence:
    """The conversations that are open here, temporary or not: the database knows which is."""

    def __init__(self) -> None:
        self._open: Counter[UUID] = Counter()

    def opened(self, conversation_id: UUID) -> None:
        self._open[conversation_id] += 1

    def closed(self, conversation_id: UUID) -> None:
        self._open[conversation_id] -= 1
        self._open += Counter()

    async def keep(self) -> None:
        """Keep temporary conversations that are open and remove those that aren't, until cancelled."""
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


def touch(conversation_ids: Collection[UUID]) -> None:
    """Note that somebody has these open now."""
    Conversation.objects.filter(is_temporary=True, pk__in=conversation_ids).update(seen_at=timezone.now())


presence = Presence()
