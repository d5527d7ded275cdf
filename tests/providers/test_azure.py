"""What Azure OpenAI is sent, by settings alone: the requests of its v1 API, which a door at its address passes on.

Nobody tried it at Azure itself. https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
"""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from providers.environment import environment_endpoint
from providers.registry import Client, connect

BODY = {"model": "our-deployment", "instructions": "Be brief.", "input": "How high is the tide?", "store": True}


class Door:
    """A server whose API is below /openai/v1, as Azure's is. It notes the requests, and the stand-in answers them."""

    def __init__(self, provider_url: str) -> None:
        self._provider_url = provider_url
        self.requests: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []

    async def pass_on(self, request: web.Request) -> web.Response:
        self.requests.append((request.method, request.raw_path))
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        address = f"{self._provider_url.rstrip('/')}/{request.match_info['rest']}"
        kept = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        async with (
            aiohttp.ClientSession() as session,
            session.request(request.method, address, data=await request.read(), headers=kept) as answer,
        ):
            return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)


@pytest.fixture
async def azure(provider, settings) -> AsyncIterator[Door]:
    door = Door(provider.base_url)
    app = web.Application()
    app.router.add_route("*", "/openai/v1/{rest:.*}", door.pass_on)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [(host, port)] = [address[:2] for address in runner.addresses]
    settings.OPENAI_BASE_URL = f"http://{host}:{port}/openai/v1/"
    settings.OPENAI_API_KEY = "key-of-the-resource"
    yield door
    await runner.cleanup()


async def read(client: Client) -> list[Any]:
    try:
        return [event async for batch in client.create(BODY) for event in batch]
    finally:
        await client.close()


@pytest.mark.parametrize("ending", ["", "/"])
@pytest.mark.parametrize(
    ("dialect", "path"),
    [("responses", "/openai/v1/responses"), ("chat_completions", "/openai/v1/chat/completions")],
)
async def test_message_is_sent_to_the_v1_api_with_the_key_as_a_bearer(azure, provider, settings, dialect, path, ending):
    settings.OPENAI_BASE_URL = settings.OPENAI_BASE_URL.rstrip("/") + ending
    settings.OPENAI_DIALECT = dialect
    provider.script(text="Two metres.")
    events = await read(connect(environment_endpoint()))
    assert events[-1]["response"]["output"][0]["content"][0]["text"] == "Two metres."
    # Without an api-version, and without headers that name nothing at Azure.
    assert azure.requests == [("POST", path)]
    [headers] = azure.headers
    assert headers["authorization"] == "Bearer key-of-the-resource"
    assert not {"api-key", "openai-organization", "openai-project"} & headers.keys()
    assert provider.bodies()[0]["model"] == "our-deployment"


async def test_models_and_stored_answers_are_asked_for_there(azure):
    client = connect(environment_endpoint())
    assert "standin" in await client.models()
    response = await client.complete(BODY)
    await client.retrieve(response["id"])
    await client.close()
    assert azure.requests == [
        ("GET", "/openai/v1/models"),
        ("POST", "/openai/v1/responses"),
        ("GET", f"/openai/v1/responses/{response['id']}"),
    ]
    assert {headers["authorization"] for headers in azure.headers} == {"Bearer key-of-the-resource"}
