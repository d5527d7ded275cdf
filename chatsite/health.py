"""Is this process fit to serve? For load balancers and `curl`."""

import asyncio
import logging

from channels.db import database_sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5.0
"""A database that is silent, or threads that all wait for it, are no answer."""


@login_not_required
async def health(_request: HttpRequest) -> JsonResponse:
    """200 while the database answers, 503 while it does not."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await database_sync_to_async(ask, thread_sensitive=False)()
    except (DatabaseError, TimeoutError):
        logger.exception("the database does not answer")
        return JsonResponse({"status": "error", "database": "does not answer"}, status=503)
    return JsonResponse({"status": "ok"})


def ask() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
