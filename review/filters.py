"""The filters beside the list of conversations."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conversations.models import Conversation, Feedback, Response
from review.summary import WITH_IMAGE


def has_response(**lookups: Any) -> Exists:
    """Whether a conversation has a response like that."""
    return Exists(Response.objects.filter(conversation=OuterRef("pk"), **lookups))


class Choice(admin.SimpleListFilter):
    """A filter that knows no values but its own: what else an address holds is no filter."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None or value not in dict(self.lookup_choices):
            return queryset
        return self.chosen(queryset, value)

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        raise NotImplementedError


class Person(Choice):
    title = _("person")
    parameter_name = "person"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        asked = User.objects.filter(Exists(Conversation.objects.filter(user=OuterRef("pk")))).order_by("username")
        return [(name, name) for name in asked.values_list("username", flat=True)]

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(user__username=value)


class LastAsked(admin.DateFieldListFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("last asked")


class Model(Choice):
    title = _("model")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        names = Response.objects.order_by("model").values_list("model", flat=True).distinct()
        return [(name, name) for name in names]

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(has_response(model=value))


class Status(Choice):
    """By any of the answers, so that a failure is found that the person has asked past."""

    title = _("status of any answer")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [(status.value, str(status.label)) for status in Response.Status]

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(has_response(status=value))


class Images(Choice):
    title = _("images")
    parameter_name = "images"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [("yes", str(_("With"))), ("no", str(_("Without")))]

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        found = has_response(**WITH_IMAGE)
        return queryset.filter(found if value == "yes" else ~found)


class Thumbs(Choice):
    """By what anybody thinks of any of the answers."""

    title = parameter_name = "feedback"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [(Feedback.Rating.DOWN, "A thumb down"), (Feedback.Rating.UP, "A thumb up")]

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(Exists(Feedback.objects.filter(response__conversation=OuterRef("pk"), rating=value)))


class Deleted(Choice):
    """Their persons no longer see them; here they stay until they are removed for good."""

    title = _("deleted")
    parameter_name = "deleted"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [("yes", str(_("Yes"))), ("no", str(_("No")))]

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(deleted_at__isnull=value == "no")
