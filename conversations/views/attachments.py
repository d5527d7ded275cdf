"""Files: uploaded, shown, downloaded, and deleted. Files that models made: the same, but not uploaded."""

import logging
import uuid
from pathlib import Path, PurePath

from django.conf import settings
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header, quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_http_methods, require_POST, require_safe

from accounts.sessions import for_scripts, signed_in
from common.bodies import accept_files
from common.refusal import Refused, json_refusals
from common.turns import own_turn
from conversations.attachments import read_made, store
from conversations.models import Attachment
from conversations.representations.files import attached, read_passages
from files.response import FileContent

logger = logging.getLogger(__name__)


@for_scripts
@own_turn
@accept_files(max(settings.MAX_IMAGE_BYTES, settings.MAX_FILE_BYTES))
@require_POST
@json_refusals
def create(request: HttpRequest) -> HttpResponse:
    """Store the file in the multipart field `file`."""
    user = signed_in(request)
    upload = request.FILES.get("file")
    if upload is None:
        raise Refused("no_file", _("Choose a file to attach."))
    return JsonResponse(attached(store(upload, user)), status=201)


@require_http_methods(["GET", "HEAD", "DELETE"])
@conditional_page
@json_refusals
def attachment(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the image, or the file for download. DELETE removes one's own that isn't sent yet."""
    if request.method == "DELETE":
        return _delete(request, pk)
    found = get_object_or_404(Attachment.objects.readable_by(request.user), pk=pk)
    return _file(found, found.file, found.media_type)


@own_turn
@require_safe
@json_refusals
def passages(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return what was read of a file, from the passage with the number `?from=` on, as many as are shown at once."""
    readable = Attachment.objects.readable_by(request.user).select_related("document")
    found = get_object_or_404(readable, pk=pk)
    start = request.GET.get("from", "0")
    if found.is_image or not (start.isascii() and start.isdigit() and len(start) < 10):
        raise Http404
    try:
        document = read_made(found, signed_in(request).pk)
    except FileNotFoundError:
        raise Http404 from None
    return JsonResponse(read_passages(found, document, int(start)))


@require_safe
@conditional_page
def thumbnail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the image's thumbnail, a WebP."""
    found = get_object_or_404(Attachment.objects.readable_by(request.user), pk=pk)
    if not found.is_image:
        raise Http404
    return _file(found, found.thumbnail, "image/webp")


@transaction.atomic
def _delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    # Locked, so that it can't be sent between the check and the deletion.
    visible = Attachment.objects.visible_to(request.user).select_for_update(of=("self",))
    found = get_object_or_404(visible, pk=pk)
    if found.conversation_id:
        raise Refused("already_sent", _("This file has been sent and stays in its conversation."), status=409)
    found.delete()
    return HttpResponse(status=204)


def _file(attachment: Attachment, file: FieldFile, media_type: str) -> HttpResponse:
    stored = PurePath(file.name or "")
    name = PurePath(attachment.name).stem + stored.suffix if attachment.is_image else attachment.name
    headers = {
        "Content-Type": media_type,
        # Whatever isn't an image of ours is never shown: it may be a page with scripts.
        "Content-Disposition": content_disposition_header(not attachment.is_image, name) or "attachment",
        "Cache-Control": "private, max-age=31536000, immutable",
        # Opened by itself it runs nothing, whatever type a browser guesses.
        "Content-Security-Policy": "default-src 'none'; sandbox",
        # Files are named after their content.
        "ETag": quote_etag(stored.stem),
    }
    try:
        return FileContent(Path(file.path), headers)
    except FileNotFoundError:
        logger.error("the file of attachment %s is not there: %s", attachment.pk, file.name)
        raise Http404 from None
