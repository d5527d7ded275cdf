"""What is found in the text of files: their chunks, filters on their attributes, and a search by words.

https://platform.openai.com/docs/guides/retrieval
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from standin.errors import ApiError, Json

CHARACTERS_OF_TOKEN = 4
MAX_CHUNK_TOKENS, OVERLAP_TOKENS = 800, 400
MIN_WORD_CHARACTERS = 3
WORD = re.compile(rf"\w{{{MIN_WORD_CHARACTERS},}}")
COMMON = {
    *(
        "and",
        "are",
        "but",
        "can",
        "did",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "how",
        "its",
        "may",
        "not",
        "our",
        "that",
    ),
    *(
        "the",
        "their",
        "there",
        "they",
        "this",
        "was",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "you",
        "your",
    ),
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, wanted: found == wanted,
    "ne": lambda found, wanted: found != wanted,
    "gt": lambda found, wanted: found > wanted,
    "gte": lambda found, wanted: found >= wanted,
    "lt": lambda found, wanted: found < wanted,
    "lte": lambda found, wanted: found <= wanted,
    "in": lambda found, wanted: found in wanted,
    "nin": lambda found, wanted: found not in wanted,
}


@dataclass(frozen=True)
class Chunk:
    """A piece of a file's text, as it is searched."""

    file_id: str
    filename: str
    text: str
    attributes: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """A chunk that a search found, and how well it fits: between 0 and 1."""

    chunk: Chunk
    score: float


def chunks(text: str, max_tokens: int = MAX_CHUNK_TOKENS, overlap_tokens: int = OVERLAP_TOKENS) -> Iterator[str]:
    """Yield the pieces of a text, which overlap."""
    size, overlap = max_tokens * CHARACTERS_OF_TOKEN, overlap_tokens * CHARACTERS_OF_TOKEN
    for start in range(0, len(text), size - overlap):
        yield text[start : start + size]
        if start + size >= len(text):
            return


def search(queries: Iterable[str], given: Iterable[Chunk], most: int, threshold: float = 0) -> list[Found]:
    """Return the chunks that have most of the queries' words, the best first."""
    words = {word for query in queries for word in words_of(query)}
    if not words:
        return []
    found = [Found(chunk, len(words & words_of(chunk.text)) / len(words)) for chunk in given]
    fitting = [each for each in found if each.score and each.score >= threshold]
    return sorted(fitting, key=lambda each: -each.score)[:most]


def words_of(text: str) -> set[str]:
    return {word.casefold() for word in WORD.findall(text)} - COMMON


def passes(filters: Json | None, attributes: Json) -> bool:
    """Return whether a file's attributes pass a filter. A file without the attribute passes none."""
    if not filters:
        return True
    kind = filters.get("type")
    if kind in ("and", "or"):
        passed = [passes(each, attributes) for each in filters.get("filters") or []]
        return all(passed) if kind == "and" else any(passed)
    compare = COMPARISONS.get(str(kind))
    if compare is None or "key" not in filters or "value" not in filters:
        raise ApiError("Invalid filter.", param="filters", code="invalid_value")
    try:
        return filters["key"] in attributes and compare(attributes[filters["key"]], filters["value"])
    except TypeError:
        # A number beside a text.
        return False
