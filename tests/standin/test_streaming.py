"""The order of the events in a stream, as the API documents it.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some
from jsonschema import Draft202012Validator

from standin import tokens
from standin.events import Delivery
from tests.support.contract import check_response
from tests.support.wire import FUNCTION, create, text, types, user

TEXT = [
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
]
STARTED = ["response.created", "response.in_progress"]


async def test_events_of_a_plain_answer(client):
    events = await create(client, input="When is high tide?")

    assert types(events) == [*STARTED, *TEXT, "response.completed"]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    response = events[-1]["response"]
    assert response["output"] == [events[-2]["item"]]
    assert response["output"][0]["content"][0]["text"] == text(events)
    assert "When is high tide?" in text(events)
    assert "stand-in" in text(events)


async def test_usage_counts_the_tokens(client):
    events = await create(client, input="one two three")

    usage = events[-1]["response"]["usage"]
    assert usage["input_tokens"] == tokens.count("one two three") == 4
    assert usage["output_tokens"] == tokens.count(text(events))
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


async def test_sdk_reads_the_stream(client):
    async with client.responses.stream(model="standin", input="Show a table") as stream:
        async for _ in stream:
            pass
        response = await stream.get_final_response()

    assert response.status == "completed"
    assert "| Earth | 1 | 24.0 |" in response.output_text


async def test_response_can_be_requested_without_streaming(client):
    response = await client.responses.create(model="standin", input="Hello", metadata={"turn": "7"})

    check_response(response.to_dict())
    assert response.metadata == {"turn": "7"}
    assert await client.responses.retrieve(response.id) == response
    assert response._request_id.startswith("req_")


@pytest.mark.parametrize(("model", "question"), [("standin-reasoning", "Hello"), ("standin", "Think of a tide")])
async def test_reasoning_comes_first(client, model, question):
    events = await create(client, model=model, input=question)

    assert types(events) == [
        *STARTED,
        "response.output_item.added",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
        "response.output_item.done",
        *TEXT,
        "response.completed",
    ]
    reasoning, message = events[-1]["response"]["output"]
    assert (reasoning["type"], message["type"]) == ("reasoning", "message")
    assert events[-1]["response"]["usage"]["output_tokens_details"]["reasoning_tokens"] > 0


async def test_argument_that_may_be_null_is(client):
    zone = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    fields = {"time_zone": zone, "day": {"type": ["string", "null"]}}
    schema = {"type": "object", "properties": fields, "required": [*fields], "additionalProperties": False}
    tool = {"type": "function", "name": "current_time", "parameters": schema, "strict": True}
    events = await create(client, input="Use current_time", tools=[tool])
    assert events[-1]["response"]["output"][0]["arguments"] == '{"time_zone": null, "day": null}'


async def test_function_named_in_the_message_is_called(client):
    events = await create(client, input="Use get_weather", tools=[FUNCTION])

    assert types(events) == [
        *STARTED,
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]
    call = events[-1]["response"]["output"][0]
    assert call["arguments"] == '{"city": "Use get_weather", "unit": "celsius", "days": 1}'

    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "4 degrees"}
    previous = events[-1]["response"]["id"]
    answered = await create(client, input=[output], previous_response_id=previous, tools=[FUNCTION])
    assert "> 4 degrees" in text(answered)


async def test_answer_is_truncated_at_max_output_tokens(client):
    events = await create(client, input="Something long", max_output_tokens=16)

    assert types(events)[-2:] == ["response.output_item.done", "response.incomplete"]
    response = events[-1]["response"]
    assert response["incomplete_details"] == {"reason": "max_output_tokens"}
    assert response["output"][0]["status"] == "incomplete"
    assert response["usage"]["output_tokens"] == 16


@pytest.mark.parametrize("is_requested", [True, False])
async def test_deltas_are_padded_if_requested(client, is_requested):
    events = await create(client, input="Hello", stream_options={"include_obfuscation": is_requested})

    deltas = [event for event in events if event["type"].endswith(".delta")]
    assert deltas
    assert all(("obfuscation" in event) is is_requested for event in deltas)


async def test_placeholder_in_a_message_is_plain_text(client):
    assert "$model" in text(await create(client, input="$model"))


async def test_requested_title_is_the_start_of_the_question(client):
    response = await client.responses.create(
        model="standin",
        instructions="Reply with the title alone.",
        input="<question>\nTell me\n</question>\n<answer>\nNo\n</answer>",
    )
    assert response.output_text == "Tell me"


async def test_structured_answer_fits_the_schema(client):
    schema = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
    events = await create(
        client, input="Tides", text={"format": {"type": "json_schema", "name": "title", "schema": schema}}
    )

    assert text(events) == '{"title": "Tides"}'


async def test_structured_lists_have_as_many_entries_as_the_question_says(client):
    row = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "size": {"type": "integer", "minimum": 3, "maximum": 9},
            "kind": {"enum": ["a", "b"]},
            "day": {"type": "string", "format": "date"},
            "more": {"anyOf": [{"$ref": "#/$defs/more"}, {"type": "null"}]},
        },
        "required": ["name", "size", "kind", "day", "more"],
        "additionalProperties": False,
    }
    schema = {
        "type": "object",
        "properties": {"rows": {"type": "array", "items": row}},
        "required": ["rows"],
        "additionalProperties": False,
        "$defs": {
            "more": {
                "type": "object",
                "properties": {"next": {"anyOf": [{"$ref": "#/$defs/more"}, {"type": "null"}]}},
                "required": ["next"],
                "additionalProperties": False,
            }
        },
    }
    wanted = {"type": "json_schema", "name": "rows", "schema": schema, "strict": True}
    for question, count in (("All tides", 12), ("40 rows of tides", 40)):
        value = json.loads(text(await create(client, input=question, text={"format": wanted})))
        Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)
        assert len({row["name"] for row in value["rows"]}) == count


@pytest.mark.parametrize(
    ("word", "shown"),
    [("code", "```python"), ("table", "|:---"), ("list", "1. Weigh"), ("formula", "$$"), ("long", "## Part 10")],
)
async def test_words_of_the_question_add_sections(client, word, shown):
    assert shown in text(await create(client, input=user(f"Please show {word}")))


async def test_models_are_listed(client):
    models = [model.id async for model in client.models.list()]

    assert models == ["standin", "standin-reasoning"]
    assert (await client.models.retrieve("standin")).owned_by == "standin"


@given(some.text(min_size=1), some.data())
def test_joined_deltas_are_the_text(whole, data):
    deltas = data.draw(some.none() | some.integers(1, len(whole)))
    pieces = Delivery(background=False, limit=None, obfuscation=False, delay=0, deltas=deltas).split(whole)

    assert "".join(pieces) == whole
    assert all(pieces)
    assert deltas in (None, len(pieces))


@given(some.text(), some.integers(0, 50))
def test_truncated_text_has_as_many_tokens(whole, limit):
    start = tokens.truncate(whole, limit)

    assert whole.startswith(start)
    assert tokens.count(start) == min(limit, tokens.count(whole))
