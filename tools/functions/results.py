"""What functions return, as what the model gets: bounded, and nothing that couldn't be stored."""

from typing import Any
from uuid import UUID

import msgspec

from common.text import replace_nul
from tools.tool import Result

MAX_OUTPUT_CHARACTERS = 50_000
"""About as many as 12,000 tokens, which the model reads in each request that follows."""


class ToolFailed(Exception):
    """A call that failed, with words for the model."""


async def result_of(given: Any, user_id: UUID) -> Result:
    """Return what a function returned as a result: a text as it is, everything else as JSON."""
    return Result(_bounded(given if isinstance(given, str) else msgspec.json.encode(given).decode()))


def failed(words: str) -> Result:
    """Return the result of a call that failed."""
    return Result(_bounded(words), has_failed=True)


def _bounded(text: str) -> str:
    kept = replace_nul(text[:MAX_OUTPUT_CHARACTERS], "\N{REPLACEMENT CHARACTER}")
    kept = kept.encode(errors="replace").decode()
    if len(text) > MAX_OUTPUT_CHARACTERS:
        kept += f"\n[cut: the first {MAX_OUTPUT_CHARACTERS} of {len(text)} characters]"
    return kept
