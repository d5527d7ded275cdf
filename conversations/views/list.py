"""The side list: its pages, and changes to one conversation in it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Self

import msgspec
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from common.refusal import Refused, decoded, json_refusals
from common.text import one_line
from conversations.attachments import forget_at_providers
from conversations.live.process import this_process
from conversations.models import Conversation, Response
from conversations.representations import listed, updated

PAGE_SIZE = 50
"""Conversations, besides those that are pinned."""


@dataclass(frozen=True)
class Place:
    """The place where a page of the list begins: after this time and, at the same time, after this id.

    It doesn't name a row, because the last row of a page may be deleted or updated before the next page is fetched.
    """

    updated_at: datetime
    pk: uuid.UUID

    @classmethod
    def after(cls, conversation: Conversation) -> Self:
        return cls(conversation.updated_at, conversation.pk)

    @classmethod
    def parsed(cls, text: str) -> Self:
        """Return the place from its text. Raise `Http404` if it is invalid."""
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
    """A page of a person's conversations, newest activity first, in one query.

    All pinned ones come first, with the first page. The archived ones have a list of their own.
    """

    def __init__(self, user: User | AnonymousUser, *, before: str | None = None, archived: bool = False) -> None:
        self.is_archived = archived
        own = Conversation.objects.listed(user).filter(archived_at__isnull=not archived)
        # The property of that name, for all rows at once.
        own = own.annotate(is_running=Response.objects.running().in_conversation())  # type: ignore[no-redef]
        rest = own if archived else own.filter(pinned_at=None)
        if before is not None:
            place = Place.parsed(before)
            rest = rest.filter(updated_at__lte=place.updated_at).exclude(updated_at=place.updated_at, pk__gte=place.pk)
        found: Iterable[Conversation] = rest[: PAGE_SIZE + 1]
        if before is None and not archived:
            # A union, because each half has an index.
            found = own.exclude(pinned_at=None).order_by().union(rest[: PAGE_SIZE + 1], all=True)
        newest_first = sorted(found, key=lambda row: (row.updated_at, row.pk), reverse=True)
        others = [row for row in newest_first if archived or not row.pinned_at]
        self.pinned = [row for row in newest_first if row.pinned_at and not archived]
        self.others = others[:PAGE_SIZE]
        self.before = str(Place.after(others[PAGE_SIZE - 1])) if len(others) > PAGE_SIZE else None

    @property
    def conversations(self) -> list[Conversation]:
        return self.pinned + self.others


def page(request: HttpRequest, shown: Conversation | None = None) -> Page:
    """Return the page of the list that the request asks for, or the list in which the shown conversation is."""
    is_archived = "archived" in request.GET or bool(shown and shown.archived_at)
    return Page(request.user, before=request.GET.get("before"), archived=is_archived)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Return a page of the list as JSON. `before` is where the next page begins."""
    shown = page(request)
    return JsonResponse({"conversations": [listed(row) for row in shown.conversations], "before": shown.before})


class Changes(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request that changes a conversation. Fields that are missing stay as they are."""

    title: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    pinned: bool | None = None
    archived: bool | None = None
    deleted: Literal[False] | None = None


@json_refusals
def update(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Rename, pin or archive a conversation, or undo that; restore a deleted one."""
    conversation = get_object_or_404(Conversation.objects.kept_for(request.user), pk=pk)
    changes = decoded(request.body, Changes)
    if conversation.deleted_at and changes.deleted is None:
        raise Http404
    if changes.title is not None:
        title = one_line(changes.title)
        if not title:
            raise Refused("empty_title", _("A title needs at least one character."))
        conversation.rename(title, Conversation.TitledBy.PERSON)
    marks = {"pinned": changes.pinned, "archived": changes.archived, "deleted": changes.deleted}
    conversation.mark(**{name: is_so for name, is_so in marks.items() if is_so is not None})
    _publish(conversation)
    return JsonResponse({"conversation": listed(conversation)})


def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Hide a conversation at once, and stop what is being answered in it."""
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    with transaction.atomic():
        conversation.mark(deleted=True)
        sent = conversation.attachments.exclude(document=None).values_list("document_id", flat=True)
        forget_at_providers(filter(None, sent))
    _publish(conversation)
    return HttpResponse(status=204)


def _publish(conversation: Conversation) -> None:
    stopped = conversation.responses.running().values_list("pk", flat=True) if conversation.deleted_at else []
    news = [{"type": "response.cancel", "response_id": str(pk)} for pk in stopped]
    for each in news if conversation.is_temporary else [*news, updated(conversation)]:
        async_to_sync(this_process().news.publish)(each)
