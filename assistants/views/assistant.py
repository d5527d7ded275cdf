"""One assistant: the form in which it is made and edited."""

import uuid
from typing import Any

import msgspec
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.sessions import signed_in
from assistants.drafts import draft
from assistants.forms import SETTINGS, AssistantForm, described, known_variables
from assistants.models import Assistant, AssistantVersion, EditConflict
from assistants.permissions import check_room, may_make, may_share
from assistants.views import list as assistant_list
from common.bodies import accept_long_form
from common.refusal import Refused, invalid_request, json_refusals


@accept_long_form
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Show an empty form, and make an assistant of what is sent."""
    user = signed_in(request)
    if not may_make(user):
        raise PermissionDenied
    check_room(user)
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
    except Refused as refused:
        form.add_error(None, refused.message)
        return _page(request, form)
    return _saved(request, edited)


def _save(saved: Assistant, form: AssistantForm, user: User) -> None:
    saved.publish(user, after=form.cleaned_data["base"], **form.content())
    saved.visibility = form.cleaned_data["visibility"]
    saved.save(update_fields=["visibility", "updated_at"])
    saved.groups.set(form.cleaned_data.get("groups", []))


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


class Draft(msgspec.Struct):
    """Which assistant and which draft a form belongs to, if there are any."""

    assistant: uuid.UUID | None = None
    draft: uuid.UUID | None = None


@accept_long_form
@require_POST
@json_refusals
def try_it(request: HttpRequest) -> HttpResponse:
    """Keep what the form has as a draft, which its owner alone can try for a while; return its id, or what is wrong."""
    user = signed_in(request)
    try:
        named = {name: request.POST[name] for name in ("assistant", "draft") if request.POST.get(name)}
        ids = msgspec.convert(named, Draft, strict=False)
    except msgspec.ValidationError:
        raise invalid_request() from None
    edited = None
    if ids.assistant:
        editable = Assistant.objects.editable_by(user).select_related("newest__model")
        edited = get_object_or_404(editable, pk=ids.assistant)
    elif not may_make(user):
        raise PermissionDenied
    form = AssistantForm(user, request.POST, instance=edited)
    if not form.is_valid():
        name, problems = next(iter(form.errors.items()))
        # No failed request, but an answer: what is typed isn't ready yet.
        return JsonResponse({"error": {"message": f"{form.fields[name].label or name}: {problems[0]}"}})
    made = draft(user, ids.draft, form.content())
    return JsonResponse({"draft": str(made.pk)})
