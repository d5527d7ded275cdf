"""The list of assistants: one's own, those that others share, the archived ones."""

import uuid

import msgspec
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.sessions import signed_in
from assistants.models import Assistant, Default
from assistants.permissions import may_change_defaults, may_make
from common.refusal import decoded, json_refusals

PAGE_SIZE = 50
MAX_QUERY_CHARACTERS = 100
KINDS = ("all", "mine", "shared", "archived")


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show the assistants that a person may use, those of a kind with `?show=`, those that match with `?q=`."""
    user = signed_in(request)
    kind = request.GET.get("show", "all")
    query = request.GET.get("q", "").replace("\0", "").strip()[:MAX_QUERY_CHARACTERS]
    found = _of_kind(user, kind).select_related("newest__model", "owner").prefetch_related("groups")
    if query:
        found = found.filter(Q(newest__name__icontains=query) | Q(newest__description__icontains=query))
    page = Paginator(found.order_by("newest__name", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    editable = set(
        Assistant.objects.editable_by(user).filter(pk__in=[each.pk for each in page]).values_list("pk", flat=True)
    )
    default = Default.objects.filter(user=user).values_list("assistant_id", flat=True).first()
    return render(
        request,
        "assistants/list.html",
        {
            "page": page,
            "entries": [(each, each.pk in editable, each.pk == default) for each in page],
            "kind": kind if kind in KINDS else "all",
            "query": query,
            "may_make": may_make(user),
            "may_change_defaults": may_change_defaults(user),
        },
    )


class Changes(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request that changes an assistant in the list."""

    archived: bool


@json_refusals
def update(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Archive an assistant, or undo that."""
    found = get_object_or_404(Assistant.objects.editable_by(signed_in(request)), pk=pk)
    changes = decoded(request.body, Changes)
    Assistant.objects.filter(pk=found.pk).update(archived_at=timezone.now() if changes.archived else None)
    return HttpResponse(status=204)


def _of_kind(user: User, kind: str) -> QuerySet[Assistant]:
    if kind == "archived":
        return Assistant.objects.editable_by(user).exclude(archived_at=None)
    usable = Assistant.objects.visible_to(user).filter(archived_at=None)
    if kind == "mine":
        return usable.filter(owner=user)
    return usable.exclude(owner=user) if kind == "shared" else usable
