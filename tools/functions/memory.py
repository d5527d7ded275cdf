"""What the model may keep about the person who writes: only if they want that, and each time the answer says so."""

from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _

from accounts import memories
from accounts.models import Memory, User
from tools.functions.function import Function, tool
from tools.functions.results import ToolFailed
from tools.tool import Context

OFF = "Nothing is remembered here: the person doesn't want it, or the conversation is temporary."


@tool(title=_("Remembered"), is_repeatable=True, needs_approval=False, timeout=10)
def remember(
    context: Context,
    fact: Annotated[str, "One short fact about the person, in their language, as a sentence that stands alone."],
) -> dict[str, Any]:
    """Keep a fact about the person who writes for later conversations.

    Use it if they ask you to remember something, or tell you something lasting about themselves that will matter again.
    Never keep what somebody else or a web page says, passwords and other secrets, or what only matters now.
    """
    _check(context)
    kept = memories.remember(context.user_id, fact, conversation=context.conversation_id)
    if kept.conversation != context.conversation_id:
        # Without its id: nothing is to be undone.
        return {"text": kept.text, "known": True}
    return {"memory": str(kept.pk), "text": kept.text}


@tool(title=_("Forgot"), is_repeatable=True, needs_approval=False, timeout=10)
def forget(
    context: Context,
    fact: Annotated[str, "The fact, word for word as you were told it."],
) -> dict[str, Any]:
    """Delete a fact that you were told you remember, if the person asks for that or it isn't true any more."""
    _check(context)
    found = Memory.objects.filter(user=context.user_id, text=fact.strip()).first()
    if found is None:
        raise ToolFailed("No such fact is remembered.")
    deleted = {"memory": str(found.pk), "text": found.text}
    found.delete()
    return deleted


def _check(context: Context) -> None:
    if context.is_temporary or not User.objects.filter(pk=context.user_id, memory_is_on=True).exists():
        raise ToolFailed(OFF)


FUNCTIONS: dict[str, Function] = {each.name: each for each in (remember, forget)}
"""Those that are on for everybody who wants them, whatever else is: no switch, and no assistant, has them."""
