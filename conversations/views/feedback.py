"""What one thinks of an answer: given, changed, and taken back."""

import uuid
from collections.abc import Iterable
from typing import Literal

import msgspec
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from conversations.branches import Turn
from conversations.models import Feedback, Response

LONGEST_COMMENT = 2000


class Given(msgspec.Struct, forbid_unknown_fields=True):
    rating: Literal["up", "down"]
    comment: str = ""


@login_not_required  # The page's script gets a sentence instead of the sign-in page.
@require_http_methods(["PUT", "DELETE"])
def feedback(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One's own thumb, with a word on why: PUT puts it in the place of whatever was there, DELETE takes it back."""
    if not request.user.is_authenticated:
        return _error("unauthenticated", _("You are signed out. Sign in again to go on."), 401)
    response = (
        Response.objects.visible_to(request.user)
        .filter(pk=pk, conversation__is_temporary=False)
        .only("pk", "status")
        .first()
    )
    if response is None:
        return _error("response_not_found", _("This answer is not there any more. Please reload the page."), 404)
    if response.is_running:
        return _error("response_in_progress", _("This answer is still being written. Please wait for its end."), 409)
    if request.method == "PUT":
        return _put(request, request.user, response)
    Feedback.objects.visible_to(request.user).filter(response=response).delete()
    return HttpResponse(status=204)


def attach_own(turns: Iterable[Turn], user: User | AnonymousUser) -> None:
    """Have `own_feedback` on the response of each turn, in one query for all: a list of one or of none."""
    own = Prefetch("feedback", queryset=Feedback.objects.visible_to(user), to_attr="own_feedback")
    prefetch_related_objects([turn.response for turn in turns], own)


def _put(request: HttpRequest, user: User, response: Response) -> HttpResponse:
    try:
        given = msgspec.json.decode(request.body, type=Given)
    except (msgspec.DecodeError, RecursionError):
        return _error("invalid_request", _("The page sent something that is no feedback. Please reload it."), 400)
    # PostgreSQL stores every character but this one.
    comment = given.comment.replace("\0", "").strip()
    if len(comment) > LONGEST_COMMENT:
        sentence = _("Please write no more than %(count)s characters.")
        return _error("comment_too_long", sentence % {"count": LONGEST_COMMENT}, 400)
    Feedback.objects.update_or_create(
        response=response,
        user=user,
        defaults={"rating": given.rating, "comment": comment, "created_at": timezone.now()},
    )
    return HttpResponse(status=204)


def _error(code: str, message: str, status: int) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "message": message}}, status=status)
