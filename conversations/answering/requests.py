"""The body of `responses.create` for a stored response: chained to the one before, or the whole conversation."""

import contextlib
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.conf import settings

from conversations.attachments import data_url
from conversations.models import Attachment, Response
from providers.capabilities import reasons
from providers.items import Item, item_text

MAX_IMAGE_BYTES = 36_000_000
"""Of all images in a request. It may have 50 MB, and base64 makes four bytes of three."""

CHAINABLE = {Response.Status.COMPLETED, Response.Status.INCOMPLETE}
CHAIN = "previous_response_id"
ENCRYPTED_REASONING = "reasoning.encrypted_content"
"""The reasoning of earlier turns, which goes along if the provider stores nothing."""
OPTIONAL = frozenset({CHAIN, "background", "include", "metadata", "reasoning"})
"""Parameters without which the same message can be asked. `store` is none: its default is to store."""


def build(response: Response, omitted: Collection[str] = ()) -> dict[str, Any]:
    """Return the body of `responses.create`, without what is in `omitted`: parameters, or `ENCRYPTED_REASONING`.

    It continues the provider's stored response if there is one; else it carries the whole conversation.
    """
    body = None if CHAIN in omitted else _chained(response)
    if body is None:
        body = _replayed(response, with_reasoning=ENCRYPTED_REASONING not in omitted)
    if _runs_in_background(response):
        body["background"] = True
    return {name: value for name, value in body.items() if name not in omitted}


def is_stored(response: Response) -> bool:
    """Return whether the provider may keep the answer: never one of a temporary conversation."""
    return settings.STORE and not response.conversation.is_temporary


def truncate_history(response: Response) -> bool:
    """Omit the older half of the turns that are sent before the message. Return False if there are none."""
    earlier = len(response.path()) - 1 - response.omitted_turns
    response.omitted_turns += (earlier + 1) // 2
    return earlier > 0


def _chained(response: Response) -> dict[str, Any] | None:
    """Return the request that relies on the provider's memory; None if there is nothing to chain to.

    A failed or cancelled response is no link: what the provider kept of it isn't known.
    """
    previous = response.previous
    if not is_stored(response) or previous is None or previous.response_id is None or previous.status not in CHAINABLE:
        return None
    return _body(response, response.input) | {CHAIN: previous.response_id}


def _replayed(response: Response, *, with_reasoning: bool) -> dict[str, Any]:
    """Return the request that carries the whole conversation up to this message, less its omitted turns."""
    items: list[Item] = []
    for earlier in response.path()[response.omitted_turns : -1] if response.previous_id else []:
        items += earlier.input
        items += _as_input(earlier.output, with_reasoning=with_reasoning and not is_stored(response))
    return _body(response, items + response.input)


def _runs_in_background(response: Response) -> bool:
    """Return whether the provider is to answer in the background, so that an answer that is cut can be resumed.

    Background answers start later, so by default they are for models that think for long.
    https://platform.openai.com/docs/guides/background
    """
    is_wanted = settings.BACKGROUND == "always" or (settings.BACKGROUND == "auto" and reasons(response.model))
    return is_stored(response) and is_wanted


def _body(response: Response, items: list[Item]) -> dict[str, Any]:
    body = {
        "model": response.model,
        "instructions": response.instructions,
        "input": _with_images(response, items),
        # Explicit although it is the default: some organisations store a response only if the request says so.
        "store": is_stored(response),
        "metadata": {"response_id": str(response.pk)},
    }
    return body if is_stored(response) else body | {"include": [ENCRYPTED_REASONING]}


def _as_input(output: Iterable[Item], *, with_reasoning: bool) -> list[Item]:
    """Return an answer as input items without ids, which the provider would have to know.

    The API refuses reasoning without the item that it led to, and an answer may have been cancelled before that.
    """
    items: list[Item] = []
    reasoning: list[Item] = []
    for item in output:
        if item.get("type") == "reasoning":
            if with_reasoning and item.get("encrypted_content"):
                summary, encrypted = item.get("summary") or [], item["encrypted_content"]
                reasoning.append({"type": "reasoning", "summary": summary, "encrypted_content": encrypted})
            continue
        if item.get("type") == "message" and (text := item_text([item])):
            items += [*reasoning, {"type": "message", "role": "assistant", "content": text}]
        reasoning = []
    return items


def _with_images(response: Response, items: list[Item]) -> list[Item]:
    """Return the items with the contents of attachments in place of their ids.

    All images of the message are sent, and the newest of the earlier ones, as many as a request takes.
    """
    ids = {UUID(part["file_id"]) for item in items for part in _parts(item) if "file_id" in part}
    known = Attachment.objects.filter(pk__in=ids, conversation_id=response.conversation_id)
    attachments = {str(attachment.pk): attachment for attachment in known}
    room = MAX_IMAGE_BYTES

    def filled(part: dict[str, Any], *, is_earlier: bool) -> dict[str, Any]:
        nonlocal room
        if "file_id" not in part:
            return part
        if attachment := attachments.get(part["file_id"]):
            room -= attachment.size
            if is_earlier and room < 0:
                return {"type": "input_text", "text": "[an earlier image, omitted because there are many]"}
            with contextlib.suppress(FileNotFoundError):
                return {"type": "input_image", "detail": part["detail"], "image_url": data_url(attachment)}
        return {"type": "input_text", "text": "[an image that no longer exists]"}

    newest_first = [
        {**item, "content": [filled(part, is_earlier=place >= len(response.input)) for part in item["content"]]}
        if _parts(item)
        else item
        for place, item in enumerate(reversed(items))
    ]
    return newest_first[::-1]


def _parts(item: Item) -> list[dict[str, Any]]:
    content = item.get("content")
    return content if isinstance(content, list) else []
