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

MAX_PICTURE_BYTES = 36_000_000
"""A request may have 50 MB, and base64 makes four bytes of three."""

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
    """What was answered, as plain items: they carry no ids, which would have to be known to the provider.

    Reasoning is refused without the item that it led to, and an answer may have been stopped before that.
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


def _with_pictures(response: Response, items: list[Item]) -> list[Item]:
    """The items with our pictures' contents in place of our ids for them.

    The question's own go out all, and of the earlier ones the newest, as many as a request takes.
    """
    ids = {UUID(part["file_id"]) for item in items for part in _parts(item) if "file_id" in part}
    known = Attachment.objects.filter(pk__in=ids, conversation_id=response.conversation_id)
    pictures = {str(picture.pk): picture for picture in known}
    room = MAX_PICTURE_BYTES

    def filled(part: dict[str, Any], *, is_earlier: bool) -> dict[str, Any]:
        nonlocal room
        if "file_id" not in part:
            return part
        if picture := pictures.get(part["file_id"]):
            room -= picture.size
            if is_earlier and room < 0:
                return {"type": "input_text", "text": "[an earlier picture that is left out, because there are many]"}
            with contextlib.suppress(FileNotFoundError):
                return {"type": "input_image", "detail": part["detail"], "image_url": data_url(picture)}
        return {"type": "input_text", "text": "[a picture that is no longer there]"}

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
