"""The stand-in in its own tests: its process, its scripts, and its events over the network."""

import json
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from openai import AsyncOpenAI, omit

from tests.support.contract import check_event, check_request

ROOT = Path(__file__).parents[2]
READY = "standin listening on "
# No connection is encrypted, and loading the system's certificates takes longer than most of these tests.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

FUNCTION = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "unit": {"enum": ["celsius", "kelvin"]},
            "days": {"type": "integer"},
        },
        "required": ["city", "unit", "days"],
        "additionalProperties": False,
    },
}
"""A function tool, as a request declares it."""


@contextmanager
def process(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a stand-in while the block runs; yield its process and its base URL."""
    command = [sys.executable, "-m", "standin", *options]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ}, stdout=subprocess.PIPE, text=True) as started:
        try:
            assert started.stdout is not None
            line = started.stdout.readline()
            assert line.startswith(READY), line
            yield started, line.removeprefix(READY).strip()
        finally:
            started.terminate()


def sdk(url: str, key: str = "sk-test") -> AsyncOpenAI:
    return AsyncOpenAI(base_url=url, api_key=key, max_retries=0, http_client=http())


def http(**options: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(verify=NO_CERTIFICATES, timeout=60, **options)


class Script:
    """A client of the stand-in's `/_script`."""

    def __init__(self, root: str) -> None:
        self._http = http(base_url=root)

    async def add(self, **script: Any) -> None:
        (await self._http.post("/_script", json=script)).raise_for_status()

    async def refuse(self, **script: Any) -> str:
        answer = await self._http.post("/_script", json=script)
        assert answer.status_code == 400
        return str(answer.json()["error"])

    async def container(self, container_id: str, **container: Any) -> None:
        (await self._http.post(f"/_script/containers/{container_id}", json=container)).raise_for_status()

    async def vector_store(self, store_id: str, **state: Any) -> None:
        (await self._http.post(f"/_script/vector_stores/{store_id}", json=state)).raise_for_status()

    async def release(self, name: str) -> None:
        (await self._http.post(f"/_script/release/{name}")).raise_for_status()

    async def requests(self, **query: int) -> list[dict[str, Any]]:
        answer = await self._http.get("/_script/requests", params=query)
        records: list[dict[str, Any]] = answer.raise_for_status().json()
        return records

    async def clear(self) -> None:
        await self._http.delete("/_script")
        await self._http.delete("/_script/requests")

    async def close(self) -> None:
        await self._http.aclose()


async def create(client: AsyncOpenAI, **body: Any) -> list[dict[str, Any]]:
    """Return all events of a streamed response. The request and each event are checked against the API's contract."""
    return [event async for event in streaming(client, **body)]


async def streaming(client: AsyncOpenAI, **body: Any) -> AsyncGenerator[dict[str, Any]]:
    body = {"model": "standin", "stream": True, **body}
    check_request(body)
    async with client.responses.with_streaming_response.create(**body) as answer:
        async for event in decoded(answer.iter_lines()):
            yield event


async def create_until_abort(client: AsyncOpenAI, **body: Any) -> tuple[list[dict[str, Any]], bool]:
    """Return the events that came, and whether the connection was aborted."""
    events: list[dict[str, Any]] = []
    try:
        async for event in streaming(client, **body):
            events.append(event)  # noqa: PERF401  the events before an error must be kept
    except httpx2.RemoteProtocolError:
        return events, True
    return events, False


async def resume(client: AsyncOpenAI, response_id: str, after: int | None = None) -> list[dict[str, Any]]:
    retrieve = client.responses.with_streaming_response.retrieve
    async with retrieve(response_id, stream=True, starting_after=omit if after is None else after) as answer:
        return [event async for event in decoded(answer.iter_lines())]


async def decoded(lines: AsyncIterator[str]) -> AsyncIterator[dict[str, Any]]:
    name = ""
    async for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        if line.startswith("data: "):
            event = json.loads(line.removeprefix("data: "))
            assert event["type"] == name
            check_event(event)
            yield event


def types(events: list[dict[str, Any]]) -> list[str]:
    """Return the types of the events, each run of equal ones once: the number of deltas may vary."""
    kinds = [event["type"] for event in events]
    return [kind for index, kind in enumerate(kinds) if index == 0 or kinds[index - 1] != kind]


def text(events: list[dict[str, Any]]) -> str:
    return "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")


def user(*content: Any) -> list[dict[str, Any]]:
    """Return the input of one message. Parts given as text become text parts."""
    parts = [{"type": "input_text", "text": part} if isinstance(part, str) else part for part in content]
    return [{"role": "user", "content": parts}]
