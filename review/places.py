"""The places in the list at which its pages begin and end.

A place has the values that a conversation has in an order, with underscores between them. It doesn't name the
conversation, which may be somewhere else in the order when the next page is asked for.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q

from conversations.models import Conversation

PERSON = "user__username"
NEWEST_FIRST = ["-updated_at", "-id"]


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(text)
    return time


READ: dict[str, Callable[[str], Any]] = {PERSON: str, "updated_at": _time, "id": UUID}
"""How the values of the fields are read."""


def names(order: Sequence[str]) -> list[str]:
    """Return the names of the fields of an order."""
    return [field.removeprefix("-") for field in order]


def backwards(order: Sequence[str]) -> list[str]:
    return [field[1:] if field.startswith("-") else f"-{field}" for field in order]


def place_of(conversation: Conversation, order: Sequence[str]) -> str:
    """Return the place of a conversation in an order."""
    values = {
        PERSON: conversation.user.username,
        "updated_at": conversation.updated_at.isoformat(),
        "id": str(conversation.pk),
    }
    return "_".join(values[name] for name in names(order))


def beyond(place: str, order: Sequence[str]) -> Q:
    """Return the condition for what comes after a place in an order.

    Raise `IncorrectLookupParameters` if it isn't a place in this order.
    """
    try:
        if "\0" in place:
            raise ValueError(place)
        # Only the first value may have an underscore of its own.
        texts = place.rsplit("_", len(order) - 1)
        values = [READ[name](text) for name, text in zip(names(order), texts, strict=True)]
    except ValueError:
        raise IncorrectLookupParameters from None
    condition = Q()
    for field, name, value in reversed(list(zip(order, names(order), values, strict=True))):
        way = "lt" if field.startswith("-") else "gt"
        same = Q(**{name: value}) & condition if condition else Q()
        condition = Q(**{f"{name}__{way}": value}) | same
    # An index takes a condition on its first column, but no alternatives.
    first = "lte" if order[0].startswith("-") else "gte"
    return Q(**{f"{names(order)[0]}__{first}": values[0]}) & condition
