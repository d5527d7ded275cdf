"""The chat page: empty, or with one conversation."""

import uuid

from csp.decorators import csp_update
from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from conversations.branches import Branch
from conversations.models import Conversation, Response

LISTED = 50
"""How many conversations the side list shows at a time."""

# Only DOMPurify may make HTML out of a string here; what forgets that fails instead of running.
guard_html = csp_update({"require-trusted-types-for": ["'script'"], "trusted-types": ["dompurify"]})


@require_GET
@guard_html
def home(request: HttpRequest) -> HttpResponse:
    """A new conversation, which is stored with its first question."""
    return _page(request)


@require_GET
@guard_html  # type: ignore[arg-type]
def conversation(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The branch with the newest response, or the one that `?response=` names by any of its responses."""
    shown = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    try:
        through = uuid.UUID(request.GET["response"]) if "response" in request.GET else None
        return _page(request, shown, Branch(shown, through))
    except (ValueError, Response.DoesNotExist):
        raise Http404 from None


def _page(request: HttpRequest, shown: Conversation | None = None, branch: Branch | None = None) -> HttpResponse:
    listed, older = _listed(request)
    return render(
        request,
        "conversations/conversation.html",
        {
            "conversation": shown,
            "branch": branch,
            "conversations": listed,
            "older_than": listed[-1] if older else None,
            "settings": settings,
        },
    )


def _listed(request: HttpRequest) -> tuple[list[Conversation], bool]:
    """One's conversations, newest activity first, from after `?before=` on; and whether there are more."""
    own = Conversation.objects.visible_to(request.user)
    rows = own
    if before := request.GET.get("before"):
        try:
            last = own.get(pk=uuid.UUID(before))
        except (ValueError, Conversation.DoesNotExist):
            raise Http404 from None
        rows = own.filter(Q(updated_at__lt=last.updated_at) | Q(updated_at=last.updated_at, pk__lt=last.pk))
    found = list(rows[: LISTED + 1])
    return found[:LISTED], len(found) > LISTED
