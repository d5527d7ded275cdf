"""Assistants copied, exported as files and imported."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.sessions import signed_in
from assistants.files import MAX_FILE_BYTES, export_version, import_assistant
from assistants.forms import usable_models
from assistants.handoffs import names
from assistants.models import Assistant, AssistantVersion, TestQuestion
from assistants.permissions import check_room, may_make
from common.bodies import accept_files
from common.refusal import Refused
from knowledge.models import Collection

MAX_NAME = 100


@require_safe
def export(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the newest version as a file, for those who may change it with the test questions."""
    user = signed_in(request)
    version = _usable(user, pk)
    questions = TestQuestion.objects.filter(assistant__in=Assistant.objects.editable_by(user).filter(pk=pk))
    name = content_disposition_header(as_attachment=True, filename=f"{version.name}.json")
    collections = Collection.objects.visible_to(user).filter(pk__in=version.settings.get("collections") or ())
    content = export_version(
        version, questions, names(version.handoffs, user), collections.values_list("name", flat=True)
    )
    return HttpResponse(content, content_type="application/json", headers={"Content-Disposition": name or "attachment"})


@require_POST
def duplicate(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Make a private assistant that is like this one, and open it in the form."""
    user = _maker(request)
    version = _usable(user, pk)
    content = version.content()
    if version.model_id and not usable_models(user).filter(pk=version.model_id).exists():
        content["model_id"] = None
    name = _("%(name)s (copy)") % {"name": version.name}
    with transaction.atomic():
        copy = Assistant.objects.create(owner=user)
        copy.publish(user, **content | {"name": name[:MAX_NAME]})
    messages.success(request, _("This is your own copy. Nobody else sees it."))
    return redirect("assistant", copy.pk)


@accept_files(MAX_FILE_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    """Show the form for a file, and make an assistant of the one that is sent."""
    user = _maker(request)
    if request.method != "POST":
        return render(request, "assistants/import.html")
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise Refused("no_file", _("Choose a file."))
        if (upload.size or 0) > MAX_FILE_BYTES:
            raise Refused("too_large", _("The file is larger than %(size)s MB.") % {"size": MAX_FILE_BYTES // 10**6})
        assistant, notes = import_assistant(user, upload.read())
    except Refused as refused:
        return render(request, "assistants/import.html", {"error": refused.message})
    messages.success(request, " ".join([_("The assistant was imported. Nobody else sees it."), *notes]))
    return redirect("assistant", assistant.pk)


def _maker(request: HttpRequest) -> User:
    user = signed_in(request)
    if not may_make(user):
        raise PermissionDenied
    check_room(user)
    return user


def _usable(user: User, pk: uuid.UUID) -> AssistantVersion:
    """Return the newest version of an assistant that the person may use."""
    usable = Assistant.objects.visible_to(user).filter(pk=pk).values("newest")
    return get_object_or_404(AssistantVersion.objects.select_related("model__provider"), pk__in=usable)
