"""Each type of output item as a reader sees it, by the same cases as tests/js/items/items.test.js."""

import json
from dataclasses import asdict
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import ResponseOutputItem

from chatsite.environment import BASE_DIR
from providers.sources import LONGEST_JSON, shown, sources

CASES: dict[str, Any] = json.loads((BASE_DIR / "tests/support/items.json").read_text())


@pytest.mark.parametrize("case", CASES["items"], ids=lambda case: case["name"])
def test_an_item_is_shown_as_what_it_is(case):
    found = shown(case["item"])
    assert found
    assert {**asdict(found), "name": case["name"], "item": case["item"]} == {
        **case,
        "type": case["item"].get("type", "unknown"),
        "is_open": case["item"].get("type") == "image_generation_call",
    }


@pytest.mark.parametrize("case", CASES["items"], ids=lambda case: case["name"])
def test_nothing_runs_where_the_answer_is_over(case):
    found = shown(case["item"], is_over=True)
    assert (found.state if found else "") == case["state"].replace("running", "")


def test_there_is_a_case_for_each_type_that_the_api_has():
    union = get_args(ResponseOutputItem)[0]
    known = {get_args(model.model_fields["type"].annotation)[0] for model in get_args(union)}
    assert known - {"message"} <= {case["item"].get("type") for case in CASES["items"]}


@pytest.mark.parametrize("item", CASES["nothing"])
def test_where_there_is_nothing_to_see_nothing_is_shown(item):
    assert shown(item) is None


@pytest.mark.parametrize("case", CASES["sources"])
def test_a_citation_leads_to_the_web_or_names_a_file(case):
    output = [{"type": "message", "content": [{"type": "output_text", "annotations": [case["annotation"]] * 2}]}]
    assert [asdict(source) for source in sources(output)] == ([case["source"]] if case["source"] else [])


def test_what_is_long_is_cut():
    found = shown({"type": "future_call", "result": "A" * 3 * LONGEST_JSON})
    assert found
    assert len(found.blocks[0].content) == LONGEST_JSON + 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
fields = {name for case in CASES["items"] for name in case["item"]}
fields |= {"url", "text", "filename", "sources", "stdout", "outcome", "exit_code", "message"}


@given(
    st.sampled_from(sorted({case["item"].get("type", "") for case in CASES["items"]})),
    st.dictionaries(
        st.sampled_from(sorted(fields - {"type"})),
        json_values | st.dictionaries(st.sampled_from(sorted(fields)), json_values),
    ),
)
def test_an_item_of_any_shape_is_no_error(kind, item):
    shown({"type": kind, **item})
    sources([{"type": kind, **item}])
