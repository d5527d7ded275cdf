"""Which part of a request a provider refuses, so that the same can be asked without it.

Servers that don't take a parameter, a chain or an image say so with many statuses and in many words, and some don't
say what they refuse.
"""

import re
from collections.abc import Collection
from typing import Any

from providers.failures import CREDIT, NO_IMAGES, TOO_LONG, Failure
from providers.items import dicts, item_parts

CHAIN = "previous_response_id"
IMAGES = "input_image"
ENCRYPTED_REASONING = "reasoning.encrypted_content"
"""The reasoning of earlier turns, which goes along if the provider stores nothing."""
CHAT_ONLY = frozenset({"frequency_penalty", "logit_bias", "presence_penalty", "seed", "stop"})
"""Parameters that only chat completions have."""
CHAT_PARTS = CHAT_ONLY | {
    "developer",
    "json_object",
    "json_schema",
    "max_completion_tokens",
    "max_tokens",
    "stream_options",
}
"""With what only chat completions put so: `developer` is the role of the instructions."""
PARAMETERS = CHAT_PARTS | {"background", "include", "max_output_tokens", "metadata", "reasoning", "store"}
"""Parameters without which the same can be asked. `store` is one only if it is true: a server may store by default."""

REFUSING = {400, 403, 404, 405, 406, 410, 413, 415, 422, 500, 501}
"""The statuses of refusals. One in a stream has none."""
CONTENT_TOO_LARGE = 413
UNSENT = {"connection_error", "connection_lost", "interrupted", "stream_cut", "timeout"}
"""Codes of failures that nobody said."""
OTHERWISE = {401, 429, 503, CREDIT, TOO_LONG}
"""Meanings of failures that are no matter of a part of the request."""
IMAGE_MEANINGS = {NO_IMAGES, "image_refused", "image_too_large", "invalid_image", "invalid_image_url"}

_NAMED = (
    r"""(?:['"`\[.]|\b(?:parameters?|arguments?|fields?|propert(?:y|ies)|keys?|inputs?)(?: supplied)?:? )\s*{name}\b"""
)
_NAMED += r"""|\b{name}(?:['"`\]]|: |\[)"""
# "include" and "store" are everyday words, so they count only if they are named as parameters are.
WORDS = {
    CHAIN: re.compile(rf"{CHAIN}|previous.?response|\bresponses?\b.{{0,80}}\bnot found|no tool output", re.IGNORECASE),
    "background": re.compile(r"\bbackground\b", re.IGNORECASE),
    "include": re.compile(
        rf"{re.escape(ENCRYPTED_REASONING)}|encrypted.content.{{0,40}}\bnot (?:supported|available)|"
        + _NAMED.format(name="include"),
        re.IGNORECASE,
    ),
    "max_output_tokens": re.compile(r"max_output_tokens|\bmax_tokens\b", re.IGNORECASE),
    "metadata": re.compile(r"\bmetadata\b", re.IGNORECASE),
    "reasoning": re.compile(r"\breasoning(_effort)?\b|\bchat_template_kwargs\b", re.IGNORECASE),
    "store": re.compile(_NAMED.format(name="store"), re.IGNORECASE),
    ENCRYPTED_REASONING: re.compile(r"\breasoning\b|encrypted.content", re.IGNORECASE),
    "developer": re.compile(r"\bdeveloper\b|\broles?\b", re.IGNORECASE),
    "json_object": re.compile(r"json_object|response_format|\bjson mode\b", re.IGNORECASE),
    "json_schema": re.compile(r"json_schema|response_format|\bstructured output", re.IGNORECASE),
    "max_completion_tokens": re.compile(r"max_completion_tokens", re.IGNORECASE),
    "max_tokens": re.compile(r"\bmax_tokens\b", re.IGNORECASE),
    "stream_options": re.compile(r"stream_options|include_usage", re.IGNORECASE),
    **{name: re.compile(_NAMED.format(name=name), re.IGNORECASE) for name in CHAT_ONLY},
    IMAGES: re.compile(r"image|\bpictures?\b|\bvision\b|\bmultimodal\b", re.IGNORECASE),
}

INVALID_SCHEMA = re.compile(r"\binvalid (json )?schema\b", re.IGNORECASE)

ALIASES = {
    "chat_template_kwargs": {"reasoning"},
    "reasoning_effort": {"reasoning"},
    "response_format": {"json_object", "json_schema"},
}
"""The parts that a parameter of chat completions stands for, if they have another name."""


def parts_of(body: dict[str, Any]) -> set[str]:
    """Return the parts of the request without which the same can be asked."""
    parts = {name for name in PARAMETERS | {CHAIN} if name in body and (name != "store" or body["store"])}
    items = list(dicts(body.get("input")))
    if any(item.get("type") == "reasoning" for item in items):
        parts.add(ENCRYPTED_REASONING)
    if any(part.get("type") == IMAGES for item in items for part in item_parts(item)):
        parts.add(IMAGES)
    return parts


def without(body: dict[str, Any], parts: Collection[str]) -> dict[str, Any]:
    """Return the body without these parameters. A provider is always told to store nothing."""
    return {name: value for name, value in body.items() if name not in parts or (name == "store" and not value)}


def is_refusal(problem: Failure) -> bool:
    """Return whether the provider refused something, rather than being busy, unpaid or unreachable."""
    if problem.meaning in OTHERWISE or problem.code in UNSENT:
        return False
    return problem.status in REFUSING or problem.status is None


def named_parts(problem: Failure, parts: Collection[str]) -> set[str]:
    """Return those of the parts of a request that the refusal names, by its code, its parameter or its words."""
    if not is_refusal(problem):
        return set()
    parameter = re.split(r"[.\[]", problem.param or "")[0]
    if problem.code == "previous_response_not_found":
        named = {CHAIN}
    elif found := {parameter, *ALIASES.get(parameter, ())} & set(parts):
        named = found
    elif problem.meaning in IMAGE_MEANINGS or problem.status == CONTENT_TOO_LARGE or "image" in (problem.param or ""):
        named = {IMAGES}
    elif problem.code == "invalid_encrypted_content":
        named = {ENCRYPTED_REASONING}
    else:
        named = {part for part in parts if WORDS[part].search(problem.detail)}
    if problem.code == "invalid_json_schema" or INVALID_SCHEMA.search(problem.detail):
        # Schemas are taken, but not this one.
        named -= {"json_schema"}
    return named & set(parts)


def guessed_parts(problem: Failure, parts: Collection[str], accepted: Collection[str]) -> set[str]:
    """Return the parts that an unclear refusal may mean: those that this provider never accepted with this model.

    A chain is worth a try by itself. Parameters come next, and then images, which are missed the most.
    """
    if not is_refusal(problem) or problem.is_clear:
        return set()
    unknown = set(parts) - set(accepted)
    if CHAIN in unknown:
        return {CHAIN}
    if problem.status in {400, 422, 501} and (parameters := unknown & PARAMETERS - {"store"}):
        return parameters
    return unknown & {IMAGES}


def is_lasting(problem: Failure, part: str, accepted: Collection[str]) -> bool:
    """Return whether the part would be refused in other requests, too, with this provider and model.

    One response, one image or one piece of reasoning may be refused for what it is.
    """
    if part == IMAGES:
        return problem.meaning == NO_IMAGES
    if part == CHAIN:
        is_one = problem.code == "previous_response_not_found" or "no tool output" in problem.detail.lower()
        return not is_one and CHAIN not in accepted
    return part in PARAMETERS


def refuses_input(problem: Failure) -> bool:
    """Return whether the provider refused what was said, so that it would refuse it in later requests, too."""
    return problem.meaning == TOO_LONG or (
        is_refusal(problem) and problem.meaning in {400, CONTENT_TOO_LARGE, *IMAGE_MEANINGS}
    )
