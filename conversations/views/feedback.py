"""Feedback on an answer: given, changed and withdrawn."""

import uuid
from collections.abc import Iterable
from typing import Literal

import msgspec
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.sessions import for_scripts, signed_in
from common.refusal import Refused, decoded, json_refusals
from common.text import replace_nul
from conversations.branches import Turn
from conversations.models import Feedback, Response
from conversations.refusals import response_not_found

MAX_COMMENT_CHARACTERS = 2000


class Given(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request that gives feedback."""

    rating: Literal["up", "down"]
    comment: str = ""


@for_scripts
@require_http_methods(["PUT", "DELETE"])
@json_refusals
def feedback(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Store one's own rating and comment with PUT, in place of an earlier one; remove them with DELETE."""
    user = signed_in(request)
    response = (
        Response.objects.visible_to(user)
        .filter(pk=pk, conversation__is_temporary=False)
        .only("pk", "status", "turn")
        .first()
    )
    if response is None:
        raise response_not_found("response")
    if not response.last_of_turn().has_ended:
        raise Refused("response_in_progress", _("This answer isn't complete yet. Rate it when it is."), status=409)
    if request.method == "PUT":
        _put(request, user, response.turn_or_self)
    else:
        Feedback.objects.visible_to(user).filter(response=response.turn_or_self).delete()
    return HttpResponse(status=204)


def own_feedback(turns: Iterable[Turn], user: User | AnonymousUser) -> dict[uuid.UUID, Feedback]:
    """Return what the person thinks of the turns, by response, in one query."""
    own = Feedback.objects.visible_to(user).filter(response__in=[turn.response.pk for turn in turns])
    return {feedback.response_id: feedback for feedback in own}


def _put(request: HttpRequest, user: User, turn: uuid.UUID) -> None:
    given = decoded(request.body, Given)
    comment = replace_nul(given.comment).strip()
    if len(comment) > MAX_COMMENT_CHARACTERS:
        sentence = _("Write no more than %(count)s characters.")
        raise Refused("comment_too_long", sentence % {"count": MAX_COMMENT_CHARACTERS})
    Feedback.objects.update_or_create(
        response_id=turn,
        user=user,
        defaults={"rating": given.rating, "comment": comment, "created_at": timezone.now()},
    )
