"""Prompts: what is shown of them, how many somebody may have, and when a deleted one is removed."""

from datetime import date, timedelta
from typing import Any

from django.db.models.functions import Left
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from assistants.instructions import KNOWN, VARIABLE, known_values
from assistants.models import Prompt
from common.text import one_line
from common.threads import in_thread

MAX_PROMPTS = 200
"""Of one person."""
MAX_CHOICES = 1000
"""Prompts in the list of the message field: that many names can be filtered with each keystroke."""
PREVIEW_CHARACTERS = 100
RETENTION = timedelta(days=1)
"""For how long a deletion can be undone: the page offers that only right after it."""
CHECK_SECONDS = 3600.0


def too_many(user: User) -> str:
    """Return a sentence if a person has as many prompts as anybody may have, else an empty string."""
    if user.prompts.filter(deleted_at=None).count() < MAX_PROMPTS:
        return ""
    return _("You already have %(most)s prompts. Delete one first.") % {"most": MAX_PROMPTS}


def choices(user: User) -> list[dict[str, Any]]:
    """Return the prompts that a person may insert, by name, with the beginnings of their texts."""
    beginning = Left("text", PREVIEW_CHARACTERS * 2)
    rows = Prompt.objects.visible_to(user).values_list("id", "name", beginning)[:MAX_CHOICES]
    return [{"id": str(pk), "name": name, "preview": preview(text)} for pk, name, text in rows]


def preview(text: str) -> str:
    """Return the beginning of a prompt's text on one line."""
    return one_line(text[: PREVIEW_CHARACTERS * 2])[:PREVIEW_CHARACTERS]


def pieces(text: str, user: User, today: date) -> list[str]:
    """Return a text in pieces: texts and names of variables in turn, beginning and ending with a text.

    The variables that the site knows are filled in.
    """
    known = known_values(today=today, name=user.display_name)
    found = [""]
    for index, piece in enumerate(VARIABLE.split(text)):
        if index % 2 and piece not in KNOWN:
            found += [piece, ""]
        else:
            found[-1] += known[piece] if index % 2 else piece
    return found


async def remove_deleted() -> None:
    """Remove the prompts whose deletion can't be undone any more, in a thread."""
    await in_thread(remove_due)()


def remove_due() -> None:
    """Remove the prompts whose deletion can't be undone any more. It blocks."""
    Prompt.objects.filter(deleted_at__lt=timezone.now() - RETENTION).delete()
