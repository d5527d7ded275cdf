"""Reading which tools a server has."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from chatsite.environment import McpCommand
from common.threads import in_thread
from tools.mcp import catalog, reading, session
from tools.mcp.reading import read_old, read_tools
from tools.models import McpServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(mcp_url) -> McpServer:
    return McpServer.objects.create(name="Tracker", label="tracker", url=mcp_url)


@in_thread
def update(server: McpServer, **fields: Any) -> None:
    McpServer.objects.filter(pk=server.pk).update(**fields)


@in_thread
def read_at(server: McpServer) -> datetime:
    at = McpServer.objects.get(pk=server.pk).tools_read_at
    assert at
    return at


async def test_tools_are_stored_and_offered(server, ada):
    row = await read_tools(server.pk, ada.pk)
    assert (row.error, row.tools_read_at is not None) == ("", True)
    await in_thread(catalog.refresh)()
    known = catalog.server("tracker")
    asking = {tool.name: known.asks(tool) for tool in known.tools.values()}
    assert (asking["read_issue"], asking["close.issue"]) == (False, True)
    assert all(len(name) <= 64 for name in known.tools)


async def test_tool_that_changed_or_is_new_asks_whatever_it_says_of_itself(server, ada):
    row = await read_tools(server.pk, ada.pk)
    assert row.approvals == {}
    first = {tool["name"]: tool["changed_at"] for tool in row.tools}
    known = [tool for tool in row.tools if tool["name"] != "read_issue"]
    changed = [{**tool, "description": "Another one"} if tool["name"] == "close.issue" else tool for tool in known]
    await update(server, tools=changed, approvals={"close.issue": "never", "chart": "never"})
    row = await read_tools(server.pk, ada.pk)
    assert row.approvals == {"close.issue": "always", "read_issue": "always", "chart": "never"}
    assert {tool["name"] for tool in row.tools if tool["changed_at"] != first[tool["name"]]} == {
        "close.issue",
        "read_issue",
    }


async def test_server_that_lists_nothing_for_a_while_does_not_become_trusted(server, ada, monkeypatch):
    def lists(*entries: dict[str, Any]) -> None:
        async def list_tools(*_: Any) -> list[dict[str, Any]]:
            return [{"inputSchema": {"type": "object"}, **entry} for entry in entries]

        monkeypatch.setattr(session, "list_tools", list_tools)

    lists({"name": "close"}, {"name": "read", "annotations": {"readOnlyHint": True}})
    await read_tools(server.pk, ada.pk)
    await update(server, approvals={"close": "never"})
    lists()
    await read_tools(server.pk, ada.pk)
    lists({"name": "close", "description": "Another one"}, {"name": "new", "annotations": {"readOnlyHint": True}})
    row = await read_tools(server.pk, ada.pk)
    assert row.approvals == {"close": "always", "new": "always"}


async def test_server_that_cannot_be_read_keeps_its_tools_and_says_why(server, ada, settings):
    before = await read_tools(server.pk, ada.pk)
    settings.ALLOWED_PRIVATE_ADDRESSES = []
    row = await read_tools(server.pk, ada.pk)
    assert (row.tools, row.error) == (before.tools, "The address of Tracker isn't allowed here.")


async def test_tools_are_read_again_after_a_day_by_one_process(server, ada):
    await read_old()
    first = await read_at(server)
    await read_old()
    assert await read_at(server) == first
    old = timezone.now() - reading.READ_AGAIN - timedelta(minutes=1)
    await update(server, tools_read_at=old)
    await read_old()
    assert await read_at(server) > first


def test_servers_that_fail_keep_no_other_one_from_being_read(server):
    now = timezone.now()
    failing = {"url": server.url, "error": "It can't be reached.", "tools_read_at": now - timedelta(hours=1)}
    McpServer.objects.bulk_create(McpServer(name="A", label=f"a-{number}", **failing) for number in range(20))
    McpServer.objects.filter(pk=server.pk).update(tools_read_at=now - timedelta(days=2))
    assert reading._claim_old() == server.pk


def test_commands_have_rows_as_long_as_the_settings_name_them(settings, db):
    settings.MCP_COMMANDS = {"notes": McpCommand(command=["notes-server"])}
    call_command("migrate", verbosity=0)
    catalog.refresh()
    assert catalog.server("notes").transport == "stdio"
    settings.MCP_COMMANDS = {}
    catalog.refresh()
    assert catalog.server("notes") is None
