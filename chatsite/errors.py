"""The answer to a request that failed."""

import sys

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request, override
from django.views import defaults
from django.views.decorators.csrf import requires_csrf_token

from common.refusal import busy, refusal_response
from common.threads import UNAVAILABLE


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Answer with 503 and a sentence if the database is busy or away, with 500 if the site is at fault."""
    if isinstance(sys.exc_info()[1], UNAVAILABLE):
        # Whose language it is isn't known if the database didn't say who asks.
        with override(getattr(request, "LANGUAGE_CODE", None) or get_language_from_request(request)):
            return refusal_response(request, busy())
    return defaults.server_error(request)
