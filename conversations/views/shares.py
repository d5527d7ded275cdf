"""Shares: made, listed and revoked by the conversation's owner, read and continued by the team."""

import uuid
from collections.abc import Iterable
from itertools import chain
from typing import Any, cast

import msgspec
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from common.pools import DOCUMENTS
from common.refusal import Refused, decoded, json_refusals
from common.turns import in_turn
from conversations.batches import page_from
from conversations.branches import Turn
from conversations.models import Conversation, Response, Share
from conversations.models.attachment import load_attachments
from conversations.models.compaction import newest_in_force
from conversations.representations import shared
from conversations.representations.drawn import drawn
from conversations.transfers.copies import own_copy
from conversations.turns import TurnTree
from providers.items import item_text

PAGE_SIZE = 100
"""Turns."""
LIST_SIZE = 50
"""Shares on a page of one's own."""
MAX_PAGE_BYTES = 1_000_000
"""Of messages and answers, after which a page ends."""
UNREAD = ("response__search", "response__output", "response__turn__search", "response__turn__output")
"""What isn't read of the responses in a list of shares."""


class NewShare(msgspec.Struct):
    """The body of a request for a share. `response` is the last one that readers see, by default the newest."""

    response: uuid.UUID | None = None


@require_http_methods(["GET", "HEAD", "POST"])
@json_refusals
def of_conversation(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """List the shares of one's own conversation. POST makes one, or returns the one that exists."""
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    if request.method == "POST":
        return _create(request, conversation)
    shares = conversation.shares.select_related("response__turn").defer(*UNREAD)
    newest = str(newest_id) if (newest_id := _newest(conversation)) else None
    return JsonResponse({"shares": _represent(request, shares), "newest": newest})


@in_turn(DOCUMENTS, seconds=20)
@require_http_methods(["GET", "HEAD", "DELETE"])
def share(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the shared branch to everybody who is signed in. DELETE revokes one's own share."""
    if request.method == "DELETE":
        get_object_or_404(Share.objects.visible_to(request.user), pk=pk).delete()
        return HttpResponse(status=204)
    found = _readable(request, pk)
    if found is None:
        return render(request, "conversations/share_gone.html", status=404)
    page = page_from(
        request.GET.get("from", "0"),
        Response.objects.select_related("assistant_version"),
        _shared_turns(found),
        most=PAGE_SIZE,
        max_bytes=MAX_PAGE_BYTES,
    )
    for each in chain.from_iterable(page.turns):
        each.conversation = found.conversation
    # Each turn is shown as the only version at its place: the other versions aren't shared.
    turns = [
        drawn(Turn(first, [first.pk], steps=steps, compaction=newest_in_force([first, *steps])))
        for first, *steps in page.turns
    ]
    context = {"share": found, "turns": turns, "page": page, "is_shared": True}
    response = render(request, "conversations/share.html", context)
    # Once revoked, it must be gone from the browser's history too.
    response["Cache-Control"] = "private, no-store"
    return response


@in_turn(DOCUMENTS, seconds=20)
@require_POST
def continue_share(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Open the reader's own copy of what is shared; its owner gets the conversation itself."""
    found = _readable(request, pk)
    if found is None:
        return render(request, "conversations/share_gone.html", status=404)
    user = cast("User", request.user)
    return redirect(found.conversation if found.conversation.user_id == user.pk else own_copy(found, user))


@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """List all that one shares, newest first."""
    mine = Share.objects.visible_to(request.user).select_related("conversation", "response__turn")
    page = Paginator(mine.defer(*UNREAD), LIST_SIZE).get_page(request.GET.get("page"))
    found = zip(page, _represent(request, page), strict=True)
    shares = [(share.conversation, represented, share.created_at) for share, represented in found]
    return render(request, "conversations/own_shares.html", {"shares": shares, "page": page})


def _readable(request: HttpRequest, pk: uuid.UUID) -> Share | None:
    shares = Share.objects.readable_by(request.user).select_related("conversation__user", "response")
    return shares.defer("response__search", "response__output").filter(pk=pk).first()


def _create(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    wanted = decoded(request.body, NewShare)
    wanted_id = wanted.response or _newest(conversation)
    named = get_object_or_404(conversation.responses, pk=wanted_id)
    # The whole turn is shared.
    response = named.last_of_turn()
    if conversation.is_temporary:
        raise Refused("temporary", _("A temporary conversation can't be shared."), status=409)
    if not response.has_ended:
        raise Refused("response_in_progress", _("This answer isn't complete yet. Share it when it is."), status=409)
    share, is_new = Share.objects.get_or_create(response=response, conversation=conversation)
    [represented] = _represent(request, [share])
    return JsonResponse(represented, status=201 if is_new else 200)


def _shared_turns(share: Share) -> list[list[uuid.UUID]]:
    """Return the ids of the responses of each turn that a share shows."""
    tree = TurnTree.of(share.conversation)
    return [tree.responses(turn) for turn in tree.up_to(tree.turn_of(share.response_id))]


def _newest(conversation: Conversation) -> uuid.UUID | None:
    return conversation.responses.values_list("pk", flat=True).last()


def _represent(request: HttpRequest, shares: Iterable[Share]) -> list[dict[str, Any]]:
    listed = [*shares]
    messages = (share.response.turn or share.response for share in listed)
    load_attachments(message for message in messages if not item_text(message.input))
    return [shared(share, request.build_absolute_uri(share.get_absolute_url())) for share in listed]
