"""MCP servers that the provider calls: it asks whether it may, and gets what it needs to be let in, each time."""

import json
from typing import Any

import pytest
from django.utils import timezone

from common.threads import in_thread
from conversations.models import Response, ToolCall
from providers import catalog as model_catalog
from providers.encryption import encrypt
from providers.environment import ENVIRONMENT_ID
from providers.items import item_text
from providers.models import Model, Provider
from tests.support.socket import Socket, open_socket
from tests.support.tool_calls import calls, decide, turn, until_step_ends
from tests.support.traces.events import item, steps, text
from tests.support.traces.hosted import MCP_LIST, MCP_TOOL, mcp_call
from tools.mcp import catalog
from tools.mcp.listed import as_stored, read_listing
from tools.mcp.provider_servers import with_secrets
from tools.models import McpServer

pytestmark = pytest.mark.django_db(transaction=True)

ARGUMENTS = json.dumps({"n": 4})
SECRET = "Bearer of the tracker"


def asking(at: int, name: str = "mcpr_1", tool: str = "close_issue") -> list[dict[str, Any]]:
    begun = {"id": name, "type": "mcp_approval_request", "server_label": "tracker", "name": tool, "arguments": ""}
    return item(at, begun, {"arguments": ARGUMENTS})


@in_thread
def store(**fields: Any) -> None:
    entry = {"name": "close_issue", "inputSchema": MCP_TOOL["input_schema"], "title": "Close an issue"}
    reading = {"name": "read_issue", "inputSchema": MCP_TOOL["input_schema"], "annotations": {"readOnlyHint": True}}
    tools, _ = read_listing([entry, reading], [], timezone.now())
    known = {"name": "Tracker", "label": "tracker", "url": "https://tracker.example.org/mcp", "transport": "provider"}
    headers = encrypt(json.dumps({"Authorization": SECRET}))
    McpServer.objects.create(**known, tools=as_stored(tools), headers=headers, auth="header", **fields)
    catalog.refresh()


@in_thread
def change(**fields: Any) -> None:
    row = McpServer.objects.get()
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    catalog.refresh()


@pytest.fixture(autouse=True)
async def server(site, settings) -> None:
    settings.DEFAULT_TOOLS = ["mcp-tracker"]
    settings.MODEL = "gpt-5.5"
    await store()


async def ask(socket: Socket, text: str, **fields: Any) -> list[dict[str, Any]]:
    await socket.ask(text, **fields)
    return await until_step_ends(socket)


async def last_text() -> str:
    """Return the text of the newest answer: it may have ended before this socket followed it."""
    return item_text((await turn())[-1].output)


@in_thread
def everything_stored() -> str:
    rows = [*Response.objects.values("input", "output", "settings"), *ToolCall.objects.values("arguments", "output")]
    return str(rows)


async def test_provider_is_told_that_it_may_call_a_tool(site, ada):
    site.script(match="Close", times=1, steps=steps([*MCP_LIST, *asking(1), *asking(2, "mcpr_2")]))
    site.script(times=1, steps=steps([*mcp_call(0, {"output": "Issue 4 closed"}), *text(1, "One is closed.")]))
    socket = await open_socket(ada)
    events = await ask(socket, "Close them")
    assert events[-1]["type"] == "response.waiting"
    [server] = site.bodies()[0]["tools"]
    assert server == {
        "type": "mcp",
        "server_label": "tracker",
        "server_url": "https://tracker.example.org/mcp",
        "allowed_tools": ["close_issue", "read_issue"],
        "require_approval": {"never": {"tool_names": ["read_issue"]}},
        "headers": {"Authorization": SECRET},
    }

    first, second = await calls()
    assert (first.kind, first.status) == ("mcp_approval_request", "waiting")
    await decide(socket, first.pk, "once")
    await decide(socket, second.pk, "no", "Not that one")
    events = await until_step_ends(socket)
    while events[-1]["type"] == "response.waiting":
        # It had begun to wait for the second decision alone.
        events += await until_step_ends(socket)
    assert await last_text() == "One is closed."
    shown = [event["call"] for event in events if event["type"] == "response.tool_call.updated"]
    assert {call["title"] for call in shown} == {"Tracker: Close an issue"}

    sent = site.bodies()[-1]
    assert sent["input"] == [
        {"type": "mcp_approval_response", "approval_request_id": first.call_id, "approve": True},
        {
            "type": "mcp_approval_response",
            "approval_request_id": second.call_id,
            "approve": False,
            "reason": "The person didn't allow this call. They said: Not that one",
        },
    ]
    assert sent["previous_response_id"]
    assert sent["tools"] == [server]
    assert SECRET not in await everything_stored()
    await socket.close()


async def test_lost_chain_is_rebuilt_with_what_was_asked_and_allowed(site, ada):
    site.script(match="Close", times=1, steps=steps(asking(0)))
    site.script(times=1, steps=steps([*mcp_call(0, {"output": "Issue 4 closed"}), *text(1, "It is closed.")]))
    socket = await open_socket(ada)
    await ask(socket, "Close it")
    [first, *_] = await turn()
    site.delete(first.response_id)
    [waiting] = await calls()
    await decide(socket, waiting.pk, "conversation")
    await until_step_ends(socket)
    assert await last_text() == "It is closed."
    assert [each["type"] for each in site.bodies()[-1]["input"]] == [
        "message",
        "mcp_approval_request",
        "mcp_approval_response",
    ]
    await socket.close()


@pytest.mark.parametrize("status", [400, 404, 500])
async def test_what_was_asked_and_allowed_is_refused_only_a_few_times(site, ada, status):
    site.script(match="Close", times=1, steps=steps(asking(0)))
    site.script(has="approval_re", error={"status": status, "body": "No"})
    site.script(text="It may be closed.")
    socket = await open_socket(ada)
    await ask(socket, "Close it")
    [waiting] = await calls()
    await decide(socket, waiting.pk, "once")
    await until_step_ends(socket)
    assert await last_text() == "It may be closed."
    await socket.close()


async def test_server_that_is_down_is_left_out_and_said(site, ada):
    words = "Error retrieving tool list from MCP server: 'tracker'. Http status code: 424 (Failed Dependency)"
    error = {"message": words, "type": "external_connector_error", "param": "tools", "code": "http_error"}
    site.script(times=1, error={"status": 424, "body": {"error": error}})
    socket = await open_socket(ada)
    events = await ask(socket, "Hello", tools={"mcp-tracker": True})
    assert events[-1]["type"] == "response.completed"
    assert "tools" not in site.bodies()[-1]
    [response] = await turn()
    assert response.status == "completed"
    await socket.close()


async def test_question_for_a_server_that_is_not_on_is_answered_with_no(site, ada):
    site.script(match="Close", times=1, steps=steps(asking(0)))
    socket = await open_socket(ada)
    await ask(socket, "Close it", tools={"mcp-tracker": False, "current_time": True})
    assert [(each.status, each.output) for each in await calls()] == [("failed", "There is no such tool.")]
    await socket.close()


@pytest.mark.parametrize("missing", [{"auth": "oauth"}, {"headers": "what nobody can decrypt"}])
async def test_server_that_would_not_let_the_provider_in_is_left_out(site, ada, missing):
    await change(**missing)
    socket = await open_socket(ada)
    events = await ask(socket, "Hello", tools={"mcp-tracker": True})
    assert events[-1]["type"] == "response.completed"
    assert "tools" not in site.bodies()[0]
    await socket.close()


async def test_key_is_not_sent_to_an_address_that_the_server_had_before(site, ada):
    before = {"type": "mcp", "server_label": "tracker", "server_url": "https://evil.example.org/mcp"}
    assert "tools" not in await with_secrets({"tools": [before], "tool_choice": "auto"}, ada.pk)


@in_thread
def have_small_window() -> None:
    Provider.objects.get_or_create(pk=ENVIRONMENT_ID, defaults={"name": "Settings", "is_from_environment": True})
    window = {"context_window": 4000, "max_output_tokens": None, "hosted_tools": ["mcp"]}
    Model.objects.update_or_create(provider_id=ENVIRONMENT_ID, name="standin", defaults=window)
    model_catalog.refresh()


async def test_request_is_counted_as_it_is_sent(site, ada, settings):
    settings.MODEL = "standin"
    await have_small_window()
    socket = await open_socket(ada)
    await ask(socket, "How high is the tide at Brest today? " * 400)
    [first] = await in_thread(list)(Response.objects.all())
    await socket.ask("And tomorrow?", conversation=str(first.conversation_id), previous_response_id=str(first.pk))
    await until_step_ends(socket)
    [counted] = [each["body"] for each in site.requests() if each["path"].endswith("/input_tokens")]
    assert counted["tools"] == site.bodies()[-1]["tools"]
    assert SECRET in str(counted["tools"])
    await socket.close()
