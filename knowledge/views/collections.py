"""Collections: deleted, and restored for a while."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.sessions import for_scripts, signed_in
from common.refusal import json_refusals
from knowledge.models import Collection
from knowledge.permissions import check_room


@for_scripts
@require_POST
@json_refusals
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a collection. Its files go with it when it can't be restored any more."""
    found = get_object_or_404(Collection.objects.editable_by(signed_in(request)).filter(deleted_at=None), pk=pk)
    Collection.objects.filter(pk=found.pk).update(deleted_at=timezone.now())
    return HttpResponse(status=204)


@for_scripts
@require_POST
@json_refusals
def restore(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Restore a collection that was deleted, if its owner has room for it."""
    found = get_object_or_404(Collection.objects.editable_by(signed_in(request)).select_related("owner"), pk=pk)
    if found.deleted_at:
        check_room(found.owner)
    Collection.objects.filter(pk=found.pk).update(deleted_at=None)
    return HttpResponse(status=204)
