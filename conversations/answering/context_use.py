"""How many tokens a request for a response tells its model: as the provider counted earlier ones, else about."""

from collections.abc import Iterable
from typing import Any

from conversations.answering.history import History, compaction_at, compaction_items
from conversations.models import Compaction, Response
from conversations.models.attachment import attachments_of, load_attachments
from providers import catalog
from providers.items import Item, dicts, item_parts, item_text, tool_text
from providers.refusals import IMAGES, INPUT_FILE

CHARACTERS_PER_TOKEN = 4
IMAGE_TOKENS = 800
HOSTED = {"mcp_call", "code_interpreter_call"}
"""The items of tools that providers run whose texts the model reads again. Those of searches, it doesn't."""
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
    return bool(used) and not has_files(response.input) and used + about(response.input) < limit


def tokens_of(response: Response, history: History) -> int:
    """Return about how many tokens the request has. It blocks."""
    compaction, turns = history.compaction, history.turns
    newest = next((place for place in reversed(range(len(turns))) if _is_counted(turns[place], compaction)), None)
    if newest is None:
        before = about_text(response.instructions) + (_of_compaction(compaction) if compaction else 0)
    else:
        before = counted(turns[newest])
    later = turns if newest is None else turns[newest + 1 :]
    return before + sum(map(of_turn, later)) + about(response.input) + of_files(response)


def of_turn(turn: Response) -> int:
    """Return about how many tokens a message and its answer have. It blocks if there are files."""
    return about(turn.input) + about(turn.output) + of_files(turn)


def has_files(items: Iterable[Item]) -> bool:
    """Return whether there are files in items, other than images."""
    return any(part.get("type") == INPUT_FILE for item in items for part in item_parts(item))


def of_files(turn: Response) -> int:
    """Return about how many tokens the files of a message have. It blocks if there are some."""
    if not has_files(turn.input):
        return 0
    sent = attachments_of(*load_attachments([turn])).values()
    model = catalog.model(turn.provider_id, turn.model)
    documents = [attachment.document for attachment in sent if attachment.document]
    # A model that reads PDFs sees each page, too.
    pages = sum(document.pages or 0 for document in documents if document.kind == "pdf" and model.takes_files)
    return sum(document.tokens for document in documents) + pages * IMAGE_TOKENS


def counted(response: Response) -> int:
    """Return how many tokens the provider counted up to the end of a response; 0 if it didn't."""
    sent = _number(response.usage, "input_tokens")
    return sent and sent + _number(response.usage, "output_tokens")


def about(items: Iterable[Item]) -> int:
    """Return about how many tokens items have."""
    items = list(items)
    images = len([part for item in items for part in item_parts(item) if part.get("type") == IMAGES])
    images += len([item for item in items if item.get("type") == "image_generation_call" and item.get("file_id")])
    of_tools = sum(about_text(tool_text(item)) + about_text(_hosted_text(item)) for item in items)
    return about_text(item_text(items)) + of_tools + IMAGE_TOKENS * images


def _hosted_text(item: Item) -> str:
    """Return what a tool that the provider ran was given and put out."""
    if item.get("type") not in HOSTED:
        return ""
    texts = [item.get(name) for name in ("arguments", "code", "output")]
    texts += [output.get("logs") for output in dicts(item.get("outputs"))]
    return "".join(text for text in texts if isinstance(text, str))


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
