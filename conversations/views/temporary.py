"""Temporary conversations, removed by their owner before they end by themselves."""

import uuid

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from conversations.live.process import this_process
from conversations.models import Conversation
from conversations.retention.temporary import remove


@require_http_methods(["DELETE"])
def temporary(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Remove one's own temporary conversation."""
    found = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk, is_temporary=True)
    async_to_sync(remove)(this_process().logs, found.pk)
    return HttpResponse(status=204)
