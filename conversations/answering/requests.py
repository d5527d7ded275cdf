"""The body of `responses.create` for a stored response: chained to the one before, or the whole conversation."""

import contextlib
from collections.abc import Collection
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.utils.crypto import salted_hmac

from assistants.handoffs import definitions
from assistants.request_settings import parameters, read_settings
from conversations.answering.history import (
    EARLIER_IMAGES,
    INPUT,
    History,
    are_of_one_turn,
    as_text,
    have_one_provider,
    is_failed,
    outputs_of,
    takes_images,
    unanswered,
    without_images,
)
from conversations.answering.knowledge import Hosted, Knowledge
from conversations.answering.pairing import as_call, chained, paired
from conversations.answering.replay import in_words
from conversations.answering.sent_files import has_files, with_files
from conversations.attachments import data_url
from conversations.models import Attachment, Response
from conversations.models.attachment import id_in
from providers import catalog
from providers.items import Item, Part, as_stored, calls_in, item_parts, replace_parts
from providers.parameters import untaken, without
from providers.refusals import CHAIN, ENCRYPTED_REASONING, IMAGES, INPUT_FILE
from tools.functions import memory
from tools.requests import with_tools

MAX_IMAGE_BYTES = 36_000_000
"""Of all images in a request. It may have 50 MB, and base64 makes four bytes of three."""

CHAINABLE = {Response.Status.COMPLETED, Response.Status.INCOMPLETE}

MIN_CACHED_CHARACTERS = 4096
"""About as many characters as 1,024 tokens have: providers cache nothing shorter."""

CACHED = {"mode": "implicit", "ttl": "30m"}
"""Up to its last message, a request is kept for the next one of the conversation."""

COMPACTED_BY_PROVIDER = 0.75
"""The share of the window from which a provider compacts while it answers, if it can."""
MIN_COMPACT_THRESHOLD = 1000
"""Tokens. The API takes no less."""

FORMAT = "text.format"


def build(response: Response, omitted: Collection[str] = ()) -> dict[str, Any]:
    """Return the body of `responses.create`, without the parts in `omitted` (providers/refusals.py).

    It continues the provider's stored response if there is one; else it carries the whole conversation, without what
    was refused on the way. If that was compacted, it carries the compaction, and the response notes which.
    """
    history = History(response, omitted)
    body = None if CHAIN in omitted else _chained(response, omitted, history)
    if body is None:
        body = _replayed(response, omitted, history)
    history.note()
    if _runs_in_background(response):
        body["background"] = True
    body = _with_tools(without(_with_format(body, response, omitted), omitted), response, omitted)
    return with_files(body, response, history, omitted)


def is_at_hand(response: Response, omitted: Collection[str]) -> bool:
    """Return whether `build` needs neither the database nor files.

    Nothing is attached, there is no collection to search, and there is a chain.
    """
    if has_images(response) or has_files(response) or response.turn_id or response.settings.get("collections"):
        return False
    if response.previous_id is None:
        return True
    if response.conversation.is_compacted:
        return False
    # It is known here, unless the response was taken over.
    is_known = Response._meta.get_field("previous").is_cached(response)
    return is_known and not _follows_calls(response) and CHAIN not in omitted and _link(response) is not None


def wanted(response: Response) -> dict[str, Any]:
    """Return the parameters that somebody chose for a request."""
    return parameters(read_settings(response.settings)) if response.settings else {}


def is_stored(response: Response) -> bool:
    """Return whether the provider may keep the answer: never one of a temporary conversation."""
    return catalog.provider(response.provider_id).store and not response.conversation.is_temporary


def has_file_texts(response: Response) -> bool:
    """Return whether files go along, with the message or before it."""
    turns = [response, *History(response).turns]
    return any(part.get("type") == INPUT_FILE for turn in turns for item in turn.input for part in item_parts(item))


def has_images(response: Response) -> bool:
    """Return whether the message itself has images."""
    return any(part.get("type") == IMAGES for item in response.input for part in item_parts(item))


def truncate_history(response: Response) -> bool:
    """Omit the older half of the turns that are sent before the message. Return False if there are none."""
    history = History(response)
    turns = history.turns
    # Never within the turn of which this is a step.
    earlier = next((place for place, turn in enumerate(turns) if are_of_one_turn(turn, response)), len(turns))
    history.note()
    response.omitted_turns += (earlier + 1) // 2
    return earlier > 0


def has_failed_turns(response: Response) -> bool:
    """Return whether earlier messages are sent whose answers failed."""
    return any(is_failed(turn) and INPUT not in turn.refused for turn in History(response).turns)


def _chained(response: Response, omitted: Collection[str], history: History) -> dict[str, Any] | None:
    """Return the request that relies on the provider's memory; None if there is nothing to chain to."""
    link = _link(response) if history.is_chain else None
    if not link:
        return None
    items = _own_input(response, omitted)
    if response.previous and _follows_calls(response):
        calls = [as_call(item) for _, item in calls_in(response.previous.output)]
        left = unanswered(calls, items)
        outputs = outputs_of([response.previous.pk])[response.previous.pk] if left else []
        items = chained(calls, [*outputs, *items])
    return _body(response, items) | {CHAIN: link}


def _follows_calls(response: Response) -> bool:
    """Return whether the response before this one called tools."""
    previous = response.previous
    if previous is None:
        return False
    # Looked up with the message (ask.py), because its output isn't.
    return previous.has_calls if hasattr(previous, "has_calls") else bool(calls_in(previous.output))


def _link(response: Response) -> str | None:
    """Return the provider's id of the response that can be continued; None if there is none.

    A failed or cancelled response is no link: what the provider kept of it isn't known. Nor is another provider's, nor
    one with calls that nobody answers, nor one with which the provider knows a file that was deleted since.
    """
    previous = response.previous
    if not is_stored(response) or previous is None or previous.status not in CHAINABLE:
        return None
    if response.conversation.has_other_files_since(previous.created_at):
        return None
    if not have_one_provider(previous, response) or not catalog.provider(response.provider_id).can("chain"):
        return None
    return None if EARLIER_IMAGES in response.refused or CHAIN in previous.refused else previous.response_id


def _replayed(response: Response, omitted: Collection[str], history: History) -> dict[str, Any]:
    """Return the request that carries the whole conversation up to this message, less its omitted turns."""
    earlier = history.items(is_stored=is_stored(response))
    items = paired(earlier + _own_input(response, omitted))
    return _body(response, in_words(items, history.calls_in_words()))


def _own_input(response: Response, omitted: Collection[str]) -> list[Item]:
    items = response.input if takes_images(response, omitted) else without_images(response.input)
    items = as_text(items) if INPUT_FILE in response.refused else items
    return [as_stored(item) for item in items]


def _runs_in_background(response: Response) -> bool:
    """Return whether the provider is to answer in the background, so that an answer that is cut can be resumed."""
    provider, model = catalog.provider(response.provider_id), catalog.model(response.provider_id, response.model)
    return is_stored(response) and provider.runs_in_background(model, response.settings.get("effort", ""))


def _body(response: Response, items: list[Item]) -> dict[str, Any]:
    """Return the request for these items. What stays the same comes first: providers cache requests that begin alike.

    https://platform.openai.com/docs/guides/prompt-caching
    """
    return {
        "model": response.model,
        "instructions": response.instructions,
        **_settings(response),
        # Explicit although it is the default: some organisations store a response only if the request says so.
        "store": is_stored(response),
        **({} if is_stored(response) else {"include": [ENCRYPTED_REASONING]}),
        "prompt_cache_key": _cache_key(response),
        **_of_model(response),
        "safety_identifier": safety_identifier(response.user_id),
        "input": _with_images(response, items),
        "metadata": {"response_id": str(response.pk)},
    }


def _of_model(response: Response) -> dict[str, Any]:
    """Return the parameters that only some models have, and that nobody has to choose."""
    model = catalog.model(response.provider_id, response.model)
    parameters: dict[str, Any] = {}
    if model.takes_cache_options:
        parameters["prompt_cache_options"] = CACHED
    if model.takes_context_management and model.input_window:
        # Before the site itself compacts, so that the chain goes on.
        threshold = max(MIN_COMPACT_THRESHOLD, int(COMPACTED_BY_PROVIDER * model.input_window))
        parameters["context_management"] = [{"type": "compaction", "compact_threshold": threshold}]
    return parameters


def safety_identifier(user_id: UUID) -> str:
    """Return the name under which a provider may block a person who abuses it. It can't tell who that is.

    https://platform.openai.com/docs/guides/safety-best-practices
    """
    return str(salted_hmac("safety_identifier", str(user_id), algorithm="sha256").hexdigest())


def _cache_key(response: Response) -> str:
    """Return what requests that begin alike have in common: the assistant, if that is long, else the conversation."""
    is_long = response.assistant_version_id and len(response.instructions) >= MIN_CACHED_CHARACTERS
    return str(response.assistant_version_id if is_long else response.conversation_id)


def _settings(response: Response) -> dict[str, Any]:
    """Return the parameters that somebody chose and the model takes."""
    chosen = wanted(response)
    if not chosen:
        return chosen
    return without(chosen, untaken(catalog.model(response.provider_id, response.model), chosen))


def _with_tools(body: dict[str, Any], response: Response, omitted: Collection[str]) -> dict[str, Any]:
    """Return the body with the tools that are on, and with handoffs, knowledge and memory.

    At a limit of the turn they stay, but none may be called.
    """
    on = response.settings.get("tools") or {}
    functions = definitions(response.settings.get("handoffs") or {})
    if response.settings.get("memory"):
        functions += [each.definition() for each in memory.FUNCTIONS.values()]

    def add(searching: list[dict[str, Any]], hosted: Hosted) -> dict[str, Any]:
        if not on and not functions and not searching and not hosted:
            return body
        further = [*functions, *searching]
        return with_tools(body, on, response.provider_id, response.user_id, omitted, further, hosted)

    body = Knowledge(response).added(add)
    choice = response.settings.get("tool_choice")
    return body | {"tool_choice": choice} if choice and "tools" in body else body


def _with_format(body: dict[str, Any], response: Response, omitted: Collection[str]) -> dict[str, Any]:
    """Return the body with what the model must be told of the response format because its parameters don't say it."""
    answer_format = read_settings(response.settings).format if "format" in response.settings else None
    if answer_format is None:
        return body
    if FORMAT in omitted:
        answer_format = msgspec.structs.replace(answer_format, mode="text")
    instructions = "\n\n".join(filter(None, [body["instructions"], answer_format.instructions()]))
    text_format = answer_format.as_text_format()
    # The API refuses JSON mode if this word isn't in a message. It comes first, so that requests begin alike.
    word = {"type": "message", "role": "developer", "content": "Answer in JSON."}
    is_json_mode = text_format is not None and text_format["type"] == "json_object"
    return body | {"instructions": instructions, "input": [*([word] if is_json_mode else []), *body["input"]]}


def _with_images(response: Response, items: list[Item]) -> list[Item]:
    """Return the items with the contents of attachments in place of their ids.

    All images of the message are sent, and the newest of the earlier ones, as many as a request takes.
    """
    named = (_file_id(part) for item in items for part in item_parts(item))
    ids = {file_id for file_id in named if file_id}
    if not ids:
        return items
    known = Attachment.objects.filter(pk__in=ids, conversation_id=response.conversation_id, deleted_at=None)
    attachments = {str(attachment.pk): attachment for attachment in known}
    room = MAX_IMAGE_BYTES

    def filled(part: Part, *, is_earlier: bool) -> Part:
        nonlocal room
        if (file_id := _file_id(part)) is None:
            return part
        if attachment := attachments.get(str(file_id)):
            room -= attachment.size
            if is_earlier and room < 0:
                return {"type": "input_text", "text": "[an earlier image, omitted because there are many]"}
            with contextlib.suppress(FileNotFoundError):
                return {"type": "input_image", "detail": _detail(response, part), "image_url": data_url(attachment)}
        return {"type": "input_text", "text": "[an image that no longer exists]"}

    newest_first = [
        replace_parts(item, partial(filled, is_earlier=place >= len(response.input)))
        for place, item in enumerate(reversed(items))
    ]
    return newest_first[::-1]


def _detail(response: Response, part: Part) -> str:
    """Return how closely a model looks at an image: as closely as it can, if somebody wants more than that."""
    detail = str(part.get("detail") or "auto")
    takes_original = catalog.model(response.provider_id, response.model).takes_original
    return "high" if detail == "original" and not takes_original else detail


def _file_id(part: Part) -> UUID | None:
    """Return the id of the image that a part names, if it is one of ours."""
    return id_in(part) if part.get("type") == IMAGES else None
