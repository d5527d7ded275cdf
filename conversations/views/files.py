"""The page "Files": what a person uploaded or had made, and the collections."""

import uuid

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.sessions import signed_in
from common.refusal import json_refusals
from conversations.attachments import hide, restore
from conversations.models import Attachment
from conversations.own_files import kinds_of, own_files, title_of
from knowledge.listing import summaries
from knowledge.models import Collection

MAX_QUERY_CHARACTERS = 100
COLLECTIONS = 10
"""On one page."""


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show one's own files, those of a kind with `?kind=`, those that match with `?q=`; and the collections."""
    user = signed_in(request)
    words = request.GET.get("q", "").replace("\0", "").strip()[:MAX_QUERY_CHARACTERS]
    kinds = kinds_of(user)
    kind = request.GET.get("kind", "")
    kind = kind if kind in kinds else ""
    listed, page = own_files(user, words, kind, request.GET.get("page"))
    visible = Collection.objects.visible_to(user).select_related("owner").prefetch_related("groups")
    collections = Paginator(visible, COLLECTIONS).get_page(request.GET.get("collections"))
    found = summaries([*collections])
    return render(
        request,
        "files/files.html",
        {
            "files": listed,
            "page": page,
            "query": words,
            "kind": kind,
            "kinds": [(name, title_of(name)) for name in kinds],
            "collections": [(each, found[each.pk]) for each in collections],
            "collections_page": collections,
            "deleted": _deleted(request),
        },
    )


@require_http_methods(["DELETE", "PATCH"])
@json_refusals
def own_file(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete one's own file: where it was sent, the message says so. PATCH restores it."""
    user = signed_in(request)
    if request.method == "PATCH":
        restore(get_object_or_404(Attachment.objects.own(user), pk=pk))
    else:
        hide(get_object_or_404(Attachment.objects.own(user).filter(deleted_at=None), pk=pk))
    return HttpResponse(status=204)


def _deleted(request: HttpRequest) -> Collection | None:
    """Return the collection that was deleted just now, which may be brought back."""
    try:
        pk = uuid.UUID(request.GET.get("deleted", ""))
    except ValueError:
        return None
    return Collection.objects.editable_by(request.user).filter(pk=pk, deleted_at__isnull=False).first()
