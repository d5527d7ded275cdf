"""Chat completions in place of responses: some servers answer with them although they were asked for the other."""

from typing import Any

from providers.items import dicts
from providers.responses_api.events import Delta, Event

TEXTS = {
    "reasoning_content": "response.reasoning_text.delta",
    "reasoning": "response.reasoning_text.delta",
    "content": "response.output_text.delta",
    "refusal": "response.refusal.delta",
}
"""The fields of a chat message that are texts, and what each is as an event."""
CUT = {
    "length": "max_output_tokens",
    "max_tokens": "max_output_tokens",
    "model_length": "max_output_tokens",
    "content_filter": "content_filter",
}
"""Why an answer is incomplete, by the reason why a chat completion finished."""


class ChatStream:
    """A reader of the chunks of a chat completion, or of a whole one."""

    def __init__(self) -> None:
        self._finish_reason: str | None = None
        self._usage: dict[str, Any] | None = None

    def read(self, chunk: dict[str, Any]) -> list[Event]:
        """Return the events that say the same as a chunk."""
        if isinstance(usage := chunk.get("usage"), dict):
            self._usage = usage_of(usage)
        events: list[Event] = []
        if chunk.get("error"):
            events.append({"type": "error", "error": chunk["error"]})
        choice: dict[str, Any] = next(dicts(chunk.get("choices")), {})
        if isinstance(reason := choice.get("finish_reason"), str):
            self._finish_reason = reason
        message = choice.get("delta") or choice.get("message")
        said: dict[str, Any] = message if isinstance(message, dict) else {}
        for name, kind in TEXTS.items():
            if isinstance(text := said.get(name), str) and text:
                is_thought = kind == TEXTS["reasoning"]
                events.append(Delta(type=kind, delta=text, output_index=0 if is_thought else 1, content_index=0))
        return events

    def finish(self) -> Event | None:
        """Return the end, if the completion has said that it finished."""
        if self._finish_reason is None:
            return None
        response: dict[str, Any] = {"status": "completed", "usage": self._usage}
        if reason := CUT.get(self._finish_reason):
            response |= {"status": "incomplete", "incomplete_details": {"reason": reason}}
        return {"type": f"response.{response['status']}", "response": response}


def usage_of(usage: dict[str, Any]) -> dict[str, Any]:
    """Return a completion's usage as that of a response. The details are often missing."""
    counts = {"input_tokens": _count(usage, "prompt_tokens"), "output_tokens": _count(usage, "completion_tokens")}
    cached = _count(usage.get("prompt_tokens_details"), "cached_tokens") or _count(usage, "prompt_cache_hit_tokens")
    return {
        "input_tokens": counts["input_tokens"],
        "input_tokens_details": {"cached_tokens": cached},
        "output_tokens": counts["output_tokens"],
        "output_tokens_details": {
            "reasoning_tokens": _count(usage.get("completion_tokens_details"), "reasoning_tokens")
        },
        "total_tokens": _count(usage, "total_tokens") or sum(counts.values()),
    }


def _count(owner: Any, name: str) -> int:
    value = owner.get(name) if isinstance(owner, dict) else None
    return value if type(value) is int and value >= 0 else 0
