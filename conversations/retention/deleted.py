"""Deleted conversations: hidden at once, and removed for good when nobody is likely to want them back."""

import asyncio
import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from common.threads import in_thread
from conversations.models import Conversation

logger = logging.getLogger(__name__)

KEPT = timedelta(days=30)
LOOK_SECONDS = 3600.0


async def keep_removing() -> None:
    """Remove those whose time has come, until cancelled."""
    while True:
        try:
            while await in_thread(remove_one)():
                pass
        except Exception:
            logger.warning("deleted conversations can't be removed now", exc_info=True)
        await asyncio.sleep(LOOK_SECONDS)


@transaction.atomic
def remove_one() -> bool:
    """Remove one with everything that belongs to it, the files of its pictures too; False where none is due."""
    due = Conversation.objects.filter(deleted_at__lt=timezone.now() - KEPT)
    # Of several processes that look at once, each takes another one; who is just being taken back stays.
    conversation = due.select_for_update(skip_locked=True).first()
    if conversation is None:
        return False
    logger.info("conversation %s is removed for good: it was deleted %s", conversation.pk, conversation.deleted_at)
    conversation.delete()
    return True
