"""Odd chunks made odder: whatever their fields hold, the words that were shown are stored, as JSON that can be."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.chat_completions.stream import ChunkStream
from providers.items import item_text
from standin.odd import chat_answers
from tests.support.chat import chunk
from tests.support.odd_events import answer_of, odder

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


@pytest.mark.slow
@settings(max_examples=200)
@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_words_that_were_shown_are_stored_whatever_else_comes(chance, count):
    sent = [odder(chance.choice(CHUNKS), chance, FIELDS, VALUES) for _ in range(count)]
    answer = answer_of(ChunkStream(), sent)
    if b"</think>" not in answer.stored:
        assert len(item_text(answer.items)) >= len(answer.said)
