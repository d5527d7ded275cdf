"""The page that shows a file of a conversation."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from conversations.models import Attachment
from files.page import ShownFile, file_page
from files.words import details


@require_safe
def file(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Return the page of a file or an image, open at `?page=` and `?passage=`."""
    found = get_object_or_404(Attachment.objects.readable_by(request.user).select_related("document"), pk=pk)
    address = reverse("attachment", args=[pk])
    shown = ShownFile(
        found.name, found.kind, details(found.size, found.document), address, reverse("attachment-passages", args=[pk])
    )
    return file_page(request, shown)
