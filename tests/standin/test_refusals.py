"""Requests that the API refuses, and its errors."""

from contextlib import nullcontext
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as some
from openai import AuthenticationError, BadRequestError, NotFoundError

from standin.errors import ApiError
from standin.validation import validate
from tests.support.contract import check_request
from tests.support.wire import FUNCTION, http, sdk

MINIMAL: dict[str, Any] = {"model": "standin", "input": "Hello"}
IMAGE = {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": ""}
REASONING = {"type": "reasoning", "id": "rs_1", "summary": []}


def message(**changes: Any) -> dict[str, Any]:
    return {"input": [{"role": "user", "content": "Hello", **changes}]}


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"model": None}, "missing_required_parameter", "model"),
        ({"input": None}, "missing_required_parameter", "input"),
        ({"zeal": 1}, "unknown_parameter", "zeal"),
        ({"input": 7}, "invalid_type", "input"),
        ({"input": ["Hello"]}, "invalid_type", "input[0]"),
        ({"model": 7}, "invalid_type", "model"),
        ({"stream": "true"}, "invalid_type", "stream"),
        ({"temperature": "hot"}, "invalid_type", "temperature"),
        ({"metadata": {"turn": 7}}, "invalid_type", "metadata.turn"),
        ({"reasoning": {"effort": "heroic"}}, "invalid_value", "reasoning.effort"),
        ({"max_output_tokens": 15}, "integer_below_min_value", "max_output_tokens"),
        ({"temperature": 2.1}, "decimal_above_max_value", "temperature"),
        ({"top_p": -0.1}, "decimal_below_min_value", "top_p"),
        ({"top_logprobs": 21}, "integer_above_max_value", "top_logprobs"),
        ({"safety_identifier": "a" * 65}, "string_above_max_length", "safety_identifier"),
        ({"metadata": {"turn": "a" * 513}}, "string_above_max_length", "metadata.turn"),
        ({"metadata": {"a" * 65: ""}}, "string_above_max_length", "metadata"),
        ({"metadata": {str(key): "" for key in range(17)}}, "object_above_max_properties", "metadata"),
        (message(role="poet"), "invalid_value", "input[0].role"),
        (message(zeal=1), "unknown_parameter", "input[0].zeal"),
        (message(content=7), "invalid_type", "input[0].content"),
        (message(content=["Hello"]), "invalid_type", "input[0].content[0]"),
        (message(content=[{"text": "Hello"}]), "missing_required_parameter", "input[0].content[0].type"),
        (message(content=[{"type": "input_text"}]), "missing_required_parameter", "input[0].content[0].text"),
        (message(content=[{"type": "output_text"}]), "invalid_value", "input[0].content[0].type"),
        (
            message(content=[{**IMAGE, "image_url": {"url": "data:"}}]),
            "invalid_type",
            "input[0].content[0].image_url",
        ),
        (
            message(role="assistant", content=[{"type": "input_text", "text": "Hello"}]),
            "invalid_value",
            "input[0].content[0].type",
        ),
        ({"input": [{"type": "telepathy"}]}, "invalid_value", "input[0].type"),
        ({"input": [{"type": ["message"]}]}, "invalid_value", "input[0].type"),
        ({"input": [{**REASONING, "summary": [7]}]}, "invalid_type", "input[0].summary[0]"),
        ({"tools": {}}, "invalid_type", "tools"),
        ({"tools": [{"name": "get_weather"}]}, "missing_required_parameter", "tools[0].type"),
        ({"tools": [{**FUNCTION, "name": 7}]}, "invalid_type", "tools[0].name"),
        ({"tools": [{**FUNCTION, "name": "get weather"}]}, "invalid_value", "tools[0].name"),
        ({"tools": [{**FUNCTION, "name": "a" * 129}]}, "string_above_max_length", "tools[0].name"),
        (
            {"tools": [{**FUNCTION, "name": f"get_{number}"} for number in range(129)]},
            "array_above_max_length",
            "tools",
        ),
        ({"tools": [{"type": "web_search"}], "reasoning": {"effort": "minimal"}}, None, "tools"),
        ({"input": [{**OUTPUT, "call_id": "a" * 65}]}, "string_above_max_length", "input[0].call_id"),
        ({"tools": [{**FUNCTION, "function": {}}]}, "unknown_parameter", "tools[0].function"),
    ],
)
async def test_invalid_body_is_refused(client, changes, code, param):
    body = {**MINIMAL, **changes}

    with pytest.raises(BadRequestError) as refused:
        await client.post("/responses", body=body, cast_to=object)

    assert (refused.value.code, refused.value.param) == (code, param)
    assert refused.value.type == "invalid_request_error"
    assert refused.value.response.json()["error"].keys() == {"message", "type", "param", "code"}


anything = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=6,
)
words = some.sampled_from(
    ["message", "function_call", "function_call_output", "reasoning", "item_reference", "input_text", "output_text"]
)
items = some.fixed_dictionaries(
    {},
    optional={
        "type": words | anything,
        "role": some.sampled_from(["user", "assistant", "system"]) | anything,
        "content": some.text() | anything | some.lists(some.fixed_dictionaries({"type": words, "text": some.text()})),
        "id": some.text() | anything,
        "call_id": some.text() | anything,
        "output": some.text() | anything,
        "status": some.just("completed") | anything,
    },
)
bodies = some.fixed_dictionaries(
    {"model": some.just("standin") | anything, "input": some.text() | some.lists(items, max_size=3) | anything},
    optional={
        "stream": some.booleans() | anything,
        "tools": some.lists(some.just(FUNCTION) | anything, max_size=2) | anything,
        "tool_choice": some.sampled_from(["auto", "none"]) | anything,
        "metadata": some.dictionaries(some.text(), some.text(), max_size=2) | anything,
        "previous_response_id": some.text() | anything,
        "reasoning": some.just({"effort": "low"}) | anything,
        "temperature": some.floats(0, 2) | anything,
        "text": some.just({"format": {"type": "text"}}) | anything,
        "zeal": anything,
    },
)


@given(bodies)
def test_accepted_bodies_keep_the_contract(body):
    try:
        accepted = validate(body)
    except ApiError as refusal:
        event("refused", refusal.error["code"])
    else:
        check_request(accepted)


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer"}, {"Authorization": "Basic sk-test"}])
async def test_missing_key_is_refused(url, header):
    async with http(headers=header) as plain:
        answer = await plain.get(f"{url}/models")

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"
    assert "You didn't provide an API key." in answer.json()["error"]["message"]


async def test_wrong_key_is_masked_in_the_error(url):
    async with sdk(url, "sk-wrong") as client:
        with pytest.raises(AuthenticationError, match=r"Incorrect API key provided: sk-\*\*\*\*\*\.") as refused:
            await client.responses.create(**MINIMAL)

    assert refused.value.code == "invalid_api_key"
    assert "sk-wrong" not in str(refused.value.body)


async def test_body_that_is_no_json_is_refused(url):
    async with http(headers={"Authorization": "Bearer sk-test"}) as plain:
        answer = await plain.post(f"{url}/responses", content=b"{garbage")

    assert answer.status_code == 400
    assert "could not parse the JSON body" in answer.json()["error"]["message"]


async def test_unknown_urls_models_and_conversations_are_not_found(client):
    with pytest.raises(NotFoundError, match=r"Invalid URL \(GET /v1/wishes\)"):
        await client.get("/wishes", cast_to=object)
    with pytest.raises(NotFoundError, match="The model 'oracle' does not exist"):
        await client.models.retrieve("oracle")
    with pytest.raises(NotFoundError, match="keeps no conversations"):
        await client.responses.create(**MINIMAL, conversation="conv_1")


STRICT = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "array", "items": {}}, "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"array\"'."),
        (
            {**STRICT, "properties": {"a": {"type": "object", "properties": {}, "required": []}}},
            "In context=('properties', 'a'), 'additionalProperties' is required to be supplied and to be false.",
        ),
        (
            {**STRICT, "required": []},
            "In context=(), 'required' is required to be supplied and to be an array including every key in properties."
            " Missing 'a'.",
        ),
        (
            {**STRICT, "properties": {"a": {"type": "string", "minLength": 1}}},
            "In context=('properties', 'a'), 'minLength' is not permitted.",
        ),
        ({**STRICT, "properties": {"a": {}}}, "In context=('properties', 'a'), schema must have a 'type' key."),
    ],
)
def test_schema_outside_of_the_strict_subset_is_refused_in_the_words_of_the_api(schema, words):
    wanted = {"type": "json_schema", "name": "tides", "strict": True, "schema": schema}
    with pytest.raises(ApiError) as refused:
        validate({**MINIMAL, "text": {"format": wanted}})
    assert refused.value.error == {
        "message": f"Invalid schema for response_format 'tides': {words}",
        "type": "invalid_request_error",
        "param": "text.format.schema",
        "code": "invalid_json_schema",
    }


@pytest.mark.parametrize(
    ("effort", "refused"),
    [("low", None), ("minimal", "reasoning.effort 'minimal': file_search, image_gen, web_search.")],
)
def test_minimal_effort_takes_no_hosted_tools(effort, refused):
    tools = [{"type": "web_search"}, {"type": "image_generation"}, {"type": "file_search", "vector_store_ids": ["vs"]}]
    body = {**MINIMAL, "tools": [*tools, FUNCTION], "reasoning": {"effort": effort}}
    with pytest.raises(ApiError, match=refused) if refused else nullcontext():
        validate(body)


def test_json_mode_takes_no_web_search():
    body = {**MINIMAL, "input": "As JSON", "tools": [{"type": "web_search"}]}
    schema = {"type": "json_schema", "name": "tides", "strict": True, "schema": STRICT}
    validate({**body, "text": {"format": schema}})
    with pytest.raises(ApiError, match="Web Search cannot be used with JSON mode"):
        validate({**body, "text": {"format": {"type": "json_object"}}})


def test_json_mode_needs_its_word_in_the_messages():
    with pytest.raises(ApiError, match="must contain the word 'json'"):
        validate({**MINIMAL, "text": {"format": {"type": "json_object"}}})
    validate({**MINIMAL, "input": "As JSON", "text": {"format": {"type": "json_object"}}})
