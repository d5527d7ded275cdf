"""The parameters of a request, by the names under which they are refused: `reasoning.effort`, `temperature`, …"""

import json
from collections.abc import Collection, Iterator
from typing import Any, Literal, get_args

from providers.catalog import ModelInfo
from providers.tool_parts import without_tools

ESSENTIAL = {"model", "input", "instructions", "previous_response_id", "stream", "tools", "tool_choice"}
"""Without these it wouldn't be the same request."""
NESTED = {"reasoning", "text"}
"""Their fields are parameters of their own."""
EFFORT = "reasoning.effort"
CHAT_ONLY = frozenset({"stop", "frequency_penalty", "presence_penalty", "seed", "logit_bias"})
"""Parameters that only chat completions have."""
SETTINGS = {
    EFFORT: "effort",
    "text.verbosity": "verbosity",
    "text.format": "format",
    **{name: name for name in ("temperature", "top_p", "max_output_tokens", "service_tier", *CHAT_ONLY)},
}
"""The parameters that somebody chose, by the names of their settings: who asks is told if one didn't apply.

Nobody misses a summary of the reasoning that an organisation may not have.
"""
SAMPLING = {"temperature", "top_p"}
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
"""How hard a model thinks. Each model takes some of them (`Model.efforts`)."""
Summary = Literal["auto", "concise", "detailed"]
Verbosity = Literal["low", "medium", "high"]
ServiceTier = Literal["auto", "default", "flex", "priority"]
VALUES: dict[str, tuple[str, ...]] = {
    EFFORT: get_args(Effort),
    "reasoning.summary": get_args(Summary),
    "text.verbosity": get_args(Verbosity),
    "service_tier": get_args(ServiceTier),
}
"""What may be chosen of those that have a list of values."""
OTHER_NAMES = {
    "max_output_tokens": {"max_completion_tokens", "max_tokens"},
    "text.format": {"json_object", "json_schema"},
}
"""The parts of a chat completion that say the same."""
HAVE_VALUES = SETTINGS.keys() | VALUES.keys()
"""The parameters of which a single value may be refused."""
INCLUDE = "include"
"""What is to be in the items of an answer, as a list. Each entry may be refused by itself."""
MAX_VALUE_CHARACTERS = 60


def parameters_of(body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the names and the values of the parameters without which the same can be asked.

    `store` is one only if it is true: a server may store by default.
    """
    for name, value in body.items():
        if name in NESTED and isinstance(value, dict):
            yield from ((f"{name}.{inner}", each) for inner, each in value.items())
        elif name not in ESSENTIAL and (name != "store" or value):
            yield name, value


def with_value(name: str, value: Any) -> str:
    """Return the name under which a single value of a parameter is refused: `reasoning.effort=minimal`."""
    written = value if isinstance(value, str) else json.dumps(value)
    return f"{name}={written[:MAX_VALUE_CHARACTERS]}"


def without(body: dict[str, Any], omitted: Collection[str]) -> dict[str, Any]:
    """Return the body without these parameters, values and tools. A provider is always told to store nothing."""
    if not omitted:
        return body
    kept: dict[str, Any] = {}
    for name, value in body.items():
        if name in NESTED and isinstance(value, dict):
            fields = {inner: each for inner, each in value.items() if not _is_in(omitted, f"{name}.{inner}", each)}
            if fields and name not in omitted:
                kept[name] = fields
        elif not _is_in(omitted, name, value) or (name == "store" and not value):
            kept[name] = value
    kept = without_entries(kept, omitted)
    return without_tools(kept, omitted) if "tools" in kept else kept


def without_entries(body: dict[str, Any], omitted: Collection[str]) -> dict[str, Any]:
    """Return the body without these entries of what it includes."""
    if INCLUDE not in body:
        return body
    kept = {name: value for name, value in body.items() if name != INCLUDE}
    entries = [each for each in body[INCLUDE] if INCLUDE not in omitted and with_value(INCLUDE, each) not in omitted]
    return kept | ({INCLUDE: entries} if entries else {})


def untaken(model: ModelInfo, body: dict[str, Any]) -> set[str]:
    """Return the parameters of a request that a model is known not to take."""
    reasoning = body.get("reasoning") or {}
    effort = reasoning.get("effort")
    names: set[str] = set()
    if effort and effort not in model.efforts:
        names.add(EFFORT)
        effort = None
    if not (model.takes_summaries and model.thinks(effort or "")):
        names.add("reasoning.summary")
    if not model.takes_verbosity:
        names.add("text.verbosity")
    if not model.takes_temperature(effort or ""):
        names |= SAMPLING
    return names


def not_applied(wanted: dict[str, Any], parts: Collection[str]) -> list[str]:
    """Return the parameters of those that somebody wanted that aren't among the parts of the request that is sent."""
    return [
        name
        for name, _ in parameters_of(wanted)
        if name in SETTINGS and name not in parts and not OTHER_NAMES.get(name, set()) & set(parts)
    ]


def _is_in(omitted: Collection[str], name: str, value: Any) -> bool:
    return name in omitted or (name in HAVE_VALUES and with_value(name, value) in omitted)
