"""Deleted conversations: they are hidden at once, can be restored for a while, and are then removed for good."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from common.threads import in_thread
from conversations.models import Conversation

logger = logging.getLogger(__name__)

RETENTION = timedelta(days=30)
CHECK_SECONDS = 3600.0


async def remove_deleted() -> None:
    """Remove every deleted conversation whose retention has ended, each in a transaction of its own."""
    while await in_thread(remove_one)():
        pass


@transaction.atomic
def remove_one() -> bool:
    """Remove one such conversation with all that belongs to it, its files included. Return False if none is due."""
    due = Conversation.objects.filter(deleted_at__lt=timezone.now() - RETENTION)
    # Concurrent processes each take a different one, and one that is being restored is skipped.
    conversation = due.select_for_update(skip_locked=True).first()
    if conversation is None:
        return False
    logger.info("conversation %s is removed for good: it was deleted at %s", conversation.pk, conversation.deleted_at)
    conversation.delete()
    return True
