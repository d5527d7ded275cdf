"""What functions return, as what the model gets: bounded, and nothing that couldn't be stored."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from common.pools import MADE
from common.text import replace_nul
from files.kinds.images import prepare
from tools.tool import Result

MAX_IMAGES = 10
MAX_OUTPUT_CHARACTERS = 50_000
"""About as many as 12,000 tokens, which the model reads in each request that follows."""


class ToolFailed(Exception):
    """A call that failed, with words for the model."""


@dataclass(frozen=True)
class Table:
    """Rows of values with the names of their columns, drawn as a table."""

    columns: list[str]
    rows: list[list[Any]]


@dataclass(frozen=True)
class Image:
    """An image as the content of a file, in a format that people can upload, too."""

    data: bytes


async def result_of(given: Any, user_id: UUID) -> Result:
    """Return what a function returned as a result: texts and images as they are, everything else as JSON.

    Images are decoded and made anew, as uploads are. Raise `Refused` if one can't be.
    """
    parts = given if isinstance(given, list | tuple) else [given]
    if not any(isinstance(part, Image) for part in parts):
        return Result(bounded(given if isinstance(given, str) else msgspec.json.encode(given).decode()))
    files = [part.data for part in parts if isinstance(part, Image)]
    texts = [part for part in parts if isinstance(part, str)]
    if len(files) > MAX_IMAGES:
        texts.append(f"[{len(files) - MAX_IMAGES} more images are left out]")
    images = [await MADE.run(user_id, prepare, data) for data in files[:MAX_IMAGES]]
    return Result(bounded("\n".join(texts)), images=tuple(images))


def failed(words: str) -> Result:
    """Return the result of a call that failed."""
    return Result(bounded(words), has_failed=True)


def bounded(text: str) -> str:
    """Return a text that can be stored, cut with a word about it if it is long."""
    kept = replace_nul(text[:MAX_OUTPUT_CHARACTERS], "\N{REPLACEMENT CHARACTER}")
    kept = kept.encode(errors="replace").decode()
    if len(text) > MAX_OUTPUT_CHARACTERS:
        kept += f"\n[cut: the first {MAX_OUTPUT_CHARACTERS} of {len(text)} characters]"
    return kept
