"""The versions of an assistant: what changed, and an old one made the newest again."""

import uuid
from collections.abc import Iterable, Iterator

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.sessions import signed_in
from assistants.changes import changes
from assistants.models import Assistant, AssistantVersion

PAGE_SIZE = 50


@require_safe
def versions(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """List the versions, newest first. With `?from=` and `?to=`, say what changed between two numbers."""
    user = signed_in(request)
    shown = get_object_or_404(Assistant.objects.visible_to(user).select_related("newest__model", "owner"), pk=pk)
    listed = Paginator(shown.versions.select_related("created_by").order_by("-number"), PAGE_SIZE)
    page = listed.get_page(request.GET.get("page"))
    is_editable = Assistant.objects.editable_by(user).filter(pk=pk).exists()
    compared = _compared(request, shown)
    return render(
        request,
        "assistants/versions.html",
        {
            "assistant": shown,
            "is_editable": is_editable,
            "page": page,
            "entries": [*_with_runs(shown, page)] if is_editable else [(each, None) for each in page],
            "compared": compared,
            "changes": changes(*compared, user) if compared else [],
            "numbers": shown.versions.order_by("-number").values_list("number", flat=True)[:1000],
        },
    )


@require_POST
def restore(request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
    """Make a new version that is like an old one."""
    user = signed_in(request)
    restored = get_object_or_404(Assistant.objects.editable_by(user), pk=pk)
    old = get_object_or_404(restored.versions, number=number)
    new = restored.publish(user, **old.content())
    messages.success(
        request, _("Version %(old)s is back, as version %(new)s.") % {"old": old.number, "new": new.number}
    )
    return redirect("assistant-versions", pk)


def _with_runs(
    shown: Assistant, page: Iterable[AssistantVersion]
) -> Iterator[tuple[AssistantVersion, uuid.UUID | None]]:
    """Yield the versions, each with the newest run of test questions that asked it."""
    versions = [*page]
    runs = shown.runs.filter(version__in=versions).order_by("created_at").values_list("version", "pk")
    newest = dict(runs)
    yield from ((each, newest.get(each.pk)) for each in versions)


def _compared(request: HttpRequest, shown: Assistant) -> tuple[AssistantVersion, AssistantVersion] | None:
    if "from" not in request.GET or "to" not in request.GET:
        return None
    try:
        numbers = int(request.GET["from"]), int(request.GET["to"])
    except ValueError:
        raise Http404 from None
    found = {
        each.number: each for each in shown.versions.select_related("model", "created_by").filter(number__in=[*numbers])
    }
    if not found.keys() >= {*numbers}:
        raise Http404
    return found[numbers[0]], found[numbers[1]]
