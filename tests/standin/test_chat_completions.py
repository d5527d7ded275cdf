"""The stand-in as a server of Chat Completions: requests and chunks are checked against the API's contract."""

import json
from base64 import b64encode
from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError

from tests.support.contract import check_chat_request, check_chunk, check_completion
from tests.support.images import encoded, image
from tests.support.wire import FUNCTION, http

TIDE = {"role": "user", "content": "When is high tide?"}
TOOL = {"type": "function", "function": {name: FUNCTION[name] for name in ("name", "description", "parameters")}}


async def chunks(client: AsyncOpenAI, *messages: Any, **body: Any) -> list[dict[str, Any]]:
    """The chunks of a streamed completion, checked."""
    request = {"model": "standin", "messages": list(messages) or [TIDE], "stream": True, **body}
    check_chat_request(request)
    async with client.chat.completions.with_streaming_response.create(**request) as answer:
        lines = [line async for line in answer.iter_lines() if line]
    assert lines.pop() == "data: [DONE]"
    read = [json.loads(line.removeprefix("data: ")) for line in lines]
    for chunk in read:
        check_chunk(chunk)
    return read


def text(chunks: list[dict[str, Any]], name: str = "content") -> str:
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    return "".join(delta.get(name) or "" for delta in deltas)


def reason(chunks: list[dict[str, Any]]) -> Any:
    return next(chunk["choices"][0]["finish_reason"] for chunk in reversed(chunks) if chunk["choices"])


async def test_answer_is_streamed(client):
    answer = await chunks(client)
    assert answer[0]["choices"][0]["delta"]["role"] == "assistant"
    assert "When is high tide?" in text(answer)
    assert reason(answer) == "stop"
    assert all("usage" not in chunk for chunk in answer)


async def test_usage_is_in_the_last_chunk_if_it_is_asked_for(client):
    answer = await chunks(client, stream_options={"include_usage": True})
    assert answer[-1]["choices"] == []
    assert answer[-1]["usage"]["completion_tokens"] > 10
    assert all(chunk["usage"] is None for chunk in answer[:-1])


async def test_completion_can_be_asked_for_without_streaming(client):
    completion = await client.chat.completions.create(model="standin", messages=[TIDE])
    check_completion(completion.to_dict())
    assert "When is high tide?" in (completion.choices[0].message.content or "")


async def test_thought_is_sent_as_other_servers_do(client):
    answer = await chunks(client, model="standin-reasoning")
    assert text(answer, "reasoning_content").startswith("**Reading the question**")
    completion = await client.chat.completions.create(model="standin-reasoning", messages=[TIDE])
    check_completion(completion.to_dict())


async def test_limit_cuts_the_answer(client):
    assert reason(await chunks(client, max_tokens=5)) == "length"


async def test_turns_and_images_are_understood(client):
    url = f"data:image/png;base64,{b64encode(encoded(image())).decode()}"
    shown = {"type": "image_url", "image_url": {"url": url}}
    question = {"role": "user", "content": [{"type": "text", "text": "And this?"}, shown]}
    answer = await chunks(client, TIDE, {"role": "assistant", "content": "At six."}, question)
    assert "This is turn 2" in text(answer)
    assert "**Image:**" in text(answer)


async def test_named_function_is_called_and_answered(client):
    question = {"role": "user", "content": "Use get_weather, please"}
    answer = await chunks(client, question, tools=[TOOL])
    assert reason(answer) == "tool_calls"
    deltas = [call for chunk in answer for call in chunk["choices"][0]["delta"].get("tool_calls", [])]
    arguments = "".join(call["function"]["arguments"] for call in deltas)
    assert set(json.loads(arguments)) == {"city", "unit", "days"}
    call = {"id": deltas[0]["id"], "type": "function", "function": {"name": "get_weather", "arguments": arguments}}
    made = {"role": "assistant", "content": None, "tool_calls": [call]}
    output = {"role": "tool", "tool_call_id": call["id"], "content": "Rain"}
    assert "> Rain" in text(await chunks(client, question, made, output, tools=[TOOL]))
    completion = await client.chat.completions.create(model="standin", messages=[question], tools=[TOOL])
    check_completion(completion.to_dict())


async def test_schema_is_kept_to(client):
    schema = {"type": "json_schema", "json_schema": {"name": "w", "schema": FUNCTION["parameters"], "strict": True}}
    assert set(json.loads(text(await chunks(client, response_format=schema)))) == {"city", "unit", "days"}


CALLING = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "a", "type": "function", "function": {"name": "tide", "arguments": "{}"}}],
}


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"zeal": 1}, "zeal"),
        ({"store": True, "metadata": {"turn": 7}}, "metadata.turn"),
        ({"metadata": {"turn": "7"}}, "metadata"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"temperature": 2.1}, "temperature"),
        ({"presence_penalty": -3}, "presence_penalty"),
        ({"n": 2}, "n"),
        ({"stop": list("abcde")}, "stop"),
        ({"max_tokens": 1, "max_completion_tokens": 1}, None),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name"),
        ({"response_format": {"type": "json_object"}}, "messages"),
        ({"messages": [{"role": "poet", "content": "Ah"}]}, "messages[0].role"),
        ({"messages": [{"content": "Ah"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": "Ah", "zeal": 1}]}, "messages[0].zeal"),
        (
            {"messages": [{"role": "user", "content": [{"type": "input_text", "text": "Ah"}]}]},
            "messages[0].content[0].type",
        ),
        ({"messages": [CALLING, TIDE]}, "messages"),
        ({"messages": [CALLING]}, "messages"),
        ({"messages": [TIDE, {"role": "tool", "tool_call_id": "a", "content": "2"}]}, "messages[1].role"),
    ],
)
async def test_invalid_request_is_refused(client, changes, param):
    with pytest.raises(BadRequestError) as refused:
        await client.chat.completions.create(model="standin", messages=[TIDE], extra_body=changes)
    assert refused.value.param == param


async def test_script_answers_with_its_text_and_its_steps(client, script):
    await script.add(times=1, text="At six.", deltas=2)
    assert [chunk["choices"][0]["delta"].get("content") for chunk in await chunks(client)] == ["", "At ", "six.", None]
    await script.add(text="At six.", at={"1": {"half": True, "cut": "eof"}})
    async with http() as plain:
        answer = await plain.post(
            f"{client.base_url}chat/completions",
            json={"model": "standin", "messages": [TIDE], "stream": True},
            headers={"Authorization": "Bearer x"},
        )
    assert "[DONE]" not in answer.text
    assert not answer.text.endswith("\n\n")


async def test_script_may_be_odd_or_an_error(client, script):
    await script.add(times=1, odd="chat/whole")
    assert (await client.chat.completions.create(model="standin", messages=[TIDE])).choices[0].finish_reason == "stop"
    await script.add(error={"status": 400, "body": {"error": {"message": "No."}}})
    with pytest.raises(BadRequestError):
        await client.chat.completions.create(model="standin", messages=[TIDE])
