"""The limits of the API that the SDK's types don't express."""

from __future__ import annotations

import re
from typing import Any

from standin.errors import ApiError, Json

NUMBERS: dict[str, tuple[float, float]] = {
    "max_output_tokens": (16, float("inf")),
    "temperature": (0, 2),
    "top_logprobs": (0, 20),
    "top_p": (0, 1),
}
MAX_NAME_CHARACTERS = 64
MAX_TEXT_CHARACTERS = 10 * 2**20
MAX_METADATA_PAIRS, MAX_METADATA_CHARACTERS = 16, 512
MAX_TOOLS = 128
MAX_FUNCTION_NAME_CHARACTERS = 128
FUNCTION_NAME = re.compile(r"[a-zA-Z0-9_-]+")
NOT_WITH_MINIMAL_EFFORT = {"web_search": "web_search", "file_search": "file_search", "image_generation": "image_gen"}
"""The tools that are refused with the effort `minimal`, by the names that the API says then."""


def check_limits(body: Json) -> None:
    """Raise the API's error for the first limit that a body of the right types exceeds."""
    for name, (minimum, maximum) in NUMBERS.items():
        check_number(name, body.get(name), minimum, maximum)
    check_length("safety_identifier", body.get("safety_identifier"), MAX_NAME_CHARACTERS)
    check_metadata(body.get("metadata") or {})
    check_tools(body)
    if isinstance(body["input"], list):
        for index, item in enumerate(body["input"]):
            check_item(item, f"input[{index}]")


def check_tools(body: Json) -> None:
    tools = body.get("tools") or []
    if len(tools) > MAX_TOOLS:
        raise ApiError(
            f"Invalid 'tools': array too long. Expected an array with maximum length {MAX_TOOLS}, "
            f"but got an array with length {len(tools)} instead.",
            param="tools",
            code="array_above_max_length",
        )
    for index, tool in enumerate(tools):
        if tool["type"] == "function":
            check_function_name(tool["name"], f"tools[{index}].name")
    kinds = {tool["type"] for tool in tools}
    if "web_search" in kinds and ((body.get("text") or {}).get("format") or {}).get("type") == "json_object":
        raise ApiError("Web Search cannot be used with JSON mode.")
    refused = sorted(NOT_WITH_MINIMAL_EFFORT[kind] for kind in kinds & NOT_WITH_MINIMAL_EFFORT.keys())
    if refused and (body.get("reasoning") or {}).get("effort") == "minimal":
        raise ApiError(
            f"The following tools cannot be used with reasoning.effort 'minimal': {', '.join(refused)}.", param="tools"
        )


def check_function_name(name: str, param: str) -> None:
    check_length(param, name, MAX_FUNCTION_NAME_CHARACTERS)
    if not FUNCTION_NAME.fullmatch(name):
        raise ApiError(
            f"Invalid '{param}': string does not match pattern. "
            "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
            param=param,
            code="invalid_value",
        )


def check_item(item: Json, path: str) -> None:
    for name in ("id", "call_id"):
        check_length(f"{path}.{name}", item.get(name), MAX_NAME_CHARACTERS)
    for name in ("content", "output"):
        texts = item.get(name)
        if isinstance(texts, list):
            for index, part in enumerate(texts):
                check_length(f"{path}.{name}[{index}].text", part.get("text"), MAX_TEXT_CHARACTERS)
    check_length(f"{path}.output", item.get("output"), MAX_TEXT_CHARACTERS)


def check_metadata(metadata: dict[str, str]) -> None:
    if len(metadata) > MAX_METADATA_PAIRS:
        raise ApiError(
            f"Invalid 'metadata': too many properties. Expected an object with at most {MAX_METADATA_PAIRS} "
            f"properties, but got an object with {len(metadata)} properties instead.",
            param="metadata",
            code="object_above_max_properties",
        )
    for key, value in metadata.items():
        check_length("metadata", key, MAX_NAME_CHARACTERS)
        check_length(f"metadata.{key}", value, MAX_METADATA_CHARACTERS)


def check_number(param: str, value: float | None, minimum: float, maximum: float) -> None:
    if value is None or minimum <= value <= maximum:
        return
    kind = "integer" if isinstance(value, int) else "decimal"
    side, sign, bound = ("below min", ">=", minimum) if value < minimum else ("above max", "<=", maximum)
    raise ApiError(
        f"Invalid '{param}': {kind} {side}imum value. Expected a value {sign} {bound}, but got {value} instead.",
        param=param,
        code=f"{kind}_{side.replace(' ', '_')}_value",
    )


def check_length(param: str, value: Any, maximum: int) -> None:
    if isinstance(value, str) and len(value) > maximum:
        raise ApiError(
            f"Invalid '{param}': string too long. Expected a string with maximum length {maximum}, "
            f"but got a string with length {len(value)} instead.",
            param=param,
            code="string_above_max_length",
        )
