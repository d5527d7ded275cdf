"""Calls of a real MCP server over HTTP, and as a command: what they give, and what goes wrong."""

import asyncio
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from chatsite.environment import BASE_DIR, McpCommand
from tests.support.mcp import running_mcp_server
from tools.mcp import session
from tools.mcp.catalog import ServerInfo
from tools.tool import Result

ADA = uuid.UUID(int=1)


def info(url: str = "", **fields: Any) -> ServerInfo:
    known = {"transport": "http", "auth": "none", "headers": (("x-team", "harbour"),), **fields}
    return ServerInfo(
        id=uuid.UUID(int=2),
        name="Tracker",
        label="tracker",
        owner_id=None,
        url=url,
        updated_at=datetime.now(UTC),
        **known,
    )


async def called(url: str, name: str, **arguments: Any) -> Result:
    return await session.call(info(url), ADA, name, arguments)


async def failed(url: str, name: str, **arguments: Any) -> str:
    with pytest.raises(session.CallFailed) as raised:
        await called(url, name, **arguments)
    return raised.value.sentence


async def test_tools_are_listed_in_the_words_of_the_protocol(mcp_url):
    tools = {each["name"]: each for each in await session.list_tools(info(mcp_url), ADA)}
    assert tools["close.issue"]["inputSchema"]["required"] == ["number"]
    assert tools["read_issue"]["annotations"] == {"readOnlyHint": True}
    assert max(map(len, tools)) == 200


async def test_texts_structures_images_and_resources_are_read(mcp_url):
    assert '"The tide is late"' in (await called(mcp_url, "read_issue", number=7)).text
    assert (await called(mcp_url, "close.issue", number=7, note="Done")).text == "Closed 7. Done"
    assert (await called(mcp_url, "rows")).text.startswith('[{"port":"Bodø"')
    chart = await called(mcp_url, "chart")
    assert (chart.text, [(each.width, each.height) for each in chart.images]) == ("The tides of today", [(40, 30)])
    assert (await called(mcp_url, "broken_chart")).text == "[an image that can't be shown]"
    parts = (await called(mcp_url, "parts")).text
    assert parts == "tides://today\n1.8 m\n[a link to tables: https://example.org/tables]\na\N{REPLACEMENT CHARACTER}b"


async def test_headers_of_the_server_are_sent(mcp_url):
    await called(mcp_url, "read_issue", number=1)
    async with httpx2.AsyncClient() as client:
        seen = (await client.get(mcp_url.replace("/mcp", "/seen"))).json()
    assert seen[-1]["x-team"] == "harbour"


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [("read_issue", {"number": 2000}, "no issue 2000"), ("read_issue", {}, "number"), ("nothing", {}, "nothing")],
)
async def test_what_a_tool_says_went_wrong_is_for_the_model(mcp_url, name, arguments, words):
    result = await called(mcp_url, name, **arguments)
    assert result.has_failed
    assert words in result.text


async def test_long_results_are_cut_and_endless_ones_refused(mcp_url):
    result = await called(mcp_url, "long_text", characters=200_000)
    assert "[cut: the first 50000 of 200000 characters]" in result.text
    said = await failed(mcp_url, "long_text", characters=session.MAX_BYTES)
    assert said == "Tracker answered with more than 5 MB, so nothing of it was read."


async def test_call_that_takes_too_long_is_left(mcp_url, monkeypatch):
    monkeypatch.setattr(session, "CALL_SECONDS", 0.5)
    assert await failed(mcp_url, "sleep", seconds=60) == "Tracker didn't answer within 0.5 seconds."


async def test_call_that_is_cancelled_leaves_nothing_behind(mcp_url):
    before = asyncio.all_tasks()
    running = asyncio.create_task(called(mcp_url, "sleep", seconds=60))
    await asyncio.sleep(0)
    while len(asyncio.all_tasks() - before) < 3:  # noqa: ASYNC110  its own, and those of its connection
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert asyncio.all_tasks() == before
    assert (await called(mcp_url, "close.issue", number=8)).text == "Closed 8."


async def test_server_that_dies_or_is_gone_or_inside_gets_a_sentence(settings):
    with running_mcp_server() as url:
        settings.ALLOWED_PRIVATE_ADDRESSES = []
        assert await failed(url, "crash") == "The address of Tracker isn't allowed here."
        settings.ALLOWED_PRIVATE_ADDRESSES = ["127.0.0.1"]
        assert await failed(url, "crash") == "Tracker can't be reached."
        assert await failed(url, "crash") == "Tracker can't be reached."


async def test_command_is_started_for_each_call(settings):
    command = [sys.executable, "-m", "tests.support.mcp_server", "--stdio"]
    settings.MCP_COMMANDS = {"tracker": McpCommand(command=command)}
    result = await session.call(info(transport="stdio"), ADA, "close.issue", {"number": 3})
    assert result.text == "Closed 3."
    settings.MCP_COMMANDS = {"tracker": McpCommand(command=["/nothing/there"])}
    with pytest.raises(session.CallFailed, match="can't be reached"):
        await session.call(info(transport="stdio"), ADA, "close.issue", {"number": 3})


def test_sdk_is_imported_only_when_a_server_is_called():
    code = "import sys, chatsite.asgi; sys.exit('mcp' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=BASE_DIR)
