"""What answers groups, and everybody, if they choose nothing."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.forms import PageForm
from accounts.sessions import signed_in
from assistants.models import Assistant, Default
from assistants.permissions import may_change_defaults
from common.bodies import accept_long_form
from providers.models import Model

SITE = "everybody"
Option = tuple[str, str]


class DefaultsForm(PageForm, forms.Form):
    """A choice for everybody, and one for each group."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups = [*Group.objects.order_by("name")]
        stored = {each.group_id: each for each in Default.objects.filter(user=None)}
        usable = Assistant.objects.filter(archived_at=None).exclude(newest=None).select_related("newest")
        assistants = [*usable.exclude(visibility=Assistant.Visibility.PRIVATE).prefetch_related("groups")]
        models = [*Model.objects.filter(is_enabled=True, provider__is_enabled=True).prefetch_related("groups")]
        for group in [None, *self.groups]:
            offered = [
                ("", _("As for everybody") if group else _("The site's model")),
                (_("Assistants"), [*_assistants(assistants, group)]),
                (_("Models"), [*_models(models, group)]),
            ]
            field = forms.ChoiceField(label=group.name if group else _("Everybody"), required=False, choices=offered)
            self.fields[_name(group)] = field
            self.initial[_name(group)] = _value(stored.get(group.pk if group else None))

    @transaction.atomic
    def save(self) -> None:
        """Store what was chosen."""
        for group in [None, *self.groups]:
            kind, _separator, pk = self.cleaned_data[_name(group)].partition(":")
            if not kind:
                Default.objects.filter(user=None, group=group).delete()
                continue
            chosen = {"assistant_id": pk if kind == "assistant" else None, "model_id": pk if kind == "model" else None}
            Default.objects.update_or_create(user=None, group=group, defaults=chosen)


@accept_long_form
@require_http_methods(["GET", "HEAD", "POST"])
def defaults(request: HttpRequest) -> HttpResponse:
    """Show the default assistants and models of the site and its groups, and change them."""
    if not may_change_defaults(signed_in(request)):
        raise PermissionDenied
    form = DefaultsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The defaults are saved."))
        return redirect("assistant-defaults")
    return render(request, "assistants/defaults.html", {"form": form})


def _assistants(assistants: list[Assistant], group: Group | None) -> Iterator[Option]:
    for each in assistants:
        if each.visibility == Assistant.Visibility.EVERYBODY or (group and group in each.groups.all()):
            yield f"assistant:{each.pk}", str(each)


def _models(models: list[Model], group: Group | None) -> Iterator[Option]:
    for each in models:
        groups = each.groups.all()
        if not groups or (group and group in groups):
            yield f"model:{each.pk}", str(each)


def _name(group: Group | None) -> str:
    return f"group-{group.pk}" if group else SITE


def _value(default: Default | None) -> str:
    if default is None:
        return ""
    return f"assistant:{default.assistant_id}" if default.assistant_id else f"model:{default.model_id}"
