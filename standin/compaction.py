"""Compaction: an item that stands for all that was said before it, and that nobody but the stand-in can read.

https://platform.openai.com/docs/guides/conversation-state#managing-the-context-window
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Iterator

import msgspec

from standin import tokens
from standin.errors import ApiError, Json
from standin.events import added, done, new_id
from standin.steps import SEAL, Step

COMPACTION = "compaction"


class Compacted(msgspec.Struct):
    """What a compaction item has sealed."""

    messages: int
    """How many messages of the person it stands for."""
    began: str
    """How the conversation began."""


def compact(items: list[Json]) -> Json:
    """Return the item that stands for these."""
    before = unsealed(items)
    messages = [item for item in items if item.get("role") == "user"]
    began = before.began if before else text_of(messages[0]) if messages else ""
    sealed = Compacted(len(messages) + (before.messages if before else 0), began.split("\n")[0][:80])
    content = SEAL + base64.urlsafe_b64encode(msgspec.json.encode(sealed)).decode()
    return {"id": new_id("cmp"), "type": COMPACTION, "encrypted_content": content}


def compacted_response(items: list[Json], input_tokens: int) -> Json:
    """Return the answer of `POST /responses/compact`: the messages of the person, and the compaction."""
    item = compact(items)
    output = [each for each in items if each.get("role") == "user"] + [item]
    output_tokens = tokens.of_item(item)
    return {
        "id": new_id("resp"),
        "object": "response.compaction",
        "created_at": int(time.time()),
        "output": output,
        "usage": {
            "input_tokens": input_tokens,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": input_tokens + output_tokens,
        },
    }


def steps(item: Json) -> Iterator[Step]:
    """Return the steps with which an answer begins that compacts first."""
    yield added(0, {**item, "encrypted_content": ""})
    yield Step(event={"type": "response.compaction.compacting", "item_id": item["id"], "output_index": 0})
    yield done(0, item)


def threshold(body: Json) -> int | None:
    """Return from how many tokens on a request wants a compaction."""
    entries = body.get("context_management") or []
    return next((entry.get("compact_threshold") for entry in entries if entry["type"] == COMPACTION), None)


def after_compaction(items: list[Json]) -> list[Json]:
    """Return the items that a model is given: what stands before the newest compaction isn't."""
    places = [place for place, item in enumerate(items) if item["type"] == COMPACTION]
    return items[places[-1] :] if places else items


def unsealed(items: list[Json]) -> Compacted | None:
    """Return what the newest compaction among the items says. Raise the API's error if it isn't the stand-in's."""
    newest = next((item for item in reversed(items) if item["type"] == COMPACTION), None)
    if newest is None:
        return None
    content = newest.get("encrypted_content") or ""
    try:
        sealed = base64.urlsafe_b64decode(content.removeprefix(SEAL))
        return msgspec.json.decode(sealed if content.startswith(SEAL) else b"", type=Compacted)
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError):
        raise ApiError(
            f"The encrypted content for item {newest.get('id')} could not be verified.",
            code="invalid_encrypted_content",
        ) from None


def text_of(message: Json) -> str:
    content = message.get("content")
    return content if isinstance(content, str) else "\n".join(part["text"] for part in content or [] if "text" in part)
