"""Answers against their formats."""

import json
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants.formats.check import find_answer_problems
from assistants.formats.problems import Problem
from assistants.formats.response_format import JsonObject, JsonSchema, ResponseFormat
from assistants.formats.strict import find_problems

SCHEMA = {
    "type": "object",
    "properties": {
        "rows": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "pattern": "^[A-Z]"},
                    "price": {"type": ["number", "null"], "minimum": 0},
                    "kind": {"type": "string", "enum": ["a", "b"]},
                    "day": {"type": "string", "format": "date"},
                },
                "required": ["name", "price", "kind", "day"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["rows"],
    "additionalProperties": False,
}
ROW = {"name": "Ada", "price": 1.5, "kind": "a", "day": "2026-11-30"}


def format_of(schema, **fields) -> JsonSchema:
    return JsonSchema("rows", json.dumps(schema), **fields)


def found(value, schema=SCHEMA, **state):
    text = value if isinstance(value, str) else json.dumps(value)
    problems = find_answer_problems(text, format_of(schema), **state)
    return [(problem.code, problem.path) for problem in problems]


def of(**schema):
    return {"type": "object", "properties": {"a": schema}, "required": ["a"], "additionalProperties": False}


def test_answer_that_fits_has_no_problems():
    assert found({"rows": [ROW, {**ROW, "price": None}]}) == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({**ROW, "name": "ada"}, ("pattern", "/rows/0/name")),
        ({**ROW, "price": "1"}, ("number", "/rows/0/price")),
        ({**ROW, "price": -1}, ("minimum", "/rows/0/price")),
        ({**ROW, "kind": "c"}, ("no_choice", "/rows/0/kind")),
        ({**ROW, "day": "30.11.2026"}, ("format", "/rows/0/day")),
        ({**ROW, "more": 1}, ("not_in_schema", "/rows/0")),
        ({name: ROW[name] for name in ("name", "price", "kind")}, ("missing", "/rows/0")),
        ("row", ("object", "/rows/0")),
    ],
)
def test_answer_that_does_not_fit_says_what_is_wrong_where(row, problem):
    assert found({"rows": [row]}) == [problem]


@pytest.mark.parametrize(
    ("schema", "value", "code"),
    [
        *(({"type": "integer"}, 1.5, "integer"), ({"type": "boolean"}, "yes", "boolean")),
        *(({"type": "array", "items": {}}, {}, "array"), ({"type": "null"}, 1, "null")),
        *(({"type": "number", "maximum": 1}, 2, "maximum"), ({"type": "number", "multipleOf": 2}, 3, "multipleOf")),
        ({"type": "number", "exclusiveMinimum": 1}, 1, "exclusiveMinimum"),
        ({"type": "number", "exclusiveMaximum": 1}, 1, "exclusiveMaximum"),
        *(({"type": "array", "minItems": 1}, [], "minItems"), ({"type": "array", "maxItems": 1}, [1, 2], "maxItems")),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 1, "anyOf"),
        *(({"type": "string", "maxLength": 1}, "ab", "other"), ({"const": 1}, 2, "no_choice")),
    ],
)
def test_every_keyword_is_checked(schema, value, code):
    assert found({"a": value}, of(**schema)) == [(code, "/a")]


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date-time", "2026-11-30T12:00:00.1234567Z", "2026-11-30T12:00:00"),
        *(("time", "12:00:00+01:00", "12:00"), ("date", "2024-02-29", "2026-02-29")),
        *(("duration", "P1DT12H", "PT"), ("email", "ada@example.org", "ada")),
        *(("hostname", "chat.example.org", "-chat"), ("ipv4", "10.0.0.1", "10.0.0.256"), ("ipv6", "::1", "::g")),
        ("uuid", "7d2f0000-0000-4000-8000-000000000000", "7d2f000000004000800000000000"),
    ],
)
def test_formats_of_texts_are_checked(name, good, bad):
    schema = of(type="string", format=name)
    assert found({"a": good}, schema) == []
    assert found({"a": bad}, schema) == [("format", "/a")]


def test_cut_answer_is_never_valid():
    assert found({"rows": [ROW]}, is_cut=True) == [("cut", "")]


def test_refused_answer_is_never_valid():
    assert found({"rows": [ROW]}, is_refused=True) == [("refused", "")]


@pytest.mark.parametrize("text", ["", "Here you are:", '{"rows": [', '{"rows": []} and more', "[" * 100_000, "NaN"])
def test_answer_that_is_not_json_is_said(text):
    assert found(text) == [("answer_not_json", "")]


def test_code_fence_around_json_is_no_problem():
    assert found("```json\n" + json.dumps({"rows": [ROW]}, indent=1) + "\n```\n") == []


def test_json_mode_takes_any_object():
    assert find_answer_problems('{"any": 1}', JsonObject()) == []
    assert [problem.code for problem in find_answer_problems("[1]", JsonObject())] == ["object"]


def test_pattern_needs_linear_time():
    value = {"a": "a" * 1_000_000 + "b"}
    began = time.process_time()
    assert found(value, of(type="string", pattern="^(a+)+$")) == [("pattern", "/a")]
    assert time.process_time() - began < 60, "a backtracking engine needs years"


def test_check_that_takes_too_long_ends(monkeypatch):
    monkeypatch.setattr("assistants.formats.check.MAX_SECONDS", 0.0)
    assert found({"rows": [ROW]}) == [("answer_too_large", "")]


def test_answer_that_is_too_long_is_not_checked(monkeypatch):
    monkeypatch.setattr("assistants.formats.check.MAX_ANSWER_CHARACTERS", 10)
    assert found({"rows": [ROW]}) == [("answer_too_large", "")]


def test_branches_in_branches_end():
    node = {"anyOf": [{"$ref": "#/$defs/n"}, {"$ref": "#/$defs/n"}, {"type": "null"}]}
    schema = {**of(**{"$ref": "#/$defs/n"}), "$defs": {"n": {"anyOf": [node, node, {"type": "null"}]}}}
    assert [code for code, _path in found({"a": 1}, schema)] == ["schema_unusable"]


@pytest.mark.parametrize(
    "schema",
    [
        of(**{"$ref": "http://127.0.0.1:9/a.json"}),
        {**of(type="string"), "$schema": "http://127.0.0.1:9/schema", "patternProperties": {"(a+)+$": {}}},
        {"type": "object", "properties": {"a": {"type": "widget"}}},
    ],
)
def test_stored_schema_that_nobody_checked_is_not_used(schema):
    assert found({"a": "b"}, schema) == [("schema_unusable", "")]


def test_other_dialect_of_json_schema_is_bounded_too():
    schema = {**of(type="string", pattern="^(a+)+$"), "$schema": "http://json-schema.org/draft-07/schema#"}
    assert found({"a": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}, schema) == [("pattern", "/a")]


def test_problems_of_an_answer_have_a_bounded_number():
    assert len(found({"rows": [{}] * 100})) == 10
    assert len(found({"rows": [{**ROW, **{f"x{n}": 1 for n in range(100)}}]})) == 10


def test_format_is_stored_with_the_order_of_its_properties():
    wanted = format_of({"type": "object", "properties": {"zebra": {}, "ant": {}}}, description="Animals")
    stored = msgspec.json.encode(wanted)
    again = msgspec.json.decode(stored, type=ResponseFormat)
    assert again == wanted
    assert list(again.as_text_format()["schema"]["properties"]) == ["zebra", "ant"]
    assert again.as_text_format() == {
        "type": "json_schema",
        "name": "rows",
        "description": "Animals",
        "schema": {"type": "object", "properties": {"zebra": {}, "ant": {}}},
        "strict": True,
    }


def test_number_that_is_too_large_to_be_divided_is_said():
    assert found('{"a": ' + "9" * 400 + "}", of(type="number", multipleOf=0.5)) == [("answer_too_large", "")]


@pytest.mark.parametrize("name", ["a\0", "a\ud800"])
def test_problems_have_only_what_can_be_stored(name):
    schema = {**of(), "properties": {name: {"type": "string"}}, "required": [name]}
    problems = [
        *find_answer_problems('{"a\\u0000": 1, "b": 1}', format_of(schema)),
        *find_problems(json.dumps({"type": "object", "properties": {name: {"type": name}}}), strict=False),
    ]
    stored = msgspec.json.encode(problems)
    assert {each.code for each in problems} >= {"not_in_schema", "unknown_type"}
    assert rb"\u0000" not in stored


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["rows", "name", "a"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(JSON)
def test_any_json_is_checked(value):
    for problem in find_answer_problems(json.dumps(value), format_of(SCHEMA)):
        assert "%(" not in problem.sentence()


@pytest.mark.parametrize("code", ["minItems", "maxItems"])
def test_sentences_about_the_number_of_entries_hold_for_one(code):
    assert "1 entries" not in Problem(code, values={"limit": "1"}).sentence()
