"""One assistant: the form in which it is made and edited."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.sessions import signed_in
from assistants.forms import SETTINGS, AssistantForm, described, known_variables
from assistants.models import Assistant, AssistantVersion, EditConflict
from assistants.permissions import may_make, may_share
from assistants.views import list as assistant_list
from common.bodies import accept_long_form


@accept_long_form
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Show an empty form, and make an assistant of what is sent."""
    user = signed_in(request)
    if not may_make(user):
        raise PermissionDenied
    form = AssistantForm(user, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form)
    with transaction.atomic():
        made = Assistant.objects.create(owner=user)
        _save(made, form, user)
    return _saved(request, made)


@accept_long_form
@require_http_methods(["GET", "HEAD", "POST", "PATCH"])
def assistant(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show an assistant in its form, and make a new version of what is sent. PATCH changes what the list shows."""
    if request.method == "PATCH":
        return assistant_list.update(request, pk)
    user = signed_in(request)
    editable = Assistant.objects.editable_by(user).select_related("newest__model", "newest__created_by", "owner")
    edited = get_object_or_404(editable, pk=pk)
    form = AssistantForm(user, request.POST or None, instance=edited)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form)
    try:
        with transaction.atomic():
            _save(edited, form, user)
    except EditConflict as conflict:
        return _page(request, _rebased(form, request, user, conflict.newest), conflict=conflict.newest)
    return _saved(request, edited)


def _save(saved: Assistant, form: AssistantForm, user: User) -> None:
    saved.publish(user, after=form.cleaned_data["base"], **form.content())
    visibility = form.cleaned_data["visibility"]
    saved.visibility = visibility
    saved.save(update_fields=["visibility", "updated_at"])
    saved.groups.set(form.cleaned_data.get("groups", []) if visibility == Assistant.Visibility.GROUPS else [])


def _rebased(form: AssistantForm, request: HttpRequest, user: User, newest: AssistantVersion) -> AssistantForm:
    """Return the form with all that the person typed, which replaces the newest version if it is sent again."""
    data = request.POST.copy()
    data["base"] = str(newest.number)
    return AssistantForm(user, data, instance=form.instance)


def _saved(request: HttpRequest, saved: Assistant) -> HttpResponse:
    number = saved.newest.number if saved.newest else 0
    messages.success(request, _("Saved as version %(number)s.") % {"number": number})
    return redirect("assistant", saved.pk)


def _page(request: HttpRequest, form: AssistantForm, **context: Any) -> HttpResponse:
    context |= {
        "form": form,
        "settings_fields": SETTINGS,
        "models": described(form),
        "known": known_variables(),
        "may_share": may_share(form.user),
    }
    return render(request, "assistants/form.html", context)
