"""What people let models remember about them: short facts, which only they see, and which they edit and delete."""

from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import MAX_MEMORY_CHARACTERS, Memory, User
from common.refusal import Refused
from common.text import one_line

MAX_MEMORIES = 100
"""Of one person: the model reads them all with each message."""


@transaction.atomic
def remember(user_id: UUID, text: str, *, conversation: UUID | None = None, pk: UUID | None = None) -> Memory:
    """Keep a fact, or change the one of this id; what is known already stays as it is. Return it.

    Raise `Refused` if it is empty or too long, or if there are too many.
    """
    text, pk = _checked(text), pk or uuid4()
    # Locked, so that two at the same moment aren't one too many.
    User.objects.select_for_update(no_key=True).get(pk=user_id)
    own = Memory.objects.filter(user_id=user_id)
    if known := own.filter(text=text).exclude(pk=pk).first():
        own.filter(pk=pk).delete()
        return known
    if changed := own.filter(pk=pk).first():
        changed.text = text
        changed.save(update_fields=["text"])
        return changed
    if own.count() >= MAX_MEMORIES:
        raise Refused(
            "too_many_memories",
            _("There are %(number)s memories already. Delete some first.") % {"number": MAX_MEMORIES},
            status=409,
        )
    return Memory.objects.create(pk=pk, user_id=user_id, text=text, conversation=conversation)


def _checked(text: str) -> str:
    text = one_line(text)
    if not text:
        raise Refused("memory_empty", _("A memory needs at least one character."), "text")
    if len(text) > MAX_MEMORY_CHARACTERS:
        raise Refused(
            "memory_too_long",
            _("A memory has at most %(number)s characters.") % {"number": MAX_MEMORY_CHARACTERS},
            "text",
        )
    return text
