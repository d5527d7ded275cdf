"""Files that models made and that no answer shows, because whoever stored them was killed or stopped in that moment."""

import logging
from datetime import timedelta

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from common.threads import in_thread
from conversations.models import Attachment, Response

logger = logging.getLogger(__name__)

RETENTION = timedelta(minutes=15)
"""How long a file stays after it was stored: its answer may only be about to be."""
MAX_AGE = timedelta(days=30)
"""Of a file that is looked at."""
CHECK_SECONDS = 3600.0


async def remove_unnamed() -> None:
    """Remove the files that the outputs of their answers don't name, once these have ended."""
    await in_thread(_remove)()


def _remove() -> None:
    now = timezone.now()
    recent = Attachment.objects.filter(created_at__range=(now - MAX_AGE, now - RETENTION), made_by__imported_from="")
    ended = recent.filter(made_by__isnull=False).exclude(made_by__status__in=Response.OPEN)
    output, name = Cast("made_by__output", TextField()), Cast("pk", TextField())
    for file in ended.alias(named_in=output).exclude(named_in__contains=name):
        logger.info("the file %s is removed: response %s doesn't show it", file.pk, file.made_by_id)
        file.delete()
