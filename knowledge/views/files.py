"""The files of a collection: added, read again, deleted and restored. Pages' scripts ask for all of it."""

import uuid
from datetime import datetime

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.sessions import for_scripts, signed_in
from common.bodies import accept_files
from common.pools import FILES
from common.refusal import Refused, decoded, json_refusals
from common.threads import give_back_connection
from common.turns import own_turn
from knowledge import content
from knowledge.models import Collection, CollectionFile


class Restored(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request that takes a deletion back: when that was."""

    deleted_at: datetime


@for_scripts
@require_http_methods(["DELETE", "PATCH"])
@json_refusals
def of_collection(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete all files of a collection, and say when. PATCH restores what was deleted then."""
    editable = Collection.objects.editable_by(signed_in(request)).filter(deleted_at=None)
    collection = get_object_or_404(editable, pk=pk)
    if request.method == "DELETE":
        return JsonResponse({"deleted_at": content.delete(collection.files.all()).isoformat()})
    deleted_at = decoded(request.body, Restored).deleted_at
    return JsonResponse({"restored": content.restore(collection, deleted_at)})


@for_scripts
@own_turn
@accept_files(settings.MAX_FILE_BYTES)
@require_POST
@json_refusals
def add(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Add the file in the multipart field `file` to a collection. It is read soon afterwards."""
    user = signed_in(request)
    collection = get_object_or_404(Collection.objects.editable_by(user).filter(deleted_at=None), pk=pk)
    upload = request.FILES.get("file")
    if upload is None:
        raise Refused("no_file", _("Choose a file."))
    give_back_connection()
    with FILES.turn(user.pk):
        added = content.add(collection, upload, user)
    return JsonResponse(content.described(added), status=201)


@for_scripts
@require_POST
@json_refusals
def read_again(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Read all files of a collection again that couldn't be read."""
    editable = Collection.objects.editable_by(signed_in(request)).filter(deleted_at=None)
    return JsonResponse({"files": content.read_all_again(get_object_or_404(editable, pk=pk))})


@for_scripts
@require_http_methods(["POST", "DELETE", "PATCH"])
@json_refusals
def file(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Read one file again that couldn't be read, with POST. DELETE deletes it, and PATCH restores it."""
    editable = CollectionFile.objects.editable_by(signed_in(request)).select_related("collection", "document")
    found = get_object_or_404(editable, pk=pk)
    if request.method == "PATCH":
        if found.deleted_at and not content.restore(found.collection, found.deleted_at, only=found):
            raise Refused("added_again", _("This file was added again meanwhile."), status=409)
        return HttpResponse(status=204)
    if found.deleted_at:
        raise Refused("file_not_found", _("This file was deleted."), status=404)
    if request.method == "DELETE":
        content.delete(CollectionFile.objects.filter(pk=found.pk))
        return HttpResponse(status=204)
    return JsonResponse(content.described(content.read_again(found)))
