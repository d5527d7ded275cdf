"""Odd chunks made odder: whatever their fields hold, the words that were shown are stored, as JSON that can be."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.chat_completions.stream import ChunkStream
from providers.failures import failure_of_event, failure_of_response, is_error
from providers.items import has_answer, item_text
from providers.responses_api.ends import end_of, is_end, is_withdrawn
from providers.responses_api.events import Delta, Event, encode
from providers.responses_api.output import Output
from providers.responses_api.thinking import Thinking
from standin.odd import chat_answers
from tests.support.chat import chunk

FIELDS = ["id", "object", "index", "delta", "message", "content", "reasoning", "refusal", "tool_calls", "function"]
FIELDS += ["name", "arguments", "finish_reason", "usage", "error", "choices", "annotations", "type", "function_call"]
VALUES: list[Any] = [
    *[None, 0, 1, -1, 2**64, 1.5, float("nan"), True, "", "x", "\ud83d", "\udf0a", "a\0b", "<think>", "</think>\n"],
    *[[], {}, [None], ["x"], [{}], [[]], {"text": "x"}, [{"type": "text", "text": "six"}], "stop", "length", "abort"],
]
CALL = {"index": 0, "id": "a", "type": "function", "function": {"name": "tide", "arguments": "{}"}}


def chunks() -> list[dict[str, Any]]:
    """All chunks of the odd answers that are JSON, and one with a call."""
    lines = [line for answer in chat_answers().values() for line in answer.body.decode().split("\n")]
    found = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]
    return [*found, chunk(tool_calls=[CALL]), chunk(content="Two."), chunk(reasoning="Moon.")]


CHUNKS = chunks()


def odder(value: Any, chance: random.Random) -> Any:
    """The value with some of what is in it left out, added or replaced."""
    if chance.random() < 0.06:
        return chance.choice(VALUES)
    if isinstance(value, list):
        return [odder(inner, chance) for inner in value]
    if not isinstance(value, dict):
        return value
    changed = {name: odder(inner, chance) for name, inner in value.items() if chance.random() > 0.04}
    return changed | ({chance.choice(FIELDS): chance.choice(VALUES)} if chance.random() < 0.05 else {})


@pytest.mark.slow
@settings(max_examples=200)
@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_words_that_were_shown_are_stored_whatever_else_comes(chance, count):
    stream, thinking, output = ChunkStream(), Thinking(), Output()
    shown: list[Event] = []
    frames = [b"data: %b\n\n" % json.dumps(odder(chance.choice(CHUNKS), chance)).encode() for _ in range(count)]
    final: dict[str, Any] = {}
    for event in [*thinking.feed(stream.feed(b"".join(frames))), *thinking.feed(stream.finish()), *thinking.finish()]:
        if isinstance(event, Delta):
            shown += [event] if output.add(event) else []
        elif is_end(event):
            final = end_of(event)["response"]
            failure_of_response(final["error"])
            break
        elif is_error(event):
            failure_of_event(event)
            break
        else:
            output.add(event)
            shown.append(event)

    said = "".join(event.delta for event in shown if isinstance(event, Delta) and "output_text" in event.type)
    items = output.complete(final.get("output"), is_withdrawn=bool(final) and is_withdrawn(final))
    stored = encode(items) + encode(shown)
    assert b"\\u0000" not in stored
    assert Output(items).items() == Output(json.loads(encode(items))).items()
    has_answer(items)
    if b"</think>" not in stored:
        assert len(item_text(items)) >= len(said)
