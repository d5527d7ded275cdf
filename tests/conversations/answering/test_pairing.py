"""Calls of tools and their outputs in a request: each call has one output, each output a call, whatever was lost."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from conversations.answering.pairing import ANSWERED, MAX_CALL_ID, as_call, chained, paired
from providers.chat_completions.requests import to_chat
from providers.chat_completions.servers import Server
from providers.items import CALLS, call_id_of
from providers.items import IDS as FIELDS


def field_of(kind: str) -> str:
    """Return the field that pairs a call with its output."""
    return FIELDS.get(kind, "call_id")


IDS = some.sampled_from(["call_1", "call_2", "call_3", "", "x" * 70])
KINDS = some.sampled_from(sorted(CALLS))
CALL = some.builds(lambda kind, pk: {"type": kind, field_of(kind): pk, "name": "tide", "arguments": "{}"}, KINDS, IDS)
OUTPUT = some.builds(
    lambda kind, pk, n: {"type": CALLS[kind], field_of(CALLS[kind]): pk, "output": str(n)}, KINDS, IDS, some.integers()
)
USER = some.just({"type": "message", "role": "user", "content": "How high?"})
ANSWER = some.just({"type": "message", "role": "assistant", "content": "Two metres."})
ITEMS = some.lists(CALL | OUTPUT | USER | ANSWER, max_size=20)


def pairs(items: list[dict[str, Any]]) -> None:
    """Check the rule of the API, and that of servers that want the outputs before the user goes on."""
    open_calls: set[tuple[str, str]] = set()
    for item in items:
        if item["type"] in CALLS:
            open_calls.add((item["type"], call_id_of(item)))
        elif item["type"] in ANSWERED:
            open_calls.remove((ANSWERED[item["type"]], call_id_of(item)))
        elif item["role"] == "user":
            assert not open_calls
    assert not open_calls
    ids = Counter(call_id_of(item) for item in items if item["type"] in CALLS)
    assert all(count == 1 and 0 < len(pk) <= MAX_CALL_ID for pk, count in ids.items())


@given(ITEMS)
def test_every_call_has_one_output_and_every_output_a_call(items):
    found = paired(items)
    pairs(found)
    assert paired(found) == found
    kept = [item for item in found if item["type"] not in ANSWERED]
    assert [item["type"] for item in kept] == [item["type"] for item in items if item["type"] not in ANSWERED]


@given(some.lists(CALL, max_size=5), ITEMS)
def test_chained_request_answers_exactly_the_calls_that_the_provider_knows(calls, items):
    rest = [item for item in items if item["type"] not in CALLS]
    found = chained(calls, rest)
    answered = [(ANSWERED[item["type"]], call_id_of(item)) for item in found if item["type"] in ANSWERED]
    assert Counter(answered) == Counter((call["type"], call_id_of(call)) for call in calls)
    assert [item for item in found if item["type"] not in ANSWERED] == [
        item for item in rest if item["type"] not in ANSWERED
    ]


def test_output_stays_with_its_call_if_an_id_repeats():
    call = {"type": "function_call", "call_id": "call_1", "name": "tide", "arguments": "{}"}
    outputs = [{"type": "function_call_output", "call_id": "call_1", "output": words} for words in ("High", "Low")]
    found = paired([call, outputs[0], call, outputs[1]])
    assert [item.get("output") for item in found] == [None, "High", None, "Low"]
    pairs(found)
    # Side by side, as some servers send them.
    found = paired([call, call, *outputs])
    assert [item.get("output") for item in found] == [None, None, "High", "Low"]
    assert [call_id_of(item) for item in found] == ["call_1", "call_1_2"] * 2
    assert chained([call, call], outputs) == outputs


@given(some.recursive(some.none() | some.text() | some.integers(), some.lists, max_leaves=3))
def test_call_is_sent_as_any_provider_takes_it(rubbish):
    item = as_call({"type": "function_call", "id": "fc_1", "call_id": rubbish, "name": rubbish, "arguments": rubbish})
    assert item.keys() == {"type", "call_id", "name", "arguments"}
    assert all(isinstance(value, str) for value in item.values())
    assert 0 < len(item["name"]) <= 64


ARGUMENTS = '{"city": "Brest", "days": [1, 2.5, null], "is_spring": true}'
BROKEN = [*(ARGUMENTS[:end] for end in (0, 1, 9, 20, -1)), "null", "[]", '"Brest"', '{"a": NaN}', "[" * 5000, "\ud800"]


def sent_arguments(arguments: Any) -> list[str]:
    """Return the arguments of an earlier call, as they are sent in each dialect."""
    item = as_call({"type": "function_call", "call_id": "call_1", "name": "tide", "arguments": arguments})
    # Others may have made the items of a chat.
    items = [item | {"arguments": arguments}]
    [message, _output] = to_chat({"model": "small", "input": items}, Server())["messages"]
    return [item["arguments"], message["tool_calls"][0]["function"]["arguments"]]


@given(some.text() | some.sampled_from(BROKEN))
def test_arguments_of_an_earlier_call_are_always_an_object(arguments):
    """Servers that parse them would refuse each later request of the conversation."""
    for sent in sent_arguments(arguments):
        assert isinstance(json.loads(sent), dict)


@pytest.mark.parametrize("arguments", BROKEN)
def test_arguments_that_were_cut_or_broken_are_not_sent(arguments):
    assert sent_arguments(arguments) == ["{}", "{}"]


def test_arguments_are_sent_as_the_model_wrote_them():
    assert sent_arguments(ARGUMENTS) == [ARGUMENTS, ARGUMENTS]


def test_input_of_a_custom_tool_is_any_text():
    item = as_call({"type": "custom_tool_call", "call_id": "call_1", "name": "note", "input": '{"no obj'})
    assert item["input"] == '{"no obj'
