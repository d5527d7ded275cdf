"""Drafts: versions that aren't saved, which their owner tries beside the form. Nobody else sees or uses them."""

import logging
import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from accounts.models import User
from assistants.models import Assistant
from common.threads import in_thread

logger = logging.getLogger(__name__)

RETENTION = timedelta(hours=1)
CHECK_SECONDS = 600.0
MAX_DRAFTS = 20
"""Of one person: then the oldest one is used again."""
BATCH = 20


@transaction.atomic
def draft(user: User, draft_id: uuid.UUID | None, content: dict[str, Any]) -> Assistant:
    """Return a draft with this content: the one of this id if it is there, else a new one."""
    own = Assistant.objects.filter(owner=user).exclude(draft_at=None).select_for_update()
    found = own.filter(pk=draft_id).first() if draft_id else None
    if found is None and own.count() >= MAX_DRAFTS:
        found = own.order_by("draft_at").first()
    if found is None:
        found = Assistant(owner=user)
    found.draft_at = timezone.now()
    found.save()
    found.publish(user, **content)
    return found


async def remove_old() -> None:
    """Remove the drafts that were tried long ago."""
    await in_thread(_remove_old)()


def _remove_old() -> None:
    now = timezone.now()
    for old in Assistant.objects.filter(draft_at__lt=now - RETENTION).order_by("draft_at")[:BATCH]:
        try:
            old.delete()
        except ProtectedError:
            # A conversation with it is still open, or was kept.
            Assistant.objects.filter(pk=old.pk).update(draft_at=now)
