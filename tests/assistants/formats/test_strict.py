"""Each line of the strict subset, as the API describes it."""

import json

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from assistants.formats.problems import MAX_PROBLEMS, MESSAGES
from assistants.formats.strict import FORMATS, MAX_SCHEMA_CHARACTERS, _Walk, find_problems

TEXT = {"type": "string"}


def object_of(**properties):
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def found(schema, **options):
    text = schema if isinstance(schema, str) else json.dumps(schema)
    return [(problem.code, problem.path) for problem in find_problems(text, **options)]


SOUND = {
    "every type": object_of(
        a=TEXT,
        b={"type": "number"},
        c={"type": "integer"},
        d={"type": "boolean"},
        e=object_of(f=TEXT),
        g={"type": "array", "items": TEXT},
        h={"type": "string", "enum": ["x", "y"]},
        i={"anyOf": [TEXT, {"type": "null"}]},
    ),
    "a type or null": object_of(a={"type": ["string", "null"]}),
    "a choice of objects": object_of(a={"anyOf": [object_of(b=TEXT), object_of(c=TEXT)]}),
    "what a text can have": object_of(
        a={"type": "string", "pattern": "^@[a-z]+$"}, **{name: {"type": "string", "format": name} for name in FORMATS}
    ),
    "what a number can have": object_of(
        a={"type": "number", "multipleOf": 0.1, "minimum": 0, "maximum": 9},
        b={"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 9},
    ),
    "what a list can have": object_of(a={"type": "array", "items": TEXT, "minItems": 1, "maxItems": 9}),
    "definitions": {**object_of(a={"$ref": "#/$defs/b"}), "$defs": {"b": object_of(c=TEXT)}},
    "recursion by #": object_of(a={"anyOf": [{"$ref": "#"}, {"type": "null"}]}),
    "recursion by definitions": {
        **object_of(a={"$ref": "#/$defs/b"}),
        "$defs": {"b": object_of(c={"anyOf": [{"$ref": "#/$defs/b"}, {"type": "null"}]})},
    },
    "titles and descriptions": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **object_of(a={"type": "string", "title": "A", "description": "The first."}),
    },
    "a constant": object_of(a={"type": "string", "const": "x"}),
    "nothing": object_of(),
    "a quoted reference": object_of(**{"a b": TEXT, "c": {"$ref": "#/properties/a%20b"}}),
    "a reference into a list": object_of(
        a={"type": "array", "items": {"anyOf": [TEXT]}}, b={"$ref": "#/properties/a/items/anyOf/0"}
    ),
    "a property with the name of a keyword": object_of(**{"default": TEXT, "$ref": TEXT, "not": TEXT}),
    "ten levels": object_of(a=object_of(a=object_of(a=object_of(a=object_of(a=object_of(a=object_of(
        a=object_of(a=object_of(a=object_of(a=TEXT)))))))))),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_schema_in_the_strict_subset_is_accepted(name):
    assert found(SOUND[name]) == []


WRONG = {
    "no JSON": ('{"type": "object",\n  "properties": }', "invalid_json", ""),
    "NaN": ('{"type": NaN}', "invalid_json", ""),
    "a list of schemas": ([], "not_a_schema", ""),
    "a root that is a list": ({"type": "array", "items": TEXT}, "root_not_object", "/type"),
    "a root that is anyOf": ({"anyOf": [object_of(a=TEXT)]}, "root_any_of", "/anyOf"),
    "no type": (object_of(a={"description": "a"}), "no_type", "/properties/a"),
    "an unknown type": (object_of(a={"type": "date"}), "unknown_type", "/properties/a/type"),
    "a type that is no text": (object_of(a={"type": {}}), "unknown_type", "/properties/a/type"),
    "several types": (object_of(a={"type": ["string", "number"]}), "type_list", "/properties/a/type"),
    "three types": (object_of(a={"type": ["string", "number", "null"]}), "type_list", "/properties/a/type"),
    "more properties": (
        object_of(a={"type": "object", "properties": {}, "required": [], "additionalProperties": True}),
        "open_object",
        "/properties/a/additionalProperties",
    ),
    "unnamed properties": (
        object_of(a={"type": "object", "properties": {}, "required": [], "additionalProperties": TEXT}),
        "open_object",
        "/properties/a/additionalProperties",
    ),
    "additionalProperties missing": (
        {"type": "object", "properties": {"a": TEXT}, "required": ["a"]},
        "open_object",
        "",
    ),
    "an optional property": (
        {"type": "object", "properties": {"a": TEXT}, "required": [], "additionalProperties": False},
        "not_required",
        "/properties/a",
    ),
    "required without a property": ({**object_of(), "required": ["a"]}, "unknown_required", "/required"),
    "an unknown format": (object_of(a={"type": "string", "format": "uri"}), "unknown_format", "/properties/a/format"),
    "an invalid pattern": (object_of(a={"type": "string", "pattern": "["}), "invalid_pattern", "/properties/a/pattern"),
    "a pattern that looks ahead": (
        object_of(a={"type": "string", "pattern": "(?=b)a"}),
        "invalid_pattern",
        "/properties/a/pattern",
    ),
    "a pattern for a number": (object_of(a={"type": "number", "pattern": "a"}), "other_type", "/properties/a/pattern"),
    "a limit that is a text": (
        object_of(a={"type": "number", "minimum": "0"}),
        "wrong_value",
        "/properties/a/minimum",
    ),
    "a list of anything": (object_of(a={"type": "array"}), "no_items", "/properties/a"),
    "no choices": (object_of(a={"type": "string", "enum": []}), "no_choices", "/properties/a/enum"),
    "a reference elsewhere": (object_of(a={"$ref": "https://example.org/a"}), "foreign_ref", "/properties/a/$ref"),
    "a reference to nothing": (object_of(a={"$ref": "#/$defs/b"}), "lost_ref", "/properties/a/$ref"),
    "a reference into a choice": (
        object_of(a={"enum": [{"patternProperties": {"^(a|a)*$": {}}}]}, b={"$ref": "#/properties/a/enum/0"}),
        "lost_ref",
        "/properties/b/$ref",
    ),
    "a reference into a constant": (
        object_of(a={"const": TEXT}, b={"$ref": "#/properties/a/const"}),
        "lost_ref",
        "/properties/b/$ref",
    ),
    "a reference to all properties": (object_of(a={"$ref": "#/properties"}), "lost_ref", "/properties/a/$ref"),
    "a reference with quoted slashes": (
        object_of(**{"a": {"enum": [{}]}, "a%2Fenum%2F0": TEXT, "b": {"$ref": "#/properties/a%2Fenum%2F0"}}),
        "lost_ref",
        "/properties/b/$ref",
    ),
    "a reference in a circle": (
        {**object_of(a={"$ref": "#/$defs/b"}), "$defs": {"b": {"$ref": "#/$defs/b"}}},
        "endless_ref",
        "/properties/a/$ref",
    ),
    "a reference with more": (
        {**object_of(a={"$ref": "#/$defs/b", "description": "b"}), "$defs": {"b": TEXT}},
        "ref_with_more",
        "/properties/a/$ref",
    ),
    "anyOf whose objects begin alike": (
        object_of(a={"anyOf": [object_of(kind=TEXT, b=TEXT), object_of(kind=TEXT, c=TEXT)]}),
        "same_first_key",
        "/properties/a/anyOf/1",
    ),
    "eleven levels": (
        object_of(a=SOUND["ten levels"]),
        "too_many_levels",
        "/properties/a" * 10,
    ),
    "too many choices": (
        object_of(a={"type": "integer", "enum": list(range(1001))}),
        "too_many_choices",
        "",
    ),
    "many long choices": (
        object_of(a={"type": "string", "enum": [f"{n:061d}" for n in range(251)]}),
        "long_choices",
        "/properties/a/enum",
    ),
    "a schema that is too long": ({"description": "a" * MAX_SCHEMA_CHARACTERS}, "schema_too_long", ""),
    "lists in lists without end": (
        '{"type":"object","properties":{"a":' + '{"type":"array","items":' * 100 + "{}" + "}" * 102,
        "too_deep",
        "/properties/a" + "/items" * 99,
    ),
    "brackets without end": ("[" * 40_000, "too_deep", ""),
    "a name with a slash": (object_of(**{"a/b~": {"type": "date"}}), "unknown_type", "/properties/a~1b~0/type"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_schema_outside_of_the_strict_subset_is_refused(name):
    schema, code, path = WRONG[name]
    assert (code, path) in found(schema)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        *(("minLength", 1), ("maxLength", 2), ("uniqueItems", True), ("default", "a"), ("allOf", [TEXT])),
        *(("oneOf", [TEXT]), ("not", TEXT), ("if", TEXT), ("then", TEXT), ("else", TEXT), ("dependentRequired", {})),
        *(("dependentSchemas", {}), ("patternProperties", {}), ("prefixItems", []), ("examples", []), ("nullable", 1)),
        ("$schema", "http://json-schema.org/draft-04/schema"),
    ],
)
def test_keyword_outside_of_the_strict_subset_is_not_permitted(keyword, value):
    assert found(object_of(a={"type": "string", keyword: value})) == [("not_permitted", f"/properties/a/{keyword}")]


def test_chain_of_references_is_followed_once(monkeypatch):
    resolved: list[str] = []
    resolve = _Walk._resolve

    def noted(walk, ref):
        resolved.append(ref)
        return resolve(walk, ref)

    monkeypatch.setattr(_Walk, "_resolve", noted)
    chain = {f"a{n}": {"$ref": f"#/$defs/a{n + 1}"} for n in range(50)}
    assert found({**object_of(a={"$ref": "#/$defs/a0"}), "$defs": {**chain, "a50": TEXT}}) == []
    assert len(resolved) < 3 * len(chain)


def test_too_many_properties_are_refused(monkeypatch):
    monkeypatch.setattr("assistants.formats.strict.MAX_PROPERTIES", 2)
    assert found(object_of(a=object_of(b=TEXT))) == []
    assert found(object_of(a=object_of(b=TEXT, c=TEXT))) == [("too_many_properties", "")]


def test_too_many_characters_of_names_and_choices_are_refused(monkeypatch):
    monkeypatch.setattr("assistants.formats.strict.MAX_NAMES_CHARACTERS", 6)
    assert found(object_of(ab={"type": "string", "enum": ["cd"], "const": "cd"})) == []
    assert found(object_of(abc={"type": "string", "enum": ["cd"], "const": "cd"})) == [("long_names", "")]


@pytest.mark.parametrize("name", ["", "a b", "ü", "a" * 65])
def test_name_that_the_api_refuses_is_said(name):
    assert found(object_of(a=TEXT), name=name) == [("invalid_name", "name")]


def test_schema_that_is_not_strict_may_have_more():
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string", "minLength": 1, "default": "b"}, "c": {"oneOf": [TEXT]}},
        "additionalProperties": TEXT,
    }
    assert found(schema)
    assert found(schema, strict=False) == []


def test_schema_that_is_not_strict_has_nothing_that_is_not_checked():
    schema = {"type": "object", "patternProperties": {"(a+)+": TEXT}, "$dynamicRef": "#a", "$id": "https://a.org"}
    assert [path for _code, path in found(schema, strict=False)] == ["/patternProperties", "/$dynamicRef", "/$id"]


def test_problems_have_a_bounded_number():
    assert len(found(object_of(**{f"p{n}": {"type": "date"} for n in range(100)}))) == MAX_PROBLEMS


def test_sentences_name_what_is_wrong_in_both_languages():
    [problem] = find_problems(json.dumps(object_of(a={"type": "string", "minLength": 1})))
    assert problem.sentence() == "'minLength' is not permitted."
    with override("de"):
        assert problem.sentence() == "'minLength' ist nicht erlaubt."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["object", "array", "string", "#", "#/$defs/a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "properties",
                    "required",
                    "additionalProperties",
                    "items",
                    "anyOf",
                    "enum",
                    "$ref",
                    "$defs",
                    "a",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_any_json_is_accepted_or_refused_with_sentences(schema, strict):
    for problem in find_problems(json.dumps(schema), strict=strict):
        assert problem.code in MESSAGES
        assert "%(" not in problem.sentence()
