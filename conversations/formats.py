"""The response format of an answer: whether the answer is what it says, and what viewers are told of it."""

import logging
from collections.abc import Sequence
from typing import Any

import msgspec

from assistants.formats.check import find_answer_problems
from assistants.formats.problems import MESSAGES, Problem
from assistants.formats.response_format import ResponseFormat
from assistants.request_settings import read_settings
from common.pools import CHECKS
from conversations.models import Response
from providers.items import Item, item_parts

logger = logging.getLogger(__name__)


def format_of(response: Response) -> ResponseFormat | None:
    """Return the format that the answer must have; None if it is Markdown, or if the stored settings aren't any."""
    if "format" not in response.settings:
        return None
    try:
        return read_settings(response.settings).format
    except msgspec.ValidationError:
        return None


async def find_problems(response: Response, status: str, output: Sequence[Item]) -> list[dict[str, Any]] | None:
    """Return why an answer that ended isn't what its format says, as it is stored; None if it has no format."""
    wanted = format_of(response)
    if wanted is None:
        return None
    try:
        found = await CHECKS.run(response.user_id, _check, wanted, status, output)
    except Exception:
        # The answer itself must be stored in any case.
        logger.exception("the format of response %s could not be checked", response.pk)
        found = [Problem("answer_too_large")]
    return [msgspec.to_builtins(problem) for problem in found]


def _check(wanted: ResponseFormat, status: str, output: Sequence[Item]) -> list[Problem]:
    parts = [part for item in output if item.get("type") == "message" for part in item_parts(item)]
    texts = [part["text"] for part in parts if part.get("type") == "output_text" and isinstance(part.get("text"), str)]
    return find_answer_problems(
        # Some models comment on what they do before they answer.
        texts[-1] if texts else "",
        wanted,
        is_cut=status != Response.Status.COMPLETED,
        is_refused=any(part.get("type") == "refusal" for part in parts),
    )


def described(response: Response) -> dict[str, Any]:
    """Return the API's `text.format` of an answer, and its problems with their sentences in English; {} if it has none.

    A page translates the sentences (docs/decisions/0010-translated-where-shown.md).
    """
    wanted = format_of(response)
    if wanted is None:
        return {}
    return {"format": wanted.described(), "problems": problems(response)}


def problems(response: Response) -> list[dict[str, Any]] | None:
    """Return the stored problems with their sentences; None if nobody looked for any."""
    if response.format_problems is None:
        return None
    return [{**problem, "message": MESSAGES[problem["code"]]} for problem in response.format_problems]


def sentences(response: Response) -> list[str]:
    """Return what is wrong with an answer, with the places, in the language that is active."""
    problems = [msgspec.convert(problem, Problem) for problem in response.format_problems or []]
    return [f"{problem.path}: {problem.sentence()}" if problem.path else problem.sentence() for problem in problems]
