"""An answer as the chunks of a chat completion.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from standin import tokens
from standin.errors import Json
from standin.events import WORD, Call, Delivery, Part, Reasoning, Text
from standin.steps import Step


@dataclass(frozen=True)
class Completion:
    """A completion, as its chunks name it."""

    body: Json
    input_tokens: int
    id: str

    def chunk(self, choices: list[Json], **fields: Any) -> Json:
        return {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": self.body["model"],
            "choices": choices,
            **fields,
        }

    def usage(self, parts: list[Part]) -> Json:
        thought, said = tokens_of(parts)
        return {
            "prompt_tokens": self.input_tokens,
            "completion_tokens": thought + said,
            "total_tokens": self.input_tokens + thought + said,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": thought,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }

    def steps(self, parts: list[Part], delivery: Delivery) -> Iterator[Step]:
        """Return all steps of the stream: chunk 0 has the role, chunk 1 the first words."""
        parts, is_cut = limited(parts, delivery.limit)
        has_usage = bool((self.body.get("stream_options") or {}).get("include_usage"))
        padding = {"usage": None} if has_usage else {}

        def step(delta: Json, finish_reason: str | None = None, *, pause: float = delivery.delay) -> Step:
            choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
            return Step(pause=pause, event=self.chunk([choice], **padding))

        yield step({"role": "assistant", "content": "", "refusal": None}, pause=0)
        calls = 0
        for part in parts:
            if isinstance(part, Reasoning):
                yield from (step({"reasoning_content": piece}) for piece in WORD.findall(part.summary))
            elif isinstance(part, Text):
                yield from (step({"content": piece}) for piece in delivery.split(part.text))
            elif isinstance(part, Call):
                call = {"index": calls, **call_of(part, arguments="")}
                yield step({"tool_calls": [call]})
                for piece in WORD.findall(part.arguments):
                    yield step({"tool_calls": [{"index": calls, "function": {"arguments": piece}}]})
                calls += 1
        yield step({}, reason_of(parts, is_cut=is_cut), pause=0)
        if has_usage:
            yield Step(event=self.chunk([], usage=self.usage(parts)))
        yield Step(raw="data: [DONE]\n\n")

    def whole(self, parts: list[Part], delivery: Delivery) -> Json:
        """Return the completion as it is without streaming."""
        parts, is_cut = limited(parts, delivery.limit)
        texts = [part.text for part in parts if isinstance(part, Text)]
        thoughts = [part.summary for part in parts if isinstance(part, Reasoning)]
        calls = [call_of(part, arguments=part.arguments) for part in parts if isinstance(part, Call)]
        message: Json = {"role": "assistant", "content": "".join(texts) or None, "refusal": None, "annotations": []}
        message |= {"reasoning_content": "".join(thoughts)} if thoughts else {}
        message |= {"tool_calls": calls} if calls else {}
        reason = reason_of(parts, is_cut=is_cut)
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
        return self.chunk([choice], usage=self.usage(parts)) | {"object": "chat.completion"}


def new_id() -> str:
    return f"chatcmpl-{secrets.token_hex(16)}"


def call_of(part: Call, *, arguments: str) -> Json:
    return {
        "id": part.call_id or f"call_{secrets.token_urlsafe(18)}",
        "type": "function",
        "function": {"name": part.name, "arguments": arguments},
    }


def limited(parts: list[Part], limit: int | None) -> tuple[list[Part], bool]:
    """Return the parts with their texts truncated to so many tokens, and whether that cut something."""
    if limit is None:
        return parts, False
    kept: list[Part] = [Text(tokens.truncate(part.text, limit)) if isinstance(part, Text) else part for part in parts]
    return kept, kept != parts


def reason_of(parts: list[Part], *, is_cut: bool) -> str:
    if any(isinstance(part, Call) for part in parts):
        return "tool_calls"
    return "length" if is_cut else "stop"


def tokens_of(parts: list[Part]) -> tuple[int, int]:
    """Return how many tokens were thought, and how many were said."""
    thought = sum(tokens.count(part.summary) for part in parts if isinstance(part, Reasoning))
    texts = [part.text for part in parts if isinstance(part, Text)]
    calls = [part.arguments for part in parts if isinstance(part, Call)]
    return thought, sum(map(tokens.count, [*texts, *calls]))
