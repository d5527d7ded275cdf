"""The scripting interface: everything that a test can have the stand-in do."""

import base64
import json

import pytest
from openai import APIConnectionError, APIError, InternalServerError, RateLimitError

from tests.support.wire import create, create_until_abort, http, streaming, text, types

CREATED = {"event": {"type": "response.created", "response": "$response"}}
COMPLETED = {"event": {"type": "response.completed", "response": "$response"}}
KEY = {"Authorization": "Bearer sk-test"}


async def raw(url: str) -> bytes:
    """Return the bytes of a streamed answer as they came over the network."""
    async with http(headers=KEY) as plain:
        answer = await plain.post(f"{url}/responses", json={"model": "standin", "input": "Hello", "stream": True})
        return answer.content


async def test_text_is_split_into_deltas(client, script):
    await script.add(text="High tide", deltas=3)

    events = await create(client, input="When?")

    assert [event["delta"] for event in events if event["type"] == "response.output_text.delta"] == [
        "Hig",
        "h t",
        "ide",
    ]


async def test_first_matching_script_with_runs_left_answers(client, script):
    await script.add(match="tide", times=1, text="once")
    await script.add(match="tide", text="then")
    await script.add(text="anything")

    said = [text(await create(client, input=question)) for question in ("high tide", "low tide", "tide", "moon")]

    assert said == ["once", "then", "then", "anything"]


async def test_script_can_match_a_tool_output(client, script):
    await script.add(match="4 degrees", text="Cold")
    call = {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}"}
    output = {"type": "function_call_output", "call_id": "call_1", "output": "4 degrees"}

    assert text(await create(client, input=[{"role": "user", "content": "Weather?"}, call, output])) == "Cold"


async def test_script_can_answer_with_an_error(client, script):
    refusal = {"message": "Slow down.", "type": "requests", "param": None, "code": "rate_limit_exceeded"}
    await script.add(times=1, error={"status": 429, "headers": {"retry-after": "7"}, "body": {"error": refusal}})

    with pytest.raises(RateLimitError) as failed:
        await create(client, input="Hello")

    assert failed.value.body == refusal
    assert failed.value.response.headers["retry-after"] == "7"
    assert (await create(client, input="Hello"))[-1]["type"] == "response.completed"


async def test_script_can_answer_with_an_error_that_is_no_json(client, script):
    await script.add(error={"status": 502, "headers": {"content-type": "text/html"}, "body": "<h1>Bad gateway</h1>"})

    with pytest.raises(InternalServerError) as failed:
        await create(client, input="Hello")

    assert await failed.value.response.aread() == b"<h1>Bad gateway</h1>"


async def test_script_can_list_the_events(client, script):
    failure = {"error": {"code": "server_error", "message": "It broke."}}
    failed = {"event": {"type": "response.failed", "response": {"$response": failure}}}
    await script.add(steps=[CREATED, {"raw": ": ping\n\n"}, failed])

    events = await create(client, input="Hello")

    assert types(events) == ["response.created", "response.failed"]
    assert [event["sequence_number"] for event in events] == [0, 1]
    assert events[0]["response"]["id"] == events[1]["response"]["id"]
    assert events[1]["response"]["status"] == "failed"
    assert events[1]["response"]["error"] == failure["error"]


async def test_scripted_output_can_be_continued(client, script):
    item = {
        "id": "msg_scripted",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "Noon", "annotations": [], "logprobs": []}],
    }
    done = {"event": {"type": "response.output_item.done", "output_index": 0, "item": item}}
    await script.add(times=1, steps=[CREATED, done, COMPLETED])

    first = (await create(client, input="When?"))[-1]["response"]
    second = await create(client, input="Sure?", previous_response_id=first["id"])

    assert first["output"] == [item]
    assert "turn 2" in text(second)


@pytest.mark.parametrize("output", ["words", [["words"], {"id": "no type"}, {"type": 4}, None]])
async def test_scripted_output_that_is_none_troubles_no_later_request(client, url, script, output):
    event = {"type": "response.completed", "response": {"$response": {"status": "completed", "output": output}}}
    await script.add(times=1, steps=[CREATED, {"event": event}])
    assert b"response.completed" in await raw(url)
    item = {"id": "msg_other", "type": "message", "role": "assistant", "status": "completed", "content": []}
    assert "You asked" in text(await create(client, input=[item, {"role": "user", "content": "Sure?"}]))


async def test_placeholders_are_filled_in_the_response_only(url, script):
    response = {"id": "$id", "created_at": "$created_at", "model": "$model", "status": "in_progress"}
    await script.add(steps=[{"event": {"type": "response.created", "response": response, "note": "$model"}}])

    event = json.loads((await raw(url)).split(b"data: ")[1])

    assert event["response"]["model"] == "standin"
    assert event["response"]["id"].startswith("resp_")
    assert isinstance(event["response"]["created_at"], int)
    assert event["note"] == "$model"


async def test_verbatim_event_is_sent_as_it_is_written(url, script):
    event = {"type": "response.created", "response": "$response"}
    await script.add(steps=[{"event": event, "verbatim": True}])

    assert (
        await raw(url)
        == b"event: response.created\ndata: " + json.dumps(event, separators=(",", ":")).encode() + b"\n\n"
    )


async def test_half_of_a_verbatim_event_is_sent(url, script):
    step = {"event": {"type": "response.created"}, "verbatim": True, "half": True}
    await script.add(steps=[step])

    assert await raw(url) == b"event: response.created\ndata:"


async def test_nested_error_event_in_the_stream_is_raised(client, script):
    error = {"type": "error", "error": {"code": "server_error", "message": "It broke."}}
    await script.add(steps=[CREATED, {"event": error}])

    stream = await client.responses.create(model="standin", input="Hello", stream=True)

    assert (await anext(stream)).type == "response.created"
    with pytest.raises(APIError, match="It broke"):
        await anext(stream)


async def test_script_can_wait_before_the_headers(client, script):
    await script.add(wait="headers", text="Late")
    with pytest.raises(APIConnectionError, match="timed out"):
        await client.responses.create(model="standin", input="Hello", timeout=0.2)
    (record,) = await script.requests(gone=1)
    assert record["status"] is None

    await script.release("headers")
    assert text(await create(client, input="Hello")) == "Late"


async def test_script_can_wait_in_the_stream(client, script):
    await script.add(text="High tide at noon", deltas=4, at={"6": {"wait": "go"}})
    events = streaming(client, input="When?")
    before = [await anext(events) for _ in range(6)]

    await script.release("go")
    after = [event async for event in events]

    assert (text(before), text(after)) == ("High tid", "e at noon")


async def test_connection_is_aborted_after_an_event(client, script):
    await script.add(text="High tide at noon", deltas=4, at={"5": {"cut": "abort"}})

    events, was_aborted = await create_until_abort(client, input="When?")

    assert (len(events), was_aborted) == (6, True)


async def test_connection_is_cut_in_the_middle_of_an_event(client, url, script):
    await script.add(text="High tide at noon", deltas=4, at={"5": {"half": True, "cut": "abort"}})
    events, was_aborted = await create_until_abort(client, input="When?")
    assert (len(events), was_aborted) == (5, True)

    await script.clear()
    await script.add(text="High tide at noon", deltas=4, at={"5": {"half": True, "cut": "eof"}})
    *whole, half = (await raw(url)).split(b"data: ")
    assert len(whole) == 6
    with pytest.raises(json.JSONDecodeError):
        json.loads(half)


async def test_stream_ends_in_order_without_a_terminal_event(client, script):
    await script.add(text="High tide at noon", deltas=4, at={"5": {"cut": "eof"}})

    events = await create(client, input="When?")

    assert types(events)[-1] == "response.output_text.delta"
    assert len(events) == 6


@pytest.mark.parametrize("cut", ["abort", "eof"])
async def test_cut_foreground_response_is_not_stored(client, script, cut):
    await script.add(times=1, text="High tide at noon", deltas=4, at={"5": {"cut": cut}})

    events, was_aborted = await create_until_abort(client, input="When?")

    assert was_aborted is (cut == "abort")
    with pytest.raises(APIError, match="not found"):
        await client.responses.retrieve(events[0]["response"]["id"])


async def test_raw_bytes_are_sent_as_they_are(url, script):
    snowman = "☃".encode()
    await script.add(
        steps=[
            {"raw": "event: x\r\ndata: {garbage\r\n\r\n"},
            {"raw": 'data: "'},
            {"base64": base64.b64encode(snowman[:1]).decode(), "pause": 0.01},
            {"base64": base64.b64encode(snowman[1:]).decode()},
            {"raw": '"\n\n'},
        ]
    )

    assert await raw(url) == b'event: x\r\ndata: {garbage\r\n\r\ndata: "' + snowman + b'"\n\n'


async def test_scripts_apply_to_responses_that_are_not_streamed(client, script):
    await script.add(times=1, text="At once", deltas=7)
    assert (await client.responses.create(model="standin", input="Hello")).output_text == "At once"

    await script.add(text="Never", at={"4": {"cut": "abort"}})
    with pytest.raises(APIConnectionError):
        await client.responses.create(model="standin", input="Hello")


async def test_clearing_releases_waiting_responses(client, script):
    await script.add(text="At last", at={"2": {"wait": "for ever"}})
    events = streaming(client, input="Hello")
    await anext(events)

    await script.clear()

    assert text([event async for event in events]) == "At last"
    assert "stand-in" in text(await create(client, input="Hello"))


@pytest.mark.parametrize("cut", ["abort", "eof"])
async def test_connection_is_dropped_before_the_headers(client, script, cut):
    await script.add(times=1, drop=cut)

    with pytest.raises(APIConnectionError):
        await create(client, input="Hello")

    (record,) = await script.requests(settled=1)
    assert (record["body"]["input"], record["status"]) == ("Hello", 444)
    assert "stand-in" in text(await create(client, input="Hello"))


async def test_retrieving_has_scripts_of_its_own(client, script):
    first = await create(client, input="Hello", background=True)
    response_id = first[0]["response"]["id"]
    await script.add(on="retrieve", times=2, error={"status": 502})

    for is_streamed in (True, False):
        with pytest.raises(InternalServerError):
            await client.responses.retrieve(response_id, stream=is_streamed)
    assert (await client.responses.retrieve(response_id)).status == "completed"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"text": "a", "drop": "eof"},
        {"on": "retrieve", "text": "a"},
        {"text": "a", "steps": []},
        {"text": "a", "deltas": 2},
        {"text": "a", "speed": 1},
        {"steps": [{"cut": "gently"}]},
        {"text": "a", "at": {"first": {}}},
    ],
)
async def test_invalid_script_is_refused(script, wrong):
    assert await script.refuse(**wrong)


class TestRequests:
    async def test_requests_are_recorded_in_order(self, client, script):
        events = await create(client, input="Hello", metadata={"turn": "7"})
        response_id = events[0]["response"]["id"]
        await client.responses.retrieve(response_id, include=["message.output_text.logprobs"])
        with pytest.raises(APIError):
            await client.responses.create(model="standin", input="Hello", extra_body={"zeal": 1})

        created, retrieved, refused = await script.requests(settled=3)

        assert created == {
            "method": "POST",
            "path": "/v1/responses",
            "query": {},
            "body": {"model": "standin", "input": "Hello", "stream": True, "metadata": {"turn": "7"}},
            "status": 200,
            "gone": False,
        }
        assert retrieved["path"] == f"/v1/responses/{response_id}"
        assert retrieved["query"] == {"include[]": "message.output_text.logprobs"}
        assert (retrieved["body"], retrieved["status"]) == (None, 200)
        assert (refused["body"]["zeal"], refused["status"]) == (1, 400)

    async def test_api_key_is_not_recorded(self, client, script):
        await create(client, input="Hello")

        assert "sk-test" not in json.dumps(await script.requests(settled=1))

    async def test_recorded_requests_can_be_forgotten(self, client, script):
        await client.models.retrieve("standin")
        await script.clear()

        assert await script.requests() == []


async def test_script_can_call_functions(client, script):
    calls = [{"name": "get_tide", "arguments": "{cut", "call_id": "call_1"}, {"name": "get_wind"}]
    await script.add(calls=calls)

    output = (await create(client, input="Tides?"))[-1]["response"]["output"]

    assert [(item["type"], item["name"], item["arguments"]) for item in output] == [
        ("function_call", "get_tide", "{cut"),
        ("function_call", "get_wind", "{}"),
    ]
    assert output[0]["call_id"] == "call_1"


async def test_nothing_is_called_if_the_request_says_so(client):
    tool = {"type": "function", "name": "get_tide", "parameters": {"type": "object"}, "strict": False}
    events = await create(client, input="Use get_tide", tools=[tool], tool_choice="none")
    assert [item["type"] for item in events[-1]["response"]["output"]] == ["message"]
