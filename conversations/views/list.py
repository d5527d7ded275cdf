"""The side list: a page of it, and what a person does with one conversation in it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Self

import msgspec
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from common.refusal import Refused, decoded, json_refusals
from common.text import replace_nul
from conversations.live.process import this_process
from conversations.models import Conversation
from conversations.representations import listed, updated

LISTED = 50
"""How many conversations a page of the list has, besides those that are pinned."""


@dataclass(frozen=True)
class Place:
    """Where a page of the list begins: after this moment and, of one moment, after this id.

    It names no row, since the last one of a page may be deleted, or asked in, before the next page is wanted.
    """

    updated_at: datetime
    pk: uuid.UUID

    @classmethod
    def after(cls, conversation: Conversation) -> Self:
        return cls(conversation.updated_at, conversation.pk)

    @classmethod
    def parsed(cls, text: str) -> Self:
        """Raises Http404 for what is no place."""
        moment, _separator, pk = text.partition("_")
        try:
            updated_at = parse_datetime(moment)
            if updated_at is None or updated_at.tzinfo is None:
                raise ValueError
            return cls(updated_at, uuid.UUID(pk))
        except ValueError:
            raise Http404 from None

    def __str__(self) -> str:
        return f"{self.updated_at:%Y-%m-%dT%H:%M:%S.%fZ}_{self.pk}"


class Page:
    """Some of the conversations that a person has listed, newest activity first, in one query.

    The pinned ones come first and all at once, with the first page. The archived ones have a list of their own.
    """

    def __init__(self, user: User | AnonymousUser, *, before: str | None = None, archived: bool = False) -> None:
        self.is_archived = archived
        own = Conversation.objects.listed(user).filter(archived_at__isnull=not archived)
        rest = own if archived else own.filter(pinned_at=None)
        if before is not None:
            place = Place.parsed(before)
            rest = rest.filter(updated_at__lte=place.updated_at).exclude(updated_at=place.updated_at, pk__gte=place.pk)
        found: Iterable[Conversation] = rest[: LISTED + 1]
        if before is None and not archived:
            # A union, because an index serves each half of it.
            found = own.exclude(pinned_at=None).order_by().union(rest[: LISTED + 1], all=True)
        newest_first = sorted(found, key=lambda row: (row.updated_at, row.pk), reverse=True)
        others = [row for row in newest_first if archived or not row.pinned_at]
        self.pinned = [row for row in newest_first if row.pinned_at and not archived]
        self.others = others[:LISTED]
        self.before = str(Place.after(others[LISTED - 1])) if len(others) > LISTED else None

    @property
    def conversations(self) -> list[Conversation]:
        return self.pinned + self.others


def page(request: HttpRequest) -> Page:
    """The page of the list that an address asks for."""
    return Page(request.user, before=request.GET.get("before"), archived="archived" in request.GET)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """A page of the list for the browser's code; `before` is where the next one begins."""
    shown = page(request)
    return JsonResponse({"conversations": [listed(row) for row in shown.conversations], "before": shown.before})


class Changes(msgspec.Struct, forbid_unknown_fields=True):
    """What may be changed of a conversation; what is left out stays."""

    title: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    pinned: bool | None = None
    archived: bool | None = None
    deleted: Literal[False] | None = None


@json_refusals
def update(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Rename, pin, archive, each and back; and take back a deletion."""
    conversation = get_object_or_404(Conversation.objects.kept_for(request.user), pk=pk)
    changes = decoded(request.body, Changes)
    if conversation.deleted_at and changes.deleted is None:
        raise Http404
    if changes.title is not None:
        title = " ".join(replace_nul(changes.title).split())
        if not title:
            raise Refused("empty_title", _("A title needs at least one character."))
        conversation.rename(title, Conversation.TitledBy.PERSON)
    marks = {"pinned": changes.pinned, "archived": changes.archived, "deleted": changes.deleted}
    conversation.mark(**{name: is_so for name, is_so in marks.items() if is_so is not None})
    _publish(conversation)
    return JsonResponse({"conversation": listed(conversation)})


def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Hide it at once; what runs in it is stopped."""
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    conversation.mark(deleted=True)
    _publish(conversation)
    return HttpResponse(status=204)


def _publish(conversation: Conversation) -> None:
    stopped = conversation.responses.running().values_list("pk", flat=True) if conversation.deleted_at else []
    news = [{"type": "response.cancel", "response_id": str(pk)} for pk in stopped]
    for each in news if conversation.is_temporary else [*news, updated(conversation)]:
        async_to_sync(this_process().news.publish)(each)
