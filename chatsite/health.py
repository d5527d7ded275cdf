"""The health check, for load balancers and monitoring."""

import asyncio
import logging

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from common.threads import in_thread
from common.turns import own_turn

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5.0
"""The health check fails after this time if the database is silent, or if all threads wait for it."""


@own_turn
@login_not_required
async def health(_request: HttpRequest) -> JsonResponse:
    """Answer with 200 if the database answers, otherwise with 503."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await in_thread(query_database)()
    except (DatabaseError, TimeoutError):
        logger.exception("the database does not answer")
        return JsonResponse({"status": "error", "database": "does not answer"}, status=503)
    return JsonResponse({"status": "ok"})


def query_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
