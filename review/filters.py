"""The filters of the list of conversations."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conversations.models import Conversation, Feedback, Response
from conversations.models.response import WITH_IMAGE


def has_response(**lookups: Any) -> Exists:
    """Return a condition that a conversation has a response that matches the lookups."""
    return Exists(Response.objects.filter(conversation=OuterRef("pk"), **lookups))


class ChoiceFilter(admin.SimpleListFilter):
    """A filter that ignores a value in the URL that isn't one of its choices."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None or value not in dict(self.lookup_choices):
            return queryset
        return self.filter_by(queryset, value)

    def filter_by(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Return the conversations that match a choice."""
        raise NotImplementedError


class Person(ChoiceFilter):
    """A filter by the owner."""

    title = _("person")
    parameter_name = "person"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        owners = User.objects.filter(Exists(Conversation.objects.filter(user=OuterRef("pk")))).order_by("username")
        return [(name, name) for name in owners.values_list("username", flat=True)]

    def filter_by(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(user__username=value)


class LastMessage(admin.DateFieldListFilter):
    """A filter by the time of the last message."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("last message")


class Model(ChoiceFilter):
    """A filter by the model of any answer that came about here: an import may bring thousands of others."""

    title = _("model")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [(name, name) for name in Response.objects.models_in_use()]

    def filter_by(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(has_response(model=value, imported_from=""))


class Status(ChoiceFilter):
    """A filter by the status of any answer, so that a failure is found even if the conversation went on after it."""

    title = _("status of any answer")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [(status.value, str(status.label)) for status in Response.Status]

    def filter_by(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(has_response(status=value))


class Images(ChoiceFilter):
    """A filter by whether any message has an image."""

    title = _("images")
    parameter_name = "images"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [("yes", str(_("With"))), ("no", str(_("Without")))]

    def filter_by(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        found = has_response(**WITH_IMAGE)
        return queryset.filter(found if value == "yes" else ~found)


class Thumbs(ChoiceFilter):
    """A filter by the feedback that anyone gave to any answer."""

    title = _("feedback")
    parameter_name = "feedback"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [(Feedback.Rating.DOWN, str(_("Thumbs down"))), (Feedback.Rating.UP, str(_("Thumbs up")))]

    def filter_by(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(Exists(Feedback.objects.filter(response__conversation=OuterRef("pk"), rating=value)))


class Imported(ChoiceFilter):
    """A filter by whether a conversation was imported."""

    title = _("imported")
    parameter_name = "imported"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [("yes", str(_("Yes"))), ("no", str(_("No")))]

    def filter_by(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(imported_from="") if value == "no" else queryset.exclude(imported_from="")


class Deleted(ChoiceFilter):
    """A filter for deleted conversations, which reviewers see until they are removed for good."""

    title = _("deleted")
    parameter_name = "deleted"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [("yes", str(_("Yes"))), ("no", str(_("No")))]

    def filter_by(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(deleted_at__isnull=value == "no")
