"""The chat page, empty or with one conversation."""

import uuid
from collections.abc import Iterable
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods

from accounts.first_run import is_alone
from accounts.models import User
from accounts.sessions import signed_in
from assistants.models import Assistant
from assistants.offers import offer_draft
from conversations.branches import Branch, Page, Turn
from conversations.live.process import this_process
from conversations.models import Conversation, Response
from conversations.representations.drawn import DrawnTurn, drawn
from conversations.views import list as side_list
from conversations.views.choices import offered
from conversations.views.feedback import own_feedback
from providers.models import Model


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show an empty chat. The conversation is stored with its first message."""
    return _page(request)


@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
def conversation(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the end of the branch with the newest response, or the place of the response in `?response=`.

    With `?at=`, show the place of that response on the branch of the other.
    """
    if request.method == "PATCH":
        return side_list.update(request, pk)
    if request.method == "DELETE":
        return side_list.delete(request, pk)
    shown = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    through, at = _named(request, "response"), _named(request, "at")
    try:
        branch = Branch(shown, through)
        return _page(request, shown, branch.page_around(place) if (place := at or through) else branch.last_page())
    except Response.DoesNotExist:
        raise Http404 from None


@require_GET
def turns(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return turns for an open page: those `?before=` a response, or the last of a branch, or those `?after=` one."""
    shown = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    before, after = _named(request, "before"), _named(request, "after")
    try:
        branch = Branch(shown, before or _named(request, "response"))
        page = branch.page_before(before) if before else branch.page_after(after) if after else branch.last_page()
    except Response.DoesNotExist:
        raise Http404 from None
    return render(request, "conversations/thread/_turns.html", _turns(request, page))


def _named(request: HttpRequest, name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET[name]) if name in request.GET else None
    except ValueError:
        raise Http404 from None


@require_GET
@csp_replace({"frame-ancestors": [SELF]})  # type: ignore[arg-type]
@xframe_options_sameorigin
def draft(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show an empty temporary chat with an assistant's draft, for the frame beside the form."""
    user = signed_in(request)
    tried = get_object_or_404(Assistant.objects.exclude(draft_at=None).select_related("newest"), pk=pk, owner=user)
    choices = this_process().choices
    # The draft may have changed a moment ago.
    choices.forget()
    return _page(request, offer=offer_draft(choices, tried), is_tried=True)


def _page(
    request: HttpRequest, shown: Conversation | None = None, page: Page | None = None, **context: Any
) -> HttpResponse:
    return render(
        request,
        "conversations/conversation.html",
        {
            "conversation": shown,
            **(_turns(request, page) if page else {}),
            "list": side_list.page(request, shown),
            "offer": offered(signed_in(request), request.GET.get("assistant", "")),
            "first_steps": _first_steps(signed_in(request)),
            "settings": settings,
            **context,
        },
    )


def _first_steps(user: User) -> dict[str, bool]:
    """Return what an admin may still have to do before the team can chat."""
    if not user.is_staff:
        return {}
    offered = Model.objects.filter(is_enabled=True, provider__is_enabled=True)
    if settings.USES_STANDIN:
        offered = offered.filter(provider__is_from_environment=False)
    is_new, models = is_alone(user), offered.count()
    steps = {
        "colleagues": is_new and user.has_perm("accounts.add_user"),
        "provider": not models and settings.USES_STANDIN and user.has_perm("providers.add_provider"),
        # One is enough for many teams, so nobody is told forever.
        "models": is_new and models == 1 and user.has_perm("providers.add_model"),
    }
    return {name: is_open for name, is_open in steps.items() if is_open}


def _turns(request: HttpRequest, page: Page) -> dict[str, object]:
    """Return what the templates need to draw the page's turns."""
    feedback = own_feedback([*page.turns, *page.compared], request.user)

    def draw(turns: Iterable[Turn]) -> list[DrawnTurn]:
        return [drawn(turn, feedback.get(turn.response.pk)) for turn in turns]

    return {"page": page, "turns": draw(page.turns), "compared": draw(page.compared)}
