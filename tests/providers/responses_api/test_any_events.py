"""Odd answers made odder: whatever their fields hold, the words that were shown are stored, as JSON that can be."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.items import item_text
from providers.responses_api.stream import EventStream
from standin.odd import all_answers
from tests.support.odd_events import answer_of, odder

FIELDS = [
    "type",
    "object",
    "id",
    "item_id",
    "output_index",
    "content_index",
    "summary_index",
    "part",
    "item",
    "text",
    "delta",
    "response",
    "output",
    "error",
    "status",
    "annotation",
    "content",
    "summary",
    "arguments",
    "choices",
]
VALUES: list[Any] = [
    *[None, 0, 1, -1, 2**64, 1.5, float("nan"), True, "", "x", "msg_1", "\ud83d", "\udf0a", "a\0b", "<think>"],
    *[[], {}, [None], ["x"], [{}], [[]], {"type": "message"}, {"id": None}, "response.completed", "completed"],
    *[{"type": "output_text", "text": None}, [{"type": "output_text", "text": "six"}], "response.output_text.done"],
]


def events() -> list[dict[str, Any]]:
    """All events of the odd answers that are JSON."""
    lines = [line for answer in all_answers().values() for line in answer.body.decode(errors="replace").split("\n")]
    found = []
    for line in lines:
        if line.startswith("data: {"):
            try:
                found.append(json.loads(line.removeprefix("data: ")))
            except ValueError:
                continue
    return found


EVENTS = events()


@pytest.mark.slow
@settings(max_examples=200)
@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_words_that_were_shown_are_stored_whatever_else_comes(chance, count):
    sent = [odder(chance.choice(EVENTS), chance, FIELDS, VALUES) for _ in range(count)]
    answer = answer_of(EventStream(), sent)
    if not answer.is_withdrawn and b"refusal" not in answer.stored:
        assert len(item_text(answer.items)) >= len(answer.said)
