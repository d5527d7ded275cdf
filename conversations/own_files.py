"""All files that a person uploaded or had made: those of messages and answers, and those put into collections."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conversations.models import Attachment, Conversation
from conversations.models.attachment import IMAGE, OTHER
from files.registry import KINDS
from files.words import details
from knowledge.models import Collection, CollectionFile

PAGE_SIZE = 50

"""The kinds of files of which no text is read."""
TITLES = {IMAGE: _("Image"), OTHER: _("Other file"), **{name: kind.title for name, kind in KINDS.items()}}


class Use(NamedTuple):
    """Where a file is used: in a conversation, or in a collection."""

    title: str
    address: str
    is_collection: bool


@dataclass(frozen=True)
class OwnFile:
    """A file as the list shows it. `kind` is that of its document, or one of the above. DELETE at
    its `url` deletes it, PATCH restores it."""

    id: UUID
    name: str
    kind: str
    details: str
    created_at: datetime
    thumbnail: str
    view: str
    download: str
    url: str
    is_made: bool
    uses: list[Use]
    state: str = ""


def own_files(
    user: User, words: str = "", kind: str = "", number: str | None = None
) -> tuple[list[OwnFile], Page[Any]]:
    """Return one page of a person's files, newest first: those whose names have the words, those of a kind."""
    attached = _matching(own_attachments(user), words, kind).values_list("created_at", "id", _table("attachment"))
    collected = _matching(own_collection_files(user), words, kind).values_list("created_at", "id", _table("collected"))
    both = attached.order_by().union(collected.order_by(), all=True).order_by("-created_at", "-id")
    page = Paginator(both, PAGE_SIZE).get_page(number)
    ids: dict[str, list[UUID]] = defaultdict(list)
    for _created_at, pk, table in page:
        ids[table].append(pk)
    found = _attached(user, ids["attachment"]) | _collected(ids["collected"])
    return [found[pk] for _created_at, pk, _table in page if pk in found], page


def own_attachments(user: User) -> QuerySet[Attachment]:
    """Return what a person uploaded or had made, except in temporary chats, of which nothing is listed."""
    return Attachment.objects.own(user).filter(deleted_at=None)


def own_collection_files(user: User) -> QuerySet[CollectionFile]:
    """Return what a person put into collections that they see."""
    return CollectionFile.objects.visible_to(user).filter(added_by=user)


def kinds_of(user: User) -> list[str]:
    """Return the kinds of which a person has files, in alphabetical order of their names in code."""
    attached = own_attachments(user).order_by()
    kind = Coalesce("document__kind", Value(OTHER))
    kinds = {*attached.filter(thumbnail="").values_list(kind, flat=True).distinct()}
    collected = own_collection_files(user).exclude(document=None).order_by()
    kinds |= {*collected.values_list("document__kind", flat=True).distinct()}
    return sorted(kinds | ({IMAGE} if attached.exclude(thumbnail="").exists() else set()))


def title_of(kind: str) -> str:
    """Return what people call a kind of file."""
    return str(TITLES.get(kind, kind))


def _table(name: str) -> Value:
    return Value(name, output_field=CharField())


def _matching(files: QuerySet[Any], words: str, kind: str) -> QuerySet[Any]:
    if words:
        files = files.filter(name__icontains=words)
    if not kind:
        return files
    is_attachment = files.model is Attachment
    if kind == IMAGE:
        return files.exclude(thumbnail="") if is_attachment else files.none()
    if kind == OTHER:
        return files.filter(document=None, thumbnail="") if is_attachment else files.filter(document=None)
    return files.filter(document__kind=kind)


def _attached(user: User, ids: Iterable[UUID]) -> dict[UUID, OwnFile]:
    found = Attachment.objects.filter(pk__in=ids).select_related("document", "conversation")
    collections = _collections(user, {each.document_id for each in found if each.document_id})
    return {
        each.pk: OwnFile(
            id=each.pk,
            name=each.name,
            kind=each.kind,
            details=details(each.size, each.document),
            created_at=each.created_at,
            thumbnail=reverse("attachment-thumbnail", args=[each.pk]) if each.is_image else "",
            view=reverse("attachment-view", args=[each.pk]),
            download=reverse("attachment", args=[each.pk]),
            url=reverse("own-file", args=[each.pk]),
            is_made=each.made_by_id is not None,
            uses=[*_conversation(each), *collections[each.document_id]],
        )
        for each in found
    }


def _conversation(attachment: Attachment) -> list[Use]:
    conversation: Conversation | None = attachment.conversation
    if conversation is None:
        return []
    address = conversation.get_absolute_url()
    if attachment.made_by_id:
        address += f"?response={attachment.made_by_id}"
    return [Use(str(conversation), address, is_collection=False)]


def _collections(user: User, documents: Iterable[str]) -> dict[str | None, list[Use]]:
    """Return the collections into which others put the same content, by document. One's own are listed themselves."""
    visible = Collection.objects.visible_to(user).values("pk")
    found = (
        CollectionFile.objects.present()
        .filter(document__in=[*documents], collection__in=visible)
        .exclude(added_by=user)
    )
    uses: dict[str | None, list[Use]] = defaultdict(list)
    for digest, pk, name in found.values_list("document", "collection", F("collection__name")):
        uses[digest].append(Use(name, reverse("collection", args=[pk]), is_collection=True))
    return uses


def _collected(ids: Iterable[UUID]) -> dict[UUID, OwnFile]:
    found = CollectionFile.objects.filter(pk__in=ids).select_related("document", "collection")
    return {
        each.pk: OwnFile(
            id=each.pk,
            name=each.name,
            kind=each.document.kind if each.document else OTHER,
            details=details(each.size, each.document),
            created_at=each.created_at,
            thumbnail="",
            view=reverse("collection-file-view", args=[each.pk]),
            download=reverse("collection-content", args=[each.pk]),
            url=reverse("collection-file", args=[each.pk]),
            is_made=False,
            uses=[Use(each.collection.name, reverse("collection", args=[each.collection_id]), is_collection=True)],
            state=each.state,
        )
        for each in found
    }
