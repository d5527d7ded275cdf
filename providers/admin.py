"""Providers and their models in the admin: reached how, offered to whom, tested."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import PROTECT, Count, ManyToManyField, ManyToOneRel, Q, QuerySet
from django.db.models import Model as AnyModel
from django.forms import CheckboxSelectMultiple
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from common.threads import in_thread
from providers import catalog
from providers.encryption import Undecryptable
from providers.failures import FOR_ADMINS, SENTENCES, Failure
from providers.families import family_of
from providers.forms import ModelForm, ProviderForm, header_names
from providers.listing import store_models
from providers.models import Model, Provider
from providers.probe import Finding, Probe
from providers.registry import connect

WARNING_DAYS = 90
"""How long before a model ends the admin warns."""
STEPS = "<!-- steps -->"
"""Where the page of a test is split: what is before it is sent first."""
UNREADABLE = FOR_ADMINS[SENTENCES["key_undecryptable"]]


class CatalogAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Pages whose changes this process knows at once, and the others a few seconds later."""

    view_on_site = False

    class Media:
        css = {"all": ["review/providers.css"]}

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _known_at_once(request, super().changeform_view(request, *args, **kwargs))

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _known_at_once(request, super().changelist_view(request, *args, **kwargs))

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _known_at_once(request, super().delete_view(request, *args, **kwargs))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, list[Any]]:
        """Refuse what answered somebody or belongs to an assistant, without looking through all of that."""
        if used := [each for each in objs if _is_used(each)]:
            sentence = _("%(name)s is used by conversations or assistants. Disable it instead.")
            return [], {}, set(), [sentence % {"name": each} for each in used]
        found: tuple[Any, Any, Any, list[Any]] = super().get_deleted_objects(objs, request)
        return found


@admin.register(Provider)
class ProviderAdmin(CatalogAdmin):
    """Providers. That of the settings is shown, and can't be changed here."""

    form = ProviderForm
    list_display = ["name", "dialect", "base_url", "is_enabled", "offered_models", "state"]
    actions = None
    change_form_template = "admin/providers/provider/change_form.html"
    ADDRESS = (None, {"fields": ["name", "dialect", "base_url", "is_enabled"]})
    MORE = (
        gettext_lazy("More"),
        {
            "fields": ["store", "background", "organization", "project", "timeout", "connect_timeout"],
        },
    )

    def get_fieldsets(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        keys = ["key_state"] if obj and not self.has_change_permission(request, obj) else ["key_state", "new_key"]
        secrets = (
            gettext_lazy("Secrets"),
            {"fields": [*keys, "header_state", *(["new_headers"] if len(keys) > 1 else [])]},
        )
        found = (gettext_lazy("What the last test found"), {"fields": ["state"]})
        return [self.ADDRESS, secrets, self.MORE, *([found] if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Provider | None = None) -> list[str]:
        return ["key_state", "header_state", "state"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        offered = Count("models", filter=Q(models__is_enabled=True))
        providers: QuerySet[Provider] = super().get_queryset(request)
        return providers.annotate(offered=offered).order_by("-is_from_environment", "name")

    def has_change_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.is_from_environment)

    def has_delete_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_from_environment)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<path:object_id>/test/", self._page(self.test), name="providers_provider_test"),
            path("<path:object_id>/fetch/", self._page(self.fetch), name="providers_provider_fetch"),
        ]
        return [*own, *super().get_urls()]

    def _page(self, view: Callable[..., HttpResponseBase]) -> Any:
        return self.admin_site.admin_view(require_POST(view))

    def test(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Stream a page that tells what the provider can do, step by step."""
        provider = self._provider(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Test of %(name)s") % {"name": provider.name},
            "opts": self.opts,
            "provider": provider,
            "steps": STEPS,
        }
        page = render_to_string("admin/providers/provider/test.html", context, request)
        # A proxy must not wait for the end.
        return StreamingHttpResponse(_tested(provider, *page.split(STEPS)), headers={"X-Accel-Buffering": "no"})

    def fetch(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Store the models that the provider lists."""
        provider = self._provider(request, object_id)
        try:
            listed = asyncio.run(_listed(provider))
        except Undecryptable:
            messages.error(request, _(UNREADABLE))
        except Failure as problem:
            messages.error(request, f"{_(FOR_ADMINS.get(problem.message, problem.message))} ({problem})")
        else:
            with transaction.atomic():
                fetched = store_models(provider, listed)
            catalog.refresh()
            new = ngettext("%(count)s new model.", "%(count)s new models.", len(fetched.new))
            messages.success(request, new % {"count": len(fetched.new)})
            if fetched.gone:
                gone = _("Not listed any more: %(names)s.") % {"names": ", ".join(fetched.gone[:20])}
                messages.warning(request, gone)
            return redirect(_models_of(provider))
        return redirect("admin:providers_provider_change", provider.pk)

    def _provider(self, request: HttpRequest, object_id: str) -> Provider:
        """Return the provider, if the person may change providers: a test is paid for."""
        provider: Provider | None = self.get_object(request, object_id)
        if provider is None or not super().has_change_permission(request, provider):
            raise Http404
        return provider

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        provider = self.get_object(request, object_id)
        context = extra_context or {}
        if provider:
            context |= {
                "models_url": _models_of(provider),
                "may_test": super().has_change_permission(request, provider),
            }
        return super().change_view(request, object_id, form_url, context)

    @admin.display(description=gettext_lazy("API key"))
    def key_state(self, provider: Provider) -> str:
        if provider.is_from_environment:
            return _("Set by OPENAI_API_KEY")
        try:
            key = catalog.endpoint_of(provider).key if provider.key else ""
        except Undecryptable:
            return _(UNREADABLE)
        return _("Set. It is never shown again.") if key else _("None")

    @admin.display(description=gettext_lazy("Further headers"))
    def header_state(self, provider: Provider) -> str:
        try:
            return ", ".join(header_names(provider)) or _("None")
        except Undecryptable:
            return _(UNREADABLE)

    @admin.display(description=gettext_lazy("Models"))
    def offered_models(self, provider: Provider) -> str:
        return format_html('<a href="{}">{}</a>', _models_of(provider), provider.offered)  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("State"))
    def state(self, provider: Provider) -> str:
        try:
            catalog.endpoint_of(provider)
        except Undecryptable:
            return _(UNREADABLE)
        if provider.tested_at is None:
            return _("Not tested yet")
        found = [
            sentence
            for name, sentence in (
                ("chain", _("continues stored responses")),
                ("background", _("answers in the background")),
                ("resume", _("resumes them")),
            )
            if provider.capabilities.get(name)
        ]
        when = timezone.localtime(provider.tested_at).strftime("%Y-%m-%d %H:%M")
        said = ", ".join(found) or _("answers, and stores nothing")
        return _("%(when)s: %(found)s") % {"when": when, "found": said}


@admin.register(Model)
class ModelAdmin(CatalogAdmin):
    """Models: what they take, and who may use them."""

    form = ModelForm
    list_display = ["name", "title", "provider", "is_enabled", "who", "context_window", "thinks", "ends"]
    list_editable = ["is_enabled"]
    list_filter = ["provider", "is_enabled"]
    search_fields = ["name", "title"]
    list_select_related = ["provider"]
    formfield_overrides = {ManyToManyField: {"widget": CheckboxSelectMultiple}}
    actions = None
    fieldsets = [
        (None, {"fields": ["provider", "name", "title", "is_enabled", "groups"]}),
        (gettext_lazy("Size"), {"fields": ["context_window", "max_output_tokens", "shutdown_on"]}),
        (
            gettext_lazy("What it takes"),
            {
                "fields": [
                    "efforts",
                    "default_effort",
                    "takes_summaries",
                    "takes_verbosity",
                    "temperature",
                    "takes_images",
                    "takes_files",
                    "takes_functions",
                    "hosted_tools",
                    "output_format",
                ]
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask for little of a new model: what is known of its family fills in the rest."""
        return self.fieldsets if obj else self.fieldsets[:1]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        if obj is None:
            return []
        return ["provider", "name", *(["is_enabled"] if _is_of_settings(obj) else [])]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and _is_of_settings(obj))

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:  # noqa: FBT001
        if not change:
            for name, value in family_of(obj.name).fields().items():
                setattr(obj, name, value)
        # The list has a box for each model, that of the settings, too.
        obj.is_enabled = obj.is_enabled or _is_of_settings(obj)
        super().save_model(request, obj, form, change)

    @admin.display(description=gettext_lazy("For"))
    def who(self, model: Model) -> str:
        return ", ".join(group.name for group in model.groups.all()) or _("Everybody")

    @admin.display(description=gettext_lazy("Thinks"))
    def thinks(self, model: Model) -> str:
        return ", ".join(model.efforts)

    @admin.display(description=gettext_lazy("Ends"), ordering="shutdown_on")
    def ends(self, model: Model) -> str:
        if model.shutdown_on is None:
            return ""
        days = (model.shutdown_on - timezone.localdate()).days
        when = model.shutdown_on.isoformat()
        if days < 0:
            return format_html('<strong class="warning">{}</strong>', _("Ended on %(when)s") % {"when": when})
        if days <= WARNING_DAYS:
            said = ngettext("Ends on %(when)s, in %(days)s day", "Ends on %(when)s, in %(days)s days", days)
            return format_html('<strong class="warning">{}</strong>', said % {"when": when, "days": days})
        return when


def _known_at_once(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if request.method == "POST":
        catalog.refresh()
    return response


def _models_of(provider: Provider) -> str:
    return f"{reverse('admin:providers_model_changelist')}?provider__id__exact={provider.pk}"


def _is_of_settings(model: Model) -> bool:
    return model.provider.is_from_environment and model.name == catalog.model_of_settings()


def _is_used(row: AnyModel) -> bool:
    """Return whether a row of another room needs this one, or one of its models."""
    needed: list[AnyModel] = [row, *(row.models.all() if isinstance(row, Provider) else [])]
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: each}).exists()
        for each in needed
        for relation in each._meta.get_fields(include_hidden=True)
        if isinstance(relation, ManyToOneRel) and relation.on_delete is PROTECT
    )


async def _listed(provider: Provider) -> list[dict[str, Any]]:
    client = connect(catalog.endpoint_of(provider))
    try:
        return await client.listed()
    finally:
        await client.close()


async def _tested(provider: Provider, before: str, after: str) -> AsyncIterator[str]:
    """Yield the page of a test as it goes on, and store what was found."""
    yield before
    try:
        endpoint = catalog.endpoint_of(provider)
    except Undecryptable:
        yield _row(Finding(_(UNREADABLE), is_good=False))
    else:
        client = connect(endpoint)
        probe = Probe(client, await in_thread(_model_to_ask)(provider.pk), store=provider.store)
        try:
            async for found in probe.run():
                yield _row(found)
        finally:
            await client.close()
        await in_thread(_store_found)(provider.pk, probe.capabilities)
        yield _row(Finding(_("Done. What was found is kept.")))
    yield after


def _row(found: Finding) -> str:
    kind = {True: "good", False: "bad", None: "neutral"}[found.is_good]
    return render_to_string("admin/providers/provider/_finding.html", {"found": found, "kind": kind})


def _model_to_ask(provider_id: UUID) -> str:
    offered = Model.objects.filter(provider=provider_id, is_enabled=True).order_by("created_at")
    return offered.values_list("name", flat=True).first() or ""


def _store_found(provider_id: UUID, capabilities: dict[str, bool]) -> None:
    provider = Provider.objects.get(pk=provider_id)
    provider.capabilities |= capabilities
    provider.tested_at = timezone.now()
    provider.save(update_fields=["capabilities", "tested_at", "updated_at"])
    catalog.refresh()
