"""A client of Chat Completions does what one of the Responses API does, as far as that can be done."""

import asyncio
from typing import Any

import pytest

from providers.environment import environment_endpoint
from providers.failures import Failure
from providers.registry import Client, connect
from tests.support.contract import check_chat_request
from tests.support.ports import free_port

BODY = {"model": "standin", "instructions": "Be brief.", "input": "How high is the tide?", "store": True}


@pytest.fixture
async def client(provider, settings) -> Any:
    settings.OPENAI_DIALECT = "chat_completions"
    client = connect(environment_endpoint())
    yield client
    await client.close()


async def test_completion_is_a_whole_response(client: Client, provider):
    provider.script(text="Two metres.")
    response = await client.complete(BODY)
    assert (response["status"], response["output"][0]["content"][0]["text"]) == ("completed", "Two metres.")
    assert response["usage"]["output_tokens"] == 4
    check_chat_request(provider.bodies()[0])


async def test_parts_are_those_of_what_is_sent(client: Client, provider):
    body = BODY | {"max_output_tokens": 20, "previous_response_id": "resp_1", "metadata": {"a": "b"}}
    assert client.parts(body) == {"max_tokens", "stream_options", "system"}
    await client.complete(body, {"max_tokens", "stream_options"})
    assert provider.bodies()[0].keys() == {"model", "messages", "stream", "max_completion_tokens"}


async def test_models_are_listed(client: Client):
    assert "standin" in await client.models()


async def test_nothing_is_kept_by_the_provider(client: Client):
    for lookup in (client.retrieve("resp_1"), client.cancel("resp_1"), anext(client.resume("resp_1", 0))):
        with pytest.raises(Failure) as failed:
            await lookup
        assert failed.value.status == 404


async def test_failure_of_the_connection_is_one(provider, settings):
    settings.OPENAI_DIALECT = "chat_completions"
    settings.OPENAI_BASE_URL = f"http://127.0.0.1:{free_port()}/v1"
    client = connect(environment_endpoint())
    with pytest.raises(Failure) as failed:
        await client.complete(BODY)
    assert (failed.value.code, failed.value.retry_after) == ("connection_error", 0)
    await client.close()


async def test_failed_completion_is_a_failure(client: Client, provider):
    provider.script(odd="chat/filtered")
    with pytest.raises(Failure) as failed:
        await client.complete(BODY)
    assert failed.value.code == "content_filter"


async def test_reader_that_leaves_ends_the_request(client: Client, provider):
    provider.script(text="Two metres.", deltas=2, at={"2": {"wait": "never"}})
    batches = client.create(BODY)
    await anext(batches)
    assert not client.is_idle
    await batches.aclose()
    assert client.is_idle
    assert [request["gone"] for request in await asyncio.to_thread(provider.requests, gone=1)] == [True]
