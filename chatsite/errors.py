"""The answer to a request that was refused, or failed."""

import sys

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import get_language_from_request, override
from django.views import defaults
from django.views.decorators.csrf import requires_csrf_token

from common.refusal import Refused, busy, refusal_response
from common.threads import UNAVAILABLE


class RefusalMiddleware(MiddlewareMixin):
    """The middleware that answers requests whose views raise `Refused`."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refusal_response(request, exception) if isinstance(exception, Refused) else None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer with 400, and tell the host how to have the site answer at this address if that is the problem.

    Nothing of the request may be used for that but its language: it has no valid host, and hardly any middleware ran.
    """
    with override(get_language_from_request(request)):
        page = render_to_string("400.html", {"is_wrong_host": isinstance(exception, DisallowedHost)})
    return HttpResponse(page, status=400)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Answer with 503 and a sentence if the database is busy or away, with 500 if the site is at fault."""
    if isinstance(sys.exc_info()[1], UNAVAILABLE):
        # Whose language it is isn't known if the database didn't say who asks.
        with override(getattr(request, "LANGUAGE_CODE", None) or get_language_from_request(request)):
            return refusal_response(request, busy())
    return defaults.server_error(request)
