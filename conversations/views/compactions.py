"""Taking a compaction back, so that the whole conversation is sent again."""

import uuid

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.sessions import for_scripts, signed_in
from common.refusal import json_refusals
from conversations.live.groups import for_followers
from conversations.live.process import this_process
from conversations.models import Compaction
from conversations.refusals import response_not_found
from conversations.representations.compactions import compacted


@for_scripts
@require_http_methods(["DELETE"])
@json_refusals
def compaction(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back a compaction of one's own conversation. Its row stays."""
    user = signed_in(request)
    own = Compaction.objects.visible_to(user).filter(pk=pk)
    found = own.select_related("response").defer("response__search").first()
    if found is None:
        raise response_not_found("compaction")
    if own.filter(taken_back_at=None).update(taken_back_at=timezone.now(), taken_back_by=user):
        found.refresh_from_db(fields=["taken_back_at"])
        async_to_sync(this_process().news.publish)(for_followers(found.response.conversation_id, compacted(found)))
    return HttpResponse(status=204)
