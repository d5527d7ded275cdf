"""Background responses: resumed, polled, cancelled.

https://platform.openai.com/docs/guides/background
"""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError

from tests.support.contract import check_response
from tests.support.wire import create, create_until_abort, http, process, resume, sdk, streaming, text, types

BACKGROUND = {"background": True, "store": True}


async def first_event(client: AsyncOpenAI, **body: Any) -> dict[str, Any]:
    """Open a stream and close it after its first event, which is returned."""
    async with aclosing(streaming(client, **body)) as events:
        return await anext(events)


async def test_background_response_is_queued_first(client):
    events = await create(client, input="Hello", **BACKGROUND)

    assert types(events)[:3] == ["response.created", "response.queued", "response.in_progress"]
    assert [event["response"]["status"] for event in events[:3]] == ["queued", "queued", "in_progress"]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


@pytest.mark.parametrize("after", [None, 0, 5, 10_000])
async def test_ended_response_is_replayed_from_any_event(client, after):
    events = await create(client, input="Hello", **BACKGROUND)

    resumed = await resume(client, events[0]["response"]["id"], after)

    assert resumed == [event for event in events if after is None or event["sequence_number"] > after]


async def test_running_response_is_followed_after_a_resume(client, script):
    await script.add(text="High tide at noon", deltas=4, at={"7": {"wait": "noon"}})
    created = await first_event(client, input="When?", **BACKGROUND)
    retrieve = client.responses.with_streaming_response.retrieve

    async with retrieve(created["response"]["id"], stream=True, starting_after=5) as answer:
        lines = answer.iter_lines()
        assert '"sequence_number":6' in [line async for line in until(lines, "data:")][-1]
        await script.release("noon")
        rest = [line async for line in lines if line.startswith("event:")]

    assert rest[-1] == "event: response.completed"


async def until(lines: AsyncIterator[str], start: str) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        if line.startswith(start):
            return


async def test_background_response_continues_without_its_client(client, script):
    await script.add(text="Still here", deltas=2, at={"6": {"wait": "gone"}})
    created = await first_event(client, input="Hello", **BACKGROUND)
    await script.requests(gone=1)
    running = await client.responses.retrieve(created["response"]["id"])
    await script.release("gone")

    resumed = await resume(client, created["response"]["id"], 0)

    assert running.status == "in_progress"
    assert text(resumed) == "Still here"
    assert (await client.responses.retrieve(running.id)).output_text == "Still here"


async def test_foreground_response_is_forgotten_without_its_client(client, script):
    await script.add(text="Never read", deltas=2, at={"3": {"wait": "never"}})
    created = await first_event(client, input="Hello")
    (record,) = await script.requests(gone=1)

    assert record["gone"]
    with pytest.raises(NotFoundError, match="not found"):
        await client.responses.retrieve(created["response"]["id"])
    with pytest.raises(BadRequestError, match="Previous response"):
        await create(client, input="Again", previous_response_id=created["response"]["id"])


async def test_cut_stream_is_resumed_without_loss(client, script):
    await script.add(text="High tide at noon", deltas=4, at={"6": {"half": True, "cut": "abort"}})

    seen, was_aborted = await create_until_abort(client, input="When?", **BACKGROUND)
    resumed = await resume(client, seen[0]["response"]["id"], seen[-1]["sequence_number"])

    assert was_aborted
    assert [event["sequence_number"] for event in seen + resumed] == list(range(13))
    assert text(seen + resumed) == "High tide at noon"


async def test_response_that_was_not_streamed_is_polled(client, script):
    await script.add(text="Done", at={"4": {"wait": "polled"}})
    queued = await client.responses.create(model="standin", input="Hello", **BACKGROUND)
    check_response(queued.to_dict())
    assert queued.status == "queued"

    await script.release("polled")
    with pytest.raises(BadRequestError, match="was not created with stream=true"):
        await resume(client, queued.id)
    while (response := await client.responses.retrieve(queued.id)).status != "completed":
        assert response.status in ("queued", "in_progress")
    assert response.output_text == "Done"


async def test_foreground_response_cannot_be_resumed(client):
    events = await create(client, input="Hello")

    with pytest.raises(BadRequestError) as refused:
        await resume(client, events[0]["response"]["id"])

    assert refused.value.body == {
        "message": "This response cannot be streamed because it was not created with background=true.",
        "type": "invalid_request_error",
        "param": "stream",
        "code": "invalid_request_error",
    }


async def test_cancelling_is_idempotent_and_ends_the_streams(client, script):
    await script.add(text="Never said", at={"5": {"wait": "never"}})
    events = streaming(client, input="Hello", **BACKGROUND)
    response_id = (await anext(events))["response"]["id"]

    cancelled = [await client.responses.cancel(response_id) for _ in range(2)]
    rest = [event async for event in events]

    assert [response.status for response in cancelled] == ["cancelled", "cancelled"]
    check_response(cancelled[0].to_dict())
    assert types(rest)[-1] == "response.content_part.added"
    assert (await client.responses.retrieve(response_id)).status == "cancelled"
    with pytest.raises(BadRequestError, match="Previous response"):
        await create(client, input="Again", previous_response_id=response_id)


async def test_cancelling_a_completed_response_changes_nothing(client):
    completed = (await create(client, input="Hello", **BACKGROUND))[-1]["response"]

    assert (await client.responses.cancel(completed["id"])).to_dict() == completed


async def test_foreground_response_cannot_be_cancelled(client):
    completed = (await create(client, input="Hello"))[-1]["response"]

    with pytest.raises(BadRequestError, match="Cannot cancel a synchronous response"):
        await client.responses.cancel(completed["id"])


async def test_deleted_response_is_not_found(client, script):
    await script.add(text="Never said", at={"4": {"wait": "never"}})
    created = await first_event(client, input="Hello", **BACKGROUND)
    response_id = created["response"]["id"]

    await client.responses.delete(response_id)

    for lost in (client.responses.retrieve, client.responses.cancel, client.responses.delete):
        with pytest.raises(NotFoundError, match=f"Response with id '{response_id}' not found."):
            await lost(response_id)


@pytest.mark.process
async def test_stream_cannot_be_resumed_after_the_replay_window():
    with process("--replay-window", "0", "--delay", "0") as (_, url):
        async with sdk(url) as client:
            events = await create(client, input="Hello", **BACKGROUND)
            with pytest.raises(
                BadRequestError, match="can no longer be streamed because it is more than 5 minutes old"
            ):
                await resume(client, events[0]["response"]["id"])
            assert (await client.responses.retrieve(events[0]["response"]["id"])).status == "completed"


async def test_cursor_that_is_no_number_is_refused(client, url):
    events = await create(client, input="Hello", **BACKGROUND)
    address = f"{url}/responses/{events[0]['response']['id']}"

    async with http(headers={"Authorization": "Bearer sk-test"}) as plain:
        answer = await plain.get(address, params={"stream": "true", "starting_after": "soon"})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "starting_after")
