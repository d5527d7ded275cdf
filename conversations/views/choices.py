"""What a person may choose to be answered by, and what they prefer."""

import uuid
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.sessions import for_scripts, signed_in
from assistants.choices import Wish
from assistants.models import Default, Favorite
from assistants.offers import offer
from common.refusal import Refused, json_refusals
from conversations.answering.people import person_of
from conversations.live.process import this_process
from conversations.models import Response

RECENT_RESPONSES = 60
MAX_RECENT = 5


def offered(user: User, named: str = "") -> dict[str, object]:
    """Return what the composer's picker offers a person, with the assistant that the page's address names."""
    return offer(this_process().choices, person_of(user.pk), _recent(user), named)


@for_scripts
@require_http_methods(["PUT", "DELETE"])
@json_refusals
def favorite(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Keep an assistant or a model at hand, with PUT; no longer, with DELETE."""
    user = signed_in(request)
    if request.method == "PUT":
        Favorite.objects.bulk_create([Favorite(user=user, **_named(user, pk))], ignore_conflicts=True)
    else:
        _delete(Favorite.objects.filter(Q(assistant=pk) | Q(model=pk), user=user))
    return HttpResponse(status=204)


@for_scripts
@require_http_methods(["PUT", "DELETE"])
@json_refusals
def default(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let an assistant or a model answer whenever the person chooses nothing, with PUT; no longer, with DELETE."""
    user = signed_in(request)
    if request.method == "PUT":
        Default.objects.update_or_create(user=user, defaults=_named(user, pk))
    else:
        _delete(Default.objects.filter(Q(assistant=pk) | Q(model=pk), user=user))
    this_process().choices.forget()
    return HttpResponse(status=204)


def _delete(rows: QuerySet[Any]) -> None:
    if not rows.delete()[0]:
        raise Refused("choice_not_found", _("It is gone already. Reload the page."), status=404)


def _named(user: User, pk: uuid.UUID) -> dict[str, uuid.UUID | None]:
    """Return the fields for an assistant or a model. Raise `Refused` if the person may not use it."""
    person = person_of(user.pk)
    choices = this_process().choices
    if pk in choices.snapshot().models:
        choices.choose(person, Wish(model=pk))
        return {"assistant_id": None, "model_id": pk}
    choices.choose(person, Wish(assistant=pk))
    return {"assistant_id": pk, "model_id": None}


def _recent(user: User) -> list[uuid.UUID]:
    """Return the ids of the assistants and models that answered the person lately, the last one first."""
    choices = this_process().choices
    newest = Response.objects.filter(user=user, imported_from="").order_by("-created_at")
    rows = newest.values_list("assistant_version__assistant", "provider", "model")[:RECENT_RESPONSES]
    found = dict.fromkeys(assistant or choices.model_id(provider, model) for assistant, provider, model in rows)
    return [each for each in found if each][:MAX_RECENT]
