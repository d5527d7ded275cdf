"""Deleted conversations: hidden at once, and removed for good when nobody is likely to want them back."""

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
    """Remove every conversation for good whose retention has ended, one after the other."""
    while await in_thread(remove_one)():
        pass


@transaction.atomic
def remove_one() -> bool:
    """Remove one with everything that belongs to it, the files of its images too. Return False if none is due."""
    due = Conversation.objects.filter(deleted_at__lt=timezone.now() - RETENTION)
    # Processes that look at the same time each take another one, and one that is being restored stays.
    conversation = due.select_for_update(skip_locked=True).first()
    if conversation is None:
        return False
    logger.info("conversation %s is removed for good: it was deleted %s", conversation.pk, conversation.deleted_at)
    conversation.delete()
    return True
