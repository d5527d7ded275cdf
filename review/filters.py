"""The filters of the list of conversations."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.views.main import ChangeList
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, F, Func, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.text import one_line
from conversations.models import Conversation, Feedback, Response
from conversations.models.response import WITH_IMAGE

MAX_SUGGESTED = 1000
"""Names of people. Others can be typed."""


def is_one_of(ids: Any) -> Func:
    """Return a condition that a conversation is one of those whose ids a query has.

    The database reads these ids first, and looks each of them up. With an IN it would choose, and often look through
    everything else instead.
    """
    one_of = {"template": "%(expressions)s)", "arg_joiner": " = ANY("}
    return Func(F("pk"), ArraySubquery(ids), output_field=BooleanField(), **one_of)


class ChoiceFilter(admin.SimpleListFilter):
    """A filter that ignores a value in the URL that isn't one of its choices."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self.filter_by(queryset, value) if (value := self._chosen()) is not None else queryset

    def queryset_by_index(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the same as `queryset`, sooner if few of many pass the filter."""
        return self.filter_by_index(queryset, value) if (value := self._chosen()) is not None else queryset

    def _chosen(self) -> str | None:
        value = self.value()
        return value if value in dict(self.lookup_choices) else None

    def filter_by(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Return the conversations that match a choice."""
        raise NotImplementedError

    def filter_by_index(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Return the conversations that match a choice that few match."""
        return self.filter_by(queryset, value)


class AnyResponse(ChoiceFilter):
    """A filter by whether any response of a conversation matches."""

    def responses(self, value: str) -> QuerySet[Response]:
        """Return the responses that match a choice."""
        raise NotImplementedError

    def has_response(self, value: str) -> Exists:
        return Exists(self.responses(value).filter(conversation=OuterRef("pk")))

    def filter_by(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(self.has_response(value))

    def filter_by_index(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(is_one_of(self.responses(value).order_by().values("conversation_id").distinct()))


class Person(ChoiceFilter):
    """A filter by the owner, whose name is typed: a list of all would be longer than the page. Some are suggested."""

    title = _("person")
    parameter_name = "person"
    template = "admin/conversations/conversation/person_filter.html"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        owners = User.objects.filter(Exists(Conversation.objects.filter(user=OuterRef("pk")))).order_by("username")
        return [(name, name) for name in owners.values_list("username", flat=True)[:MAX_SUGGESTED]]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Yield the one link of the filter, to the conversations of all, and what its form keeps of the address."""
        own = self.parameter_name
        yield {
            "selected": not self._chosen(),
            "query_string": changelist.get_query_string(remove=[own]),
            "others": [(name, value) for name, value in changelist.params.items() if name != own],
        }

    def _chosen(self) -> str | None:
        return one_line(self.value() or "") or None

    def filter_by(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(user__username=value)


class LastMessage(admin.DateFieldListFilter):
    """A filter by the time of the last message."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("last message")


class Model(AnyResponse):
    """A filter by the model of any answer that came about here: an import may bring thousands of others."""

    title = _("model")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [(name, name) for name in Response.objects.models_in_use()]

    def responses(self, value: str) -> QuerySet[Response]:
        return Response.objects.filter(model=value, imported_from="")


class Status(AnyResponse):
    """A filter by the status of any answer, so that a failure is found even if the conversation went on after it."""

    title = _("status of any answer")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [(status.value, str(status.label)) for status in Response.Status]

    def responses(self, value: str) -> QuerySet[Response]:
        return Response.objects.filter(status=value)


class Images(AnyResponse):
    """A filter by whether any message has an image."""

    title = _("images")
    parameter_name = "images"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [("yes", str(_("With"))), ("no", str(_("Without")))]

    def responses(self, value: str) -> QuerySet[Response]:
        return Response.objects.filter(**WITH_IMAGE)

    def filter_by(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        found = self.has_response(value)
        return queryset.filter(found if value == "yes" else ~found)

    def filter_by_index(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return super().filter_by_index(queryset, value) if value == "yes" else self.filter_by(queryset, value)


class Thumbs(AnyResponse):
    """A filter by the feedback that anyone gave to any answer."""

    title = _("feedback")
    parameter_name = "feedback"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [(Feedback.Rating.DOWN, str(_("Thumbs down"))), (Feedback.Rating.UP, str(_("Thumbs up")))]

    def responses(self, value: str) -> QuerySet[Response]:
        return Response.objects.filter(feedback__rating=value)


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
