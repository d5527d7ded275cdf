"""Shares: made, listed and revoked by the conversation's owner, read by the team."""

import uuid
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.pools import DOCUMENTS
from common.refusal import Refused, decoded, json_refusals
from common.turns import in_turn
from conversations.batches import page_from
from conversations.branches import Turn
from conversations.models import Conversation, Response, Share
from conversations.representations import drawn, shared

PAGE_SIZE = 100
"""Turns."""
MAX_PAGE_BYTES = 1_000_000
"""Of messages and answers, after which a page ends."""


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
    shares = conversation.shares.select_related("response").defer("response__search", "response__output")
    newest = str(newest_id) if (newest_id := _newest(conversation)) else None
    return JsonResponse({"shares": [_represent(request, share) for share in shares], "newest": newest})


@in_turn(DOCUMENTS, seconds=20)
@require_http_methods(["GET", "HEAD", "DELETE"])
def share(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the shared branch to everybody who is signed in. DELETE revokes one's own share."""
    if request.method == "DELETE":
        get_object_or_404(Share.objects.visible_to(request.user), pk=pk).delete()
        return HttpResponse(status=204)
    readable = Share.objects.readable_by(request.user).select_related("conversation__user", "response")
    found = get_object_or_404(readable, pk=pk)
    page = page_from(
        request.GET.get("from", "0"),
        Response.objects.all(),
        found.response.path_ids(),
        most=PAGE_SIZE,
        max_bytes=MAX_PAGE_BYTES,
    )
    for each in page.responses:
        each.conversation = found.conversation
    # Each turn is shown as the only version at its place: the other versions aren't shared.
    turns = [drawn(Turn(each, [each.pk])) for each in page.responses]
    context = {"share": found, "turns": turns, "page": page, "is_shared": True}
    response = render(request, "conversations/share.html", context)
    # Once revoked, it must be gone from the browser's history too.
    response["Cache-Control"] = "private, no-store"
    return response


def _create(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    wanted = decoded(request.body, NewShare)
    wanted_id = wanted.response or _newest(conversation)
    response = get_object_or_404(conversation.responses, pk=wanted_id)
    if conversation.is_temporary:
        raise Refused("temporary", _("A temporary conversation can't be shared."), status=409)
    if response.is_running:
        raise Refused("response_in_progress", _("This answer isn't complete yet. Share it when it is."), status=409)
    share, is_new = Share.objects.get_or_create(response=response, conversation=conversation)
    return JsonResponse(_represent(request, share), status=201 if is_new else 200)


def _newest(conversation: Conversation) -> uuid.UUID | None:
    return conversation.responses.values_list("pk", flat=True).last()


def _represent(request: HttpRequest, share: Share) -> dict[str, Any]:
    return shared(share, request.build_absolute_uri(share.get_absolute_url()))
