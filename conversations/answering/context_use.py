"""How many tokens a request for a response tells its model: as the provider counted earlier ones, else about."""

from collections.abc import Iterable
from typing import Any

from conversations.answering.history import History, compaction_at, compaction_items
from conversations.models import Compaction, Response
from providers import catalog
from providers.items import Item, item_parts, item_text, tool_text
from providers.refusals import IMAGES

CHARACTERS_PER_TOKEN = 4
IMAGE_TOKENS = 800
SEALED_TOKENS = 1000
"""Of a compaction that only its provider can read, if it didn't count it."""

COMPACTED_SHARE = 0.85
"""The share of the window from which the site compacts. Providers that compact by themselves begin before."""
KEPT_SHARE = 0.1
"""The share of the window that the newest turns may have to be sent as they are, beside a compaction."""


def limit_of(response: Response) -> int | None:
    """Return from how many tokens on what comes before a response is compacted; None if its window isn't known."""
    window = catalog.model(response.provider_id, response.model).input_window
    return int(COMPACTED_SHARE * window) if window else None


def has_room(response: Response, limit: int) -> bool:
    """Return whether the request surely has fewer tokens, as far as that is known without asking the database."""
    if response.previous_id is None:
        # There is nothing that could be compacted.
        return True
    if not Response._meta.get_field("previous").is_cached(response) or response.previous is None:
        return False
    used = counted(response.previous)
    return bool(used) and used + about(response.input) < limit


def tokens_of(response: Response, history: History) -> int:
    """Return about how many tokens the request has. It blocks."""
    compaction, turns = history.compaction, history.turns
    newest = next((place for place in reversed(range(len(turns))) if _is_counted(turns[place], compaction)), None)
    if newest is None:
        before = about_text(response.instructions) + (_of_compaction(compaction) if compaction else 0)
    else:
        before = counted(turns[newest])
    later = turns if newest is None else turns[newest + 1 :]
    return before + sum(map(of_turn, later)) + about(response.input)


def of_turn(turn: Response) -> int:
    """Return about how many tokens a message and its answer have."""
    return about(turn.input) + about(turn.output)


def counted(response: Response) -> int:
    """Return how many tokens the provider counted up to the end of a response; 0 if it didn't."""
    sent = _number(response.usage, "input_tokens")
    return sent and sent + _number(response.usage, "output_tokens")


def about(items: Iterable[Item]) -> int:
    """Return about how many tokens items have."""
    items = list(items)
    images = len([part for item in items for part in item_parts(item) if part.get("type") == IMAGES])
    images += len([item for item in items if item.get("type") == "image_generation_call" and item.get("file_id")])
    return about_text(item_text(items)) + sum(about_text(tool_text(item)) for item in items) + IMAGE_TOKENS * images


def about_text(text: str) -> int:
    """Return about how many tokens a text has."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def _is_counted(turn: Response, compaction: Compaction | None) -> bool:
    """Return whether the provider counted what is sent now too, rather than what was compacted since."""
    return bool(counted(turn)) and turn.compaction == (compaction.pk if compaction else None)


def _of_compaction(compaction: Compaction) -> int:
    if compaction.kind == Compaction.Kind.SUMMARY:
        return about(compaction_items(compaction))
    if compaction.kind == Compaction.Kind.OUTPUT:
        output = compaction.response.output
        return SEALED_TOKENS + about(output[compaction_at(output) or 0 :])
    return (_number(compaction.usage, "output_tokens") or SEALED_TOKENS) + about(compaction.items)


def _number(usage: Any, name: str) -> int:
    """Return a number of tokens; 0 if a provider said something else."""
    tokens = usage.get(name) if isinstance(usage, dict) else None
    return tokens if isinstance(tokens, int) and not isinstance(tokens, bool) and tokens > 0 else 0
