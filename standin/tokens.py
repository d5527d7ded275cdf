"""Counts of tokens: not those of any model, but plausible, and always the same for the same text."""

from __future__ import annotations

import re

from standin.errors import Json

PIECE = re.compile(r"\s*(?:\w{1,4}|[^\w\s])")
IMAGE_TOKENS = {"low": 85}
DEFAULT_IMAGE_TOKENS = 765
COMPACTION_TOKENS = 100
CACHE_BLOCK_TOKENS = 128
MIN_CACHED_TOKENS = 1024


def count(text: str) -> int:
    return sum(1 for _ in PIECE.finditer(text))


def truncate(text: str, limit: int) -> str:
    """Return the beginning of the text, truncated to `limit` tokens."""
    end = 0
    for number, piece in enumerate(PIECE.finditer(text)):
        if number == limit:
            return text[:end]
        end = piece.end()
    return text


def of_item(item: Json) -> int:
    """Return the tokens of an input or output item. For an image, its `detail` counts, not its base64."""
    content = item.get("content")
    if item.get("type") == "compaction":
        return COMPACTION_TOKENS
    if isinstance(content, str):
        return count(content)
    if isinstance(content, list):
        return sum(of_part(part) for part in content)
    return sum(count(str(item[key])) for key in ("summary", "arguments", "output", "name") if key in item)


def of_part(part: Json) -> int:
    if part["type"] == "input_image":
        return IMAGE_TOKENS.get(part.get("detail", "auto"), DEFAULT_IMAGE_TOKENS)
    return count(part.get("text") or part.get("refusal") or part.get("filename") or "")


def cached(previous: int) -> int:
    """Return how many of an earlier request's tokens the API would find in its prompt cache."""
    return previous // CACHE_BLOCK_TOKENS * CACHE_BLOCK_TOKENS if previous >= MIN_CACHED_TOKENS else 0
