"""A conversation as a file to download."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from conversations.branches import Branch
from conversations.models import Attachment, Conversation, Response
from conversations.transfers.exports.as_json import as_json
from conversations.transfers.exports.as_markdown import as_markdown
from conversations.transfers.exports.names import file_name


@require_safe
def markdown(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the branch that the page shows as Markdown, with `?response=` as on the page."""
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    try:
        through = uuid.UUID(request.GET["response"]) if "response" in request.GET else None
        branch = Branch(conversation, through)
    except (ValueError, Response.DoesNotExist):
        raise Http404 from None

    def address_of(attachment: Attachment) -> str:
        return request.build_absolute_uri(reverse("attachment", args=[attachment.pk]))

    text = as_markdown(conversation, branch, address_of)
    return HttpResponse(text, headers=_headers("text/markdown; charset=utf-8", file_name(conversation, "md")))


@require_safe
def json(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Return the whole tree with its images as JSON."""
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    headers = _headers("application/json", file_name(conversation, "json"))
    return StreamingHttpResponse(as_json(conversation), headers=headers)


def _headers(content_type: str, name: str) -> dict[str, str]:
    return {
        "Content-Type": content_type,
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
