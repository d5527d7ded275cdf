"""Answers that call the tools of an MCP server, made with the official SDK."""

import json
from typing import Any

import pytest
from django.utils import timezone

from common.threads import in_thread
from providers.items import item_text
from tests.support.socket import ask_and_wait, open_socket
from tests.support.tool_calls import calls, decide, turn, until_step_ends
from tools.mcp import catalog
from tools.mcp.reading import read_tools
from tools.models import McpServer

pytestmark = pytest.mark.django_db(transaction=True)


@in_thread
def store(url: str, **fields: Any) -> McpServer:
    return McpServer.objects.create(name="Tracker", label="tracker", url=url, **fields)


@in_thread
def stored(server: McpServer) -> McpServer:
    return McpServer.objects.get(pk=server.pk)


@in_thread
def change(server: McpServer, **fields: Any) -> None:
    row = McpServer.objects.get(pk=server.pk)
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    catalog.refresh()


@pytest.fixture
async def server(site, mcp_url, ada, settings) -> McpServer:
    settings.DEFAULT_TOOLS = ["mcp-tracker"]
    row = await store(mcp_url)
    await read_tools(row.pk, ada.pk)
    await in_thread(catalog.refresh)()
    return row


def called(name: str, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": json.dumps(arguments)}


def function(words: str) -> str:
    """Return the name of the function of the server whose name has these words."""
    known = catalog.server("tracker")
    assert known
    return next(name for name, tool in known.tools.items() if words in tool.name)


async def test_what_only_reads_runs_and_what_changes_something_asks_first(site, server, ada):
    names = function("read_issue"), function("close.issue")
    site.script(match="issue?", calls=[called(names[0], number=7), called(names[1], number=7, note="Done")])
    socket = await open_socket(ada)
    await socket.ask("What about the issue?")
    events = await until_step_ends(socket)
    assert events[-1]["type"] == "response.waiting"
    offered = {tool["name"]: tool for tool in site.bodies()[-1]["tools"]}
    assert offered[names[1]]["strict"] is False
    assert offered[names[1]]["parameters"]["required"] == ["number"]

    read, close = await calls()
    assert (read.status, close.status) == ("done", "waiting")
    assert "The tide is late" in read.output
    await decide(socket, close.pk, "once")
    events = await until_step_ends(socket)
    titles = {event["call"]["title"] for event in events if event["type"] == "response.tool_call.updated"}
    assert titles == {"Tracker: Read an issue", "Tracker: Close an issue"}
    assert "> Closed 7. Done" in item_text((await turn())[-1].output)
    await socket.close()


async def test_grant_ends_when_the_tool_changes(site, server, ada):
    name = function("close.issue")
    site.script(match="close", calls=[called(name, number=7)])
    socket = await open_socket(ada)
    await socket.ask("Please close it")
    await until_step_ends(socket)
    [waiting] = await calls()
    await decide(socket, waiting.pk, "conversation")
    await until_step_ends(socket)
    _, step = await turn()
    await socket.ask("Please close another", conversation=str(step.conversation_id), previous_response_id=str(step.pk))
    await until_step_ends(socket)
    assert [each.status for each in await calls()] == ["done", "done"]

    tools = (await stored(server)).tools
    await change(server, tools=[tool | {"changed_at": "2999-01-01T00:00:00Z"} for tool in tools])
    last = (await turn())[-1]
    await socket.ask("Please close a third", conversation=str(step.conversation_id), previous_response_id=str(last.pk))
    await until_step_ends(socket)
    assert (await calls())[-1].status == "waiting"

    # It is allowed anew, as it is now.
    await change(server, tools=[tool | {"changed_at": timezone.now().isoformat()} for tool in tools])
    await decide(socket, (await calls())[-1].pk, "conversation")
    await until_step_ends(socket)
    last = (await turn())[-1]
    await socket.ask("Please close a fourth", conversation=str(step.conversation_id), previous_response_id=str(last.pk))
    await until_step_ends(socket)
    assert (await calls())[-1].status == "done"
    await socket.close()


async def test_server_of_somebody_else_is_neither_offered_nor_called(site, server, ada, mallory):
    name = function("read_issue")
    await change(server, owner=ada)
    site.script(match="issue?", calls=[called(name, number=7)])
    socket = await open_socket(mallory)
    await ask_and_wait(socket, "What about the issue?", tools={"mcp-tracker": True})
    assert "tools" not in site.bodies()[0]
    assert {each.status for each in await calls()} <= {"failed", "cancelled"}
    await socket.close()


async def test_schema_that_the_provider_refuses_costs_the_other_tools_nothing(site, server, ada, settings):
    settings.DEFAULT_TOOLS = ["mcp-tracker", "current_time"]
    words = f"Invalid schema for function '{function('close.issue')}': In context=(), array schema missing items."
    error = {"message": words, "type": "invalid_request_error", "param": "tools[2].parameters"}
    refused = {"status": 400, "body": {"error": error | {"code": "invalid_function_parameters"}}}
    site.script(times=1, error=refused)
    socket = await open_socket(ada)
    for number in (1, 2):
        await ask_and_wait(socket, f"What time is it? {number}", tools={"mcp-tracker": True})
    first, again, later = site.bodies()
    assert len(first["tools"]) > 2
    assert [each["name"] for each in again["tools"]] == ["current_time"]
    # Nothing is learnt of the model: the server may change it.
    assert len(later["tools"]) == len(first["tools"])
    await socket.close()
