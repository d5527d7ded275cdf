"""Counting tokens: no model's tokeniser, but the same text always gives the same plausible number."""

from __future__ import annotations

import re

from standin.errors import Json

PIECE = re.compile(r"\s*(?:\w{1,4}|[^\w\s])")
PICTURE_TOKENS = {"low": 85}
PICTURE_TOKENS_ELSE = 765
CACHE_BLOCK = 128
CACHE_MINIMUM = 1024


def count(text: str) -> int:
    return sum(1 for _ in PIECE.finditer(text))


def first(text: str, limit: int) -> str:
    """As much of the text's beginning as `limit` tokens hold."""
    end = 0
    for number, piece in enumerate(PIECE.finditer(text)):
        if number == limit:
            return text[:end]
        end = piece.end()
    return text


def of_item(item: Json) -> int:
    """Tokens of one input or output item; a picture counts by its detail, not by its base64."""
    content = item.get("content")
    if isinstance(content, str):
        return count(content)
    if isinstance(content, list):
        return sum(of_part(part) for part in content)
    return sum(count(str(item[key])) for key in ("summary", "arguments", "output", "name") if key in item)


def of_part(part: Json) -> int:
    if part["type"] == "input_image":
        return PICTURE_TOKENS.get(part.get("detail", "auto"), PICTURE_TOKENS_ELSE)
    return count(part.get("text") or part.get("refusal") or part.get("filename") or "")


def cached(previous: int) -> int:
    """What of an earlier request's tokens the API would have found in its prompt cache."""
    return previous // CACHE_BLOCK * CACHE_BLOCK if previous >= CACHE_MINIMUM else 0
