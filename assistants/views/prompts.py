"""Prompts: their pages, and what the message field asks for."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.sessions import signed_in
from assistants import prompts
from assistants.models import Prompt
from assistants.prompt_form import PromptForm
from common.refusal import Refused, json_refusals

PAGE_SIZE = 50


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the prompts that one may insert, by name."""
    user = signed_in(request)
    visible = Prompt.objects.visible_to(user).select_related("owner").prefetch_related("groups")
    page = Paginator(visible, PAGE_SIZE).get_page(request.GET.get("page"))
    editable = set(
        Prompt.objects.editable_by(user).filter(pk__in=[each.pk for each in page]).values_list("pk", flat=True)
    )
    listed = [(each, prompts.preview(each.text), each.pk in editable) for each in page]
    return render(request, "assistants/prompts.html", {"prompts": listed, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Make a prompt of one's own."""
    user = signed_in(request)
    return _edit(request, Prompt(owner=user))


@require_http_methods(["GET", "HEAD", "POST", "DELETE"])
def prompt(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the form of a prompt that one may change. DELETE hides it, so that `restore` can bring it back."""
    found = get_object_or_404(Prompt.objects.editable_by(request.user), pk=pk, deleted_at=None)
    if request.method == "DELETE":
        Prompt.objects.filter(pk=found.pk, deleted_at=None).update(deleted_at=timezone.now())
        return HttpResponse(status=204)
    return _edit(request, found)


@require_POST
@json_refusals
def restore(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Undo the deletion of a prompt."""
    found = get_object_or_404(Prompt.objects.editable_by(request.user).select_related("owner"), pk=pk)
    if found.deleted_at and (sentence := prompts.too_many(found.owner)):
        raise Refused("too_many_prompts", sentence, status=409)
    Prompt.objects.filter(pk=found.pk).update(deleted_at=None)
    return HttpResponse(status=204)


@require_safe
def choices(request: HttpRequest) -> HttpResponse:
    """Return what the message field lists when "/" is typed."""
    return JsonResponse({"prompts": prompts.choices(signed_in(request))})


@require_safe
def text(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the text of a prompt that one may insert: texts and names of variables in turn."""
    user = signed_in(request)
    found = get_object_or_404(Prompt.objects.visible_to(user), pk=pk)
    return JsonResponse({"pieces": prompts.pieces(found.text, user, timezone.localdate())})


def _edit(request: HttpRequest, edited: Prompt) -> HttpResponse:
    user = signed_in(request)
    form = PromptForm(request.POST or None, instance=edited, user=user)
    if form.is_valid():
        with transaction.atomic():
            form.save()
        messages.success(request, _("Prompt saved."))
        return redirect("prompts")
    return render(request, "assistants/prompt.html", {"form": form, "is_new": edited._state.adding})
