"""A conversation as a file to download."""

import uuid
from collections.abc import AsyncIterator

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from common.threads import give_back_connection
from conversations.branches import Branch
from conversations.models import Attachment, Conversation, Response
from conversations.transfers.exports.as_json import as_json
from conversations.transfers.exports.as_markdown import as_markdown
from conversations.transfers.exports.as_zip import as_zip
from conversations.transfers.exports.names import file_name


@require_safe
def markdown(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Return the branch that the page shows as Markdown, with `?response=` as on the page."""
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    try:
        through = uuid.UUID(request.GET["response"]) if "response" in request.GET else None
        branch = Branch(conversation, through)
    except (ValueError, Response.DoesNotExist):
        raise Http404 from None

    def address_of(attachment: Attachment) -> str:
        return request.build_absolute_uri(reverse("attachment", args=[attachment.pk]))

    pieces = as_markdown(conversation, branch.path, address_of)
    return _download(pieces, "text/markdown; charset=utf-8", file_name(conversation, "md"))


@require_safe
def json(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Return the whole tree with its files as JSON."""
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    return _download(as_json(conversation), "application/json", file_name(conversation, "json"))


@require_safe
def packed(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Return the whole tree as JSON in a zip, with its files beside it."""
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    return _download(as_zip(conversation), "application/zip", file_name(conversation, "zip"))


def _download(pieces: AsyncIterator[bytes], content_type: str, name: str) -> StreamingHttpResponse:
    # The pieces have connections of their own, and this request's would be kept until the last one is read.
    give_back_connection()
    headers = {
        "Content-Type": content_type,
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(pieces, headers=headers)
