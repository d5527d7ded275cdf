"""From a stored response to the body of `responses.create`: by the chain, or replayed from our own rows."""

import contextlib
import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings

from conversations.attachments import data_url
from conversations.models import Attachment, Item, Response, item_text

REASONS = re.compile(r"(?:o\d|gpt-5)(?!.*chat)")

CHAINABLE = {Response.Status.COMPLETED, Response.Status.INCOMPLETE}


def chained(response: Response) -> dict[str, Any] | None:
    """The request that lets the provider remember the conversation; None where it has nothing to chain to.

    A failed or cancelled response is no link: what the provider kept of it is not known.
    """
    previous = response.previous
    if not is_stored(response) or previous is None or previous.response_id is None or previous.status not in CHAINABLE:
        return None
    return _body(response, response.input) | {"previous_response_id": previous.response_id}


def replayed(response: Response, *, with_reasoning: bool = True) -> dict[str, Any]:
    """The request that carries the whole conversation up to this question, less what is to be left out of it.

    Where the provider keeps nothing, its own reasoning goes with it, encrypted, unless it could not read that.
    """
    items: list[Item] = []
    for earlier in response.path()[response.left_out : -1] if response.previous_id else []:
        items += earlier.input
        items += _as_input(earlier.output, with_reasoning=with_reasoning and not is_stored(response))
    return _body(response, items + response.input)


def is_stored(response: Response) -> bool:
    """Whether the provider shall keep the answer: never one of a temporary conversation."""
    return settings.STORE and not response.conversation.is_temporary


def leave_out_more(response: Response) -> bool:
    """Leave out the older half of what is sent before the question; False where nothing is."""
    earlier = len(response.path()) - 1 - response.left_out
    response.left_out += (earlier + 1) // 2
    return earlier > 0


def is_worth_holding(response: Response) -> bool:
    """Whether the provider shall hold the answer while it makes it, so that one that is cut can be resumed.

    That starts later than an answer in the foreground, so by default it is for models that think for long.
    https://platform.openai.com/docs/guides/background
    """
    is_wanted = settings.BACKGROUND == "always" or (
        settings.BACKGROUND == "auto" and REASONS.match(response.model) is not None
    )
    return is_stored(response) and is_wanted


def _body(response: Response, items: list[Item]) -> dict[str, Any]:
    body = {
        "model": response.model,
        "instructions": response.instructions,
        "input": _with_pictures(response, items),
        # Said although it is the default: some organisations keep a response only where it is asked for.
        "store": is_stored(response),
        "metadata": {"response_id": str(response.pk)},
    }
    return body if is_stored(response) else body | {"include": ["reasoning.encrypted_content"]}


def _as_input(output: Iterable[Item], *, with_reasoning: bool) -> list[Item]:
    """What was answered, as plain items: they carry no ids, which would have to be known to the provider."""
    items: list[Item] = []
    for item in output:
        if item.get("type") == "message" and (text := item_text([item])):
            items.append({"type": "message", "role": "assistant", "content": text})
        elif with_reasoning and item.get("type") == "reasoning" and item.get("encrypted_content"):
            summary, encrypted = item.get("summary") or [], item["encrypted_content"]
            items.append({"type": "reasoning", "summary": summary, "encrypted_content": encrypted})
    return items


def _with_pictures(response: Response, items: list[Item]) -> list[Item]:
    """The items with our pictures' contents in place of our ids for them."""
    ids = {UUID(part["file_id"]) for item in items for part in _parts(item) if "file_id" in part}
    pictures = {}
    for picture in Attachment.objects.filter(pk__in=ids, conversation_id=response.conversation_id):
        with contextlib.suppress(FileNotFoundError):
            pictures[str(picture.pk)] = data_url(picture)
    return [
        {**item, "content": [_filled(part, pictures) for part in item["content"]]} if _parts(item) else item
        for item in items
    ]


def _filled(part: dict[str, Any], pictures: dict[str, str]) -> dict[str, Any]:
    if "file_id" not in part:
        return part
    if part["file_id"] not in pictures:
        return {"type": "input_text", "text": "[a picture that is no longer there]"}
    return {"type": "input_image", "detail": part["detail"], "image_url": pictures[part["file_id"]]}


def _parts(item: Item) -> list[dict[str, Any]]:
    content = item.get("content")
    return content if isinstance(content, list) else []
