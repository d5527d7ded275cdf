"""The chat page: empty, or with one conversation."""

import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods

from conversations.branches import Branch
from conversations.models import Conversation, Response
from conversations.views import list as side_list


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """A new conversation, which is stored with its first question."""
    return _page(request)


@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
def conversation(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The branch with the newest response, or the one that `?response=` names by any of its responses."""
    if request.method == "PATCH":
        return side_list.update(request, pk)
    if request.method == "DELETE":
        return side_list.delete(request, pk)
    shown = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    try:
        through = uuid.UUID(request.GET["response"]) if "response" in request.GET else None
        return _page(request, shown, Branch(shown, through))
    except (ValueError, Response.DoesNotExist):
        raise Http404 from None


def _page(request: HttpRequest, shown: Conversation | None = None, branch: Branch | None = None) -> HttpResponse:
    return render(
        request,
        "conversations/conversation.html",
        {
            "conversation": shown,
            "branch": branch,
            "list": side_list.page(request),
            "settings": settings,
        },
    )
