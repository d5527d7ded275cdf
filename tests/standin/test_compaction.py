"""Compaction and counting: what the API's endpoints and `context_management` do.

https://platform.openai.com/docs/guides/conversation-state#managing-the-context-window
"""

from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError

from tests.support.contract import check_compacted, check_request
from tests.support.wire import FUNCTION, create, types

LONG = "How high is the tide at Brest? " * 200


async def ask(client: AsyncOpenAI, question: Any, **body: Any) -> dict[str, Any]:
    response: dict[str, Any] = (await create(client, input=question, **body))[-1]["response"]
    return response


def said(response: dict[str, Any]) -> str:
    return str(response["output"][-1]["content"][0]["text"])


async def compact(client: AsyncOpenAI, **body: Any) -> dict[str, Any]:
    answer = await client.responses.with_raw_response.compact(model="standin", **body)
    compacted: dict[str, Any] = answer.http_response.json()
    check_compacted(compacted)
    # The SDK types no id of a person's message.
    for item in compacted["output"][:-1]:
        del item["id"]
    return compacted


@pytest.mark.parametrize("is_chained", [True, False])
async def test_compacted_conversation_goes_on(client, is_chained):
    first = await ask(client, LONG)
    second = await ask(client, "And tomorrow?", previous_response_id=first["id"])
    said_before = [{"role": "user", "content": LONG}, {"role": "user", "content": "And tomorrow?"}]
    whole = {"previous_response_id": second["id"]} if is_chained else {"input": said_before}

    compacted = await compact(client, **whole)
    assert [item["type"] for item in compacted["output"]] == ["message", "message", "compaction"]
    assert compacted["usage"]["input_tokens"] > 1000 > compacted["usage"]["output_tokens"]

    third = await ask(client, [*compacted["output"], {"role": "user", "content": "And then?"}])
    assert "turn 3, of which the first 2 were compacted" in said(third)
    assert "began with “How high is the tide at Brest?" in said(third)
    assert third["usage"]["input_tokens"] < 1000

    again = await compact(client, previous_response_id=third["id"])
    fourth = await ask(client, [*again["output"], {"role": "user", "content": "And at last?"}])
    assert "turn 4, of which the first 3 were compacted" in said(fourth)


async def test_context_management_compacts_in_the_answer(client):
    management = [{"type": "compaction", "compact_threshold": 1000}]
    short = await create(client, input="Hello", context_management=management)
    assert "response.compaction.compacting" not in types(short)

    events = await create(client, input=LONG, context_management=management)
    kinds = types(events)
    assert kinds[2:5] == [
        "response.output_item.added",
        "response.compaction.compacting",
        "response.output_item.done",
    ]
    response = events[-1]["response"]
    assert [item["type"] for item in response["output"]] == ["compaction", "message"]

    chained = await ask(client, "And then?", previous_response_id=response["id"], context_management=management)
    assert "turn 2, of which the first 1 were compacted" in said(chained)
    assert [item["type"] for item in chained["output"]] == ["message"]
    request = [*response["output"], {"role": "user", "content": "And then?"}]
    request[1] = {"role": "assistant", "content": said(response)}
    check_request({"model": "standin", "input": request})
    assert "of which the first 1 were compacted" in said(await ask(client, request))


@pytest.mark.parametrize("content", ["c2VjcmV0", "standin-sealed:c2VjcmV0", "standin-sealed:%%"])
async def test_foreign_compaction_is_refused(client, content):
    with pytest.raises(BadRequestError) as refused:
        await ask(client, [{"type": "compaction", "encrypted_content": content}, {"role": "user", "content": "Hi"}])
    assert refused.value.code == "invalid_encrypted_content"


async def test_input_is_counted_as_a_response_counts_it(client):
    body: dict[str, Any] = {"instructions": "Be brief.", "input": LONG, "tools": [FUNCTION]}
    first = await ask(client, **{"question": body.pop("input"), **body})

    counted = await client.responses.input_tokens.count(model="standin", input=LONG, **body)
    assert counted.input_tokens == first["usage"]["input_tokens"]

    more = await client.responses.input_tokens.count(model="standin", previous_response_id=first["id"])
    assert more.input_tokens > 1000


@pytest.mark.parametrize("endpoint", ["compact", "input_tokens"])
@pytest.mark.parametrize(
    ("changes", "code"), [({"model": None}, "missing_required_parameter"), ({"zeal": 1}, "unknown_parameter")]
)
async def test_invalid_requests_are_refused(client, endpoint, changes, code):
    with pytest.raises(BadRequestError) as refused:
        await client.post(f"/responses/{endpoint}", cast_to=object, body={"model": "standin", "input": "Hi"} | changes)
    assert refused.value.code == code


@pytest.mark.parametrize(("on", "endpoint"), [("compact", "compact"), ("count", "input_tokens")])
async def test_scripts_refuse_an_endpoint(client, script, on, endpoint):
    await script.add(on=on, times=1, error={"status": 404, "body": {"error": {"message": "Not found"}}})
    body = {"model": "standin", "input": "Hi"}
    with pytest.raises(Exception, match="Not found"):
        await client.post(f"/responses/{endpoint}", cast_to=object, body=body)
    await client.post(f"/responses/{endpoint}", cast_to=object, body=body)


async def test_summary_is_asked_for_like_anything_else(client):
    question = "<conversation>\nPerson: How high is the tide?\n\nAssistant: Two metres.\n</conversation>"
    answer = await ask(client, question, instructions="Summarize the conversation.")
    assert said(answer).splitlines()[2:] == ["- Person: How high is the tide?", "- Assistant: Two metres."]
