"""Calls of functions: each delta finds its call, however the server numbers them."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.responses_api.events import Delta
from tests.support.chat import chunk, end, events, output, types


def delta(name: str | None = None, arguments: Any = None, **fields: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    said = {field: value for field, value in function.items() if value is not None}
    return {**fields, "type": "function", "function": said}


def calls(*deltas: list[dict[str, Any]], reason: str = "tool_calls") -> list[tuple[str, str, str]]:
    """The calls' ids, names and arguments."""
    said = events(*(chunk(tool_calls=each) for each in deltas), chunk(reason))
    assert end(said)["status"] == "completed"
    return [(item["call_id"], item["name"], item["arguments"]) for item in output(said)]


BREST = '{"city":"Brest"}'


def test_call_is_announced_when_its_id_and_its_name_are_known():
    said = events(
        chunk(tool_calls=[delta("tide", "", index=0, id="a")]),
        chunk(tool_calls=[delta(None, '{"city":', index=0)]),
        chunk(tool_calls=[delta(None, '"Brest"}', index=0)]),
        chunk("tool_calls"),
    )
    assert types(said) == [
        "created",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.delta",
        "output_item.done",
        "completed",
    ]
    assert [event.delta for event in said if isinstance(event, Delta)] == ['{"city":', '"Brest"}']
    done = {"type": "function_call", "id": "fc_a", "call_id": "a", "name": "tide", "arguments": BREST}
    assert output(said) == [done | {"status": "completed"}]


@pytest.mark.parametrize(
    "deltas",
    [
        # The whole call in one chunk.
        [[delta("tide", BREST, index=0, id="a")]],
        # No index.
        [[delta("tide", "", id="a")], [delta(None, BREST)]],
        # The name is repeated.
        [[delta("tide", '{"city":', index=0, id="a")], [delta("tide", '"Brest"}', index=0, id="a")]],
        # The name is cut.
        [[delta("ti", index=0, id="a")], [delta("de", index=0)], [delta(None, BREST, index=0)]],
        # The id comes late.
        [[delta("tide", index=0)], [delta(None, '{"city":', index=0)], [delta(None, '"Brest"}', index=0, id="a")]],
        # Arguments that are no text.
        [[delta("tide", {"city": "Brest"}, index=0, id="a")]],
        # Null in place of what doesn't come again.
        [
            [delta("tide", "", index=0, id="a")],
            [{"index": 0, "id": None, "function": {"name": None, "arguments": BREST}}],
        ],
        [[delta("tide", BREST, index=None, id="a")]],
    ],
)
def test_one_call_is_read_however_it_comes(deltas):
    assert calls(*deltas) == [("a", "tide", BREST)]


@pytest.mark.parametrize(
    "deltas",
    [
        # The second one's index is that of the first.
        [[delta("tide", BREST, index=0, id="a")], [delta("moon", "", index=0, id="b")], [delta(None, "{}", index=0)]],
        # By id alone, in turns.
        [
            [delta("tide", '{"city":', id="a")],
            [delta("moon", "{", id="b")],
            [delta(None, '"Brest"}', id="a")],
            [delta(None, "}", id="b")],
        ],
        # Both in one chunk, without an index.
        [[delta("tide", BREST, id="a"), delta("moon", "{}", id="b")]],
    ],
)
def test_two_calls_are_kept_apart(deltas):
    assert calls(*deltas) == [("a", "tide", BREST), ("b", "moon", "{}")]


@pytest.mark.parametrize(
    "deltas",
    [
        [[delta("tide", BREST)], [delta("moon", "{}")]],
        [[delta("tide", BREST), delta("moon", "{}")]],
        [[delta("tide"), delta("moon")], [delta(None, "{}")]],
        [[delta("tide", BREST)], [delta("tide", BREST)]],
        [[delta("tide", BREST, index=0, id="")], [delta("moon", "{}", index=1, id="")]],
        [[delta("tide", BREST, index=0)], [delta("moon", "{}", index=1)]],
    ],
)
def test_calls_without_ids_get_some(deltas):
    made = calls(*deltas)
    assert len({call_id for call_id, _, _ in made}) == 2
    assert all(call_id.startswith("call_") for call_id, _, _ in made)
    assert made[0][1] == "tide"


def test_call_without_arguments_has_an_empty_object():
    assert calls([delta("now", index=0, id="a")]) == [("a", "now", "{}")]


def test_call_without_a_name_is_none():
    assert calls([delta(None, "{}", index=0, id="a")]) == []


def test_reason_may_be_stop_although_there_are_calls():
    assert calls([delta("tide", BREST, index=0, id="a")], reason="stop") == [("a", "tide", BREST)]


def test_old_call_of_a_function_is_a_call():
    said = events(
        chunk(function_call={"name": "tide", "arguments": '{"city":'}),
        chunk(function_call={"arguments": '"Brest"}'}),
        chunk("function_call"),
    )
    assert [(item["name"], item["arguments"]) for item in output(said)] == [("tide", BREST)]


def test_words_before_a_call_are_a_message():
    said = events(
        chunk(reasoning="Moon."),
        chunk(content="Let me look."),
        chunk(tool_calls=[delta("tide", BREST, index=0, id="a")]),
        chunk("tool_calls"),
    )
    assert [item["type"] for item in output(said)] == ["reasoning", "message", "function_call"]
    assert output(said)[1]["content"][0]["text"] == "Let me look."


def test_calls_are_bounded():
    assert len(calls([delta("tide", "{}", index=number, id=f"c{number}") for number in range(1200)])) == 1000


Call = tuple[str, dict[str, str]]
some_calls = st.lists(
    st.tuples(st.sampled_from(["tide", "moon", "now"]), st.dictionaries(st.text(max_size=3), st.text(max_size=5))),
    min_size=1,
    max_size=5,
)


def pieces(text: str, cuts: list[int]) -> list[str]:
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


@given(
    made=some_calls,
    cuts=st.lists(st.integers(0, 60), max_size=6),
    way=st.sampled_from(["index", "id", "both", "wrong index", "order"]),
    is_mixed=st.booleans(),
)
def test_deltas_find_their_calls_however_they_are_numbered(made, cuts, way, is_mixed):
    columns = []
    for number, (name, values) in enumerate(made):
        marks: dict[str, dict[str, Any]] = {
            "index": {"index": number},
            "id": {"id": f"c{number}"},
            "both": {"index": number, "id": f"c{number}"},
            "wrong index": {"index": 0, "id": f"c{number}"},
            "order": {},
        }
        first = {} if way == "order" else {"id": f"c{number}"}
        arguments = pieces(json.dumps(values), cuts)
        columns.append(
            [
                delta(name, arguments[0], **marks[way] | first),
                *(delta(None, each, **marks[way]) for each in arguments[1:]),
            ]
        )
    # Only deltas that say whose they are may come in turns.
    if is_mixed and way != "order":
        rows = [list(row) for row in zip(*columns, strict=True)]
    else:
        rows = [[each] for column in columns for each in column]
    read = calls(*rows)
    assert [(name, json.loads(arguments)) for _, name, arguments in read] == made
    if way != "order":
        assert [call_id for call_id, _, _ in read] == [f"c{number}" for number in range(len(made))]
