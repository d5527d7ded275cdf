"""One assistant: its page, and what may be done with it there and in the list."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from assistants.views import list as assistant_list


@require_http_methods(["PATCH"])
def assistant(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Archive an assistant, or make it one's own default."""
    return assistant_list.update(request, pk)
