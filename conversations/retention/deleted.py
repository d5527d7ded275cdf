"""Deleted conversations and files: hidden at once, they can be restored for a while, and are then removed for good."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from common.threads import in_thread
from conversations.models import Attachment, Conversation

logger = logging.getLogger(__name__)

RETENTION = timedelta(days=30)
FILE_RETENTION = timedelta(days=1)
"""Who deletes a file wants it gone, and notices soon if it was the wrong one."""
CHECK_SECONDS = 3600.0


async def remove_deleted() -> None:
    """Remove every deleted conversation and file whose retention has ended, each in a transaction of its own."""
    while await in_thread(remove_one)():
        pass
    while await in_thread(remove_file)():
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


@transaction.atomic
def remove_file() -> bool:
    """Remove one deleted file that is due. Return False if none is."""
    due = Attachment.objects.filter(deleted_at__lt=timezone.now() - FILE_RETENTION)
    attachment = due.order_by("deleted_at").select_for_update(of=("self",), skip_locked=True).first()
    if attachment is None:
        return False
    logger.info("file %s is removed for good: it was deleted at %s", attachment.pk, attachment.deleted_at)
    attachment.delete()
    return True
