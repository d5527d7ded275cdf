"""Which conversations are open in this process, so that temporary ones stay as long as somebody has them open.

Each process writes to the database what it has open, and any of them removes what no process has had open for a while:
also what was open in a process that died.
"""

from collections import Counter
from collections.abc import Collection
from uuid import UUID

from django.utils import timezone

from common.threads import in_thread
from conversations.models import Conversation
from conversations.retention.temporary import remove_abandoned
from conversations.streams.logs import Logs

REFRESH_SECONDS = 20.0


class Presence:
    """The conversations that sockets of this process have open, temporary or not: the database knows which is."""

    def __init__(self, logs: Logs) -> None:
        self._logs = logs
        self._open: Counter[UUID] = Counter()
        self._is_known = False

    def opened(self, conversation_id: UUID) -> None:
        """Count a socket that has begun to follow the conversation."""
        self._open[conversation_id] += 1

    def closed(self, conversation_id: UUID) -> None:
        """Count a socket that follows the conversation no more."""
        self._open[conversation_id] -= 1
        self._open += Counter()

    async def refresh(self) -> None:
        """Keep temporary conversations that are open here, and remove those that have been open nowhere for a while."""
        # After an outage of the database, every process must first have said what it has open.
        was_known, self._is_known = self._is_known, False
        await in_thread(touch)(self._open.keys())
        if was_known:
            await remove_abandoned(self._logs)
        self._is_known = True


def touch(conversation_ids: Collection[UUID]) -> None:
    """Note that these conversations are open now."""
    Conversation.objects.filter(is_temporary=True, pk__in=conversation_ids).update(seen_at=timezone.now())
