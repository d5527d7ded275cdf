"""Is this process fit to serve? For load balancers and `curl`."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

logger = logging.getLogger(__name__)


@login_not_required
def health(_request: HttpRequest) -> JsonResponse:
    """200 while the database answers, 503 while it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, OSError):
        logger.exception("the database does not answer")
        return JsonResponse({"status": "error", "database": "does not answer"}, status=503)
    return JsonResponse({"status": "ok"})
