"""A file of a collection, read: its passages, its content, and the page that shows it at a passage."""

import logging
import uuid
from pathlib import Path

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header, quote_etag
from django.views.decorators.http import conditional_page, require_safe

from accounts.sessions import for_scripts, signed_in
from common.refusal import json_refusals
from files.languages import language_of
from files.page import ShownFile, file_page
from files.response import FileContent
from files.words import details
from knowledge.models import CollectionFile

logger = logging.getLogger(__name__)

PASSAGES = 100
"""Of one request."""
MAX_FROM = 10_000_000


@require_safe
def page(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the page of a file, open at `?page=` and `?passage=`: where citations lead."""
    found = get_object_or_404(CollectionFile.objects.readable_by(signed_in(request)).select_related("document"), pk=pk)
    kind = found.document.kind if found.document else ""
    address, text = (reverse(name, args=[pk]) for name in ("collection-content", "collection-passages"))
    return file_page(request, ShownFile(found.name, kind, details(found.size, found.document), address, text))


@for_scripts
@require_safe
@json_refusals
def passages(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the text of a file that was read, in passages, from the one that `?from=` names."""
    readable = CollectionFile.objects.readable_by(signed_in(request)).select_related("document")
    found = get_object_or_404(readable, pk=pk)
    given = request.GET.get("from", "")
    first = min(int(given), MAX_FROM) if given.isascii() and given.isdigit() else 0
    document = found.document
    if document is None:
        raise Http404
    rows = document.passages.filter(number__gte=first).order_by("number")
    values = [*rows.values("number", "page", "label", "text")[: PASSAGES + 1]]
    return JsonResponse(
        {
            "passages": values[:PASSAGES],
            "next": values[PASSAGES]["number"] if len(values) > PASSAGES else None,
            "kind": document.kind,
            "name": found.name,
            "pages": document.pages,
            "language": language_of(found.name, document.media_type) if document.kind == "text" else "",
            "is_truncated": document.is_truncated,
        }
    )


@require_safe
@conditional_page
def content(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return a file as it was added, for download."""
    found = get_object_or_404(CollectionFile.objects.readable_by(signed_in(request)), pk=pk)
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=found.name) or "attachment",
        "Cache-Control": "private, no-cache",
        # Opened by itself it runs nothing, whatever type a browser guesses.
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "ETag": quote_etag(found.digest),
    }
    try:
        return FileContent(Path(default_storage.path(found.path)), headers)
    except FileNotFoundError:
        logger.error("the file %s of a collection is not there", found.pk)
        raise Http404 from None
