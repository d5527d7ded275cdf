"""Conversations imported from a file."""

from typing import cast

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from common.bodies import accept_files
from common.refusal import Refused, json_refusals
from conversations.transfers.imports.archive import MAX_BYTES
from conversations.transfers.imports.report import import_file


@accept_files(MAX_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
@json_refusals
def imports(request: HttpRequest) -> HttpResponseBase:
    """Show the import page. POST imports the multipart field `file` and streams its progress: see `import_file()`."""
    if request.method != "POST":
        return render(request, "conversations/import.html", {"max_bytes": MAX_BYTES})
    upload = request.FILES.get("file")
    if upload is None:
        raise Refused("no_file", _("Choose a file."))
    lines = import_file(cast("User", request.user), upload, upload.size or 0)
    return StreamingHttpResponse(lines, content_type="application/x-ndjson", headers={"X-Accel-Buffering": "no"})
