"""The response object as it is when a response is created."""

from __future__ import annotations

import time

from standin.errors import Json
from standin.events import new_id

ECHOED = {
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "safety_identifier": None,
    "parallel_tool_calls": True,
    "temperature": 1.0,
    "tool_choice": "auto",
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
}
"""The parameters that the response repeats, with their defaults."""


def new_response(body: Json) -> Json:
    """Return the response to a request. It has no `usage` yet."""
    background = bool(body.get("background"))
    return {
        "id": new_id("resp"),
        "object": "response",
        "created_at": int(time.time()),
        "status": "queued" if background else "in_progress",
        "background": background,
        "completed_at": None,
        "error": None,
        "incomplete_details": None,
        "model": body["model"],
        "output": [],
        "metadata": body.get("metadata") or {},
        "reasoning": {"effort": None, "summary": None, **(body.get("reasoning") or {})},
        "service_tier": "default",
        "text": {"format": {"type": "text"}, "verbosity": "medium", **(body.get("text") or {})},
        "tools": [without_secrets(tool) for tool in body.get("tools") or []],
        **{name: default if body.get(name) is None else body[name] for name, default in ECHOED.items()},
    }


def without_secrets(tool: Json) -> Json:
    """Return a tool without its secrets, which the API does not return."""
    return {key: value for key, value in tool.items() if key not in ("authorization", "headers")}
