"""Handoffs: other assistants that one may hand the conversation over to, each a function that the model calls.

They are built on the tree of responses, and named as in the Agents SDK. https://openai.github.io/openai-agents-python/handoffs/
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from accounts.models import User
from assistants.models import Assistant, AssistantVersion
from assistants.request_settings import Handoff
from common.text import one_line
from tools.tool import MAX_NAME_CHARACTERS

PREFIX = "transfer_to_"
MAX_HANDOFFS = 20
"""That an assistant may name: the model reads them all in each request."""


def functions(targets: Iterable[AssistantVersion], taken: Collection[str] = ()) -> dict[str, Handoff]:
    """Return the handoffs to these assistants, by the names of their functions: none of those that are taken."""
    found: dict[str, Handoff] = {}
    for target in targets:
        name = plain = f"{PREFIX}{_slug(target.name)}"[:MAX_NAME_CHARACTERS]
        number = 1
        while name in found or name in taken:
            number += 1
            name = f"{plain[: MAX_NAME_CHARACTERS - 4]}_{number}"
        found[name] = Handoff(target.assistant_id, target.name, one_line(target.description))
    return found


def definition(name: str, handoff: Handoff) -> dict[str, Any]:
    """Return the entry for a handoff in the `tools` of a request."""
    words = f"Hand the conversation over to the assistant {handoff.name}, which answers from then on."
    return {
        "type": "function",
        "name": name,
        "description": f"{words} What it is for: {handoff.description}" if handoff.description else words,
        "parameters": {
            "type": "object",
            "properties": {"reason": {"type": "string", "description": "Why, in a sentence. The person reads it."}},
            "required": ["reason"],
            "additionalProperties": False,
        },
        "strict": True,
    }


def definitions(stored: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the entries for the handoffs that are stored in the settings of a response."""
    handoffs = msgspec.convert(stored, dict[str, Handoff])
    # By name, because providers cache requests that begin alike, and stored JSON keeps no order.
    return [definition(name, handoffs[name]) for name in sorted(handoffs)]


def names(ids: Collection[str], user: User) -> list[str]:
    """Return the names of those of the assistants that a person may use."""
    if not ids:
        return []
    usable = Assistant.objects.visible_to(user).filter(pk__in=ids).select_related("newest")
    found = {str(each.pk): str(each) for each in usable}
    return [found[each] for each in ids if each in found]


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "assistant"
