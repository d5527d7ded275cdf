"""Collections: their pages, and the forms in which they are made and changed."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.sessions import signed_in
from common.refusal import Refused, refusal_response
from knowledge.content import described
from knowledge.copy_texts import copy_texts
from knowledge.forms import CollectionForm
from knowledge.listing import PAGE_SIZE, listed, summaries
from knowledge.models import Collection, CollectionFile
from knowledge.permissions import check_room

State = CollectionFile.State


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Show an empty form, and make a collection of what is sent."""
    user = signed_in(request)
    try:
        check_room(user)
    except Refused as refused:
        return refusal_response(request, refused)
    return _edit(request, Collection(owner=user))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the form of a collection that one may change."""
    return _edit(request, get_object_or_404(Collection.objects.editable_by(request.user), pk=pk, deleted_at=None))


@require_safe
def collection(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a collection with its files: those that match with `?q=`, those in a state with `?state=`."""
    user = signed_in(request)
    seen = Collection.objects.visible_to(user) | Collection.objects.editable_by(user).filter(deleted_at=None)
    found = get_object_or_404(seen.select_related("owner").prefetch_related("groups"), pk=pk)
    query, state = request.GET.get("q", ""), request.GET.get("state", "")
    page = Paginator(listed(found, query, state), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "collection": found,
        "is_editable": Collection.objects.editable_by(user).filter(pk=found.pk).exists(),
        "summary": summaries([found])[found.pk],
        "page": page,
        "files": [(each, described(each)) for each in page],
        "query": query,
        "state": state if state in State.values else "",
        "states": [("", _("All states")), *(each for each in State.choices if each[0] != State.READING)],
        "max_file_bytes": settings.MAX_FILE_BYTES,
        "copies": copy_texts(found),
    }
    return render(request, "knowledge/collection.html", context)


def _edit(request: HttpRequest, edited: Collection) -> HttpResponse:
    user = signed_in(request)
    is_new = edited._state.adding
    form = CollectionForm(request.POST or None, instance=edited, user=user)
    if form.is_valid():
        with transaction.atomic():
            saved = form.save()
        if not is_new:
            messages.success(request, _("Collection saved."))
        return redirect("collection", saved.pk)
    context: dict[str, Any] = {"form": form, "is_new": is_new, "collection": edited}
    return render(request, "knowledge/form.html", context)
