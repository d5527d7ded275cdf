"""What Django logs about requests: who sent them, and no traceback unless the site is at fault."""

import logging

from django.http import HttpRequest

from common.addresses import client_address


class RequestFilter(logging.Filter):
    """Adds the person and the address to a line about a request, and keeps a refused one to a single line."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest):
            if getattr(record, "status_code", 500) < 500:
                record.exc_info = record.exc_text = None
            # Only once, however many handlers there are.
            record.msg, record.args = "%s (%s, %s)", (record.getMessage(), _person(request), _address(request))
            record.request = None
        return True


def _person(request: HttpRequest) -> str:
    # Who isn't known yet must not be looked up here, where the database may be what failed.
    user = getattr(request, "_cached_user", None)
    return f"user {user.pk}" if user and user.pk else "nobody signed in"


def _address(request: HttpRequest) -> str:
    return client_address(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))
