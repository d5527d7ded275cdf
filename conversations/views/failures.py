"""Why an answer failed, for those who may review conversations."""

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.sessions import for_scripts, signed_in
from common.refusal import json_refusals
from conversations.models import Response
from conversations.refusals import response_not_found
from providers.failures import FOR_ADMINS


@for_scripts
@require_safe
@json_refusals
def failure(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the sentence about a failure of one's own answer, and what the provider said, if one may review."""
    user = signed_in(request)
    may_review = user.is_staff and user.has_perm("conversations.view_conversation")
    response = Response.objects.visible_to(user).filter(pk=pk).only("error").first() if may_review else None
    if response is None or not response.error:
        raise response_not_found("response")
    message = response.error.get("message") or ""
    sentence = _(FOR_ADMINS.get(message, message)) if message else ""
    return JsonResponse({"message": sentence, "reason": response.error.get("detail") or ""})
