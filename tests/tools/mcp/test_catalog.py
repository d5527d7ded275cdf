"""Which MCP servers a process knows, and who may use them."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from providers.encryption import encrypt
from tools.mcp import catalog
from tools.mcp.listed import ListedTool, as_stored
from tools.models import McpServer

pytestmark = pytest.mark.django_db

TOOLS = as_stored([ListedTool("close issue", {"type": "object"}), ListedTool("read", {"type": "object"})])


def labels(user) -> set[str]:
    return {each.label for each in catalog.servers_for(user.pk)}


def test_host_has_servers_for_everybody_and_for_groups_and_people_have_their_own(ada, grace):
    team = Group.objects.create(name="Team")
    grace.groups.add(team)
    McpServer.objects.create(name="Tracker", label="tracker")
    McpServer.objects.create(name="Books", label="books").groups.add(team)
    McpServer.objects.create(name="Mine", label="mine", owner=ada)
    McpServer.objects.create(name="Off", label="off", is_active=False)
    catalog.refresh()
    assert (labels(ada), labels(grace)) == ({"tracker", "mine"}, {"tracker", "books"})
    assert catalog.server_for(grace.pk, "mine") is None
    grace.groups.clear()
    catalog.refresh()
    assert labels(grace) == {"tracker"}


def test_tools_that_are_on_are_known_by_the_names_of_their_functions():
    row = McpServer.objects.create(
        name="Tracker",
        label="tracker",
        tools=TOOLS,
        headers=encrypt('{"x-key": "secret"}'),
        approvals={"read": "never"},
    )
    catalog.refresh()
    known = catalog.server("tracker")
    assert known
    assert [tool.name for tool in known.tools.values()] == ["close issue", "read"]
    assert known.headers == (("x-key", "secret"),)
    assert [known.asks(tool) for tool in known.tools.values()] == [True, False]
    row.enabled = ["read"]
    row.save()
    catalog.refresh()
    assert [*catalog.server("tracker").tools] == ["tracker__read"]


def test_what_did_not_change_is_not_read_again():
    McpServer.objects.create(name="Tracker", label="tracker", tools=TOOLS)
    catalog.refresh()
    known = catalog.server("tracker")
    with CaptureQueriesContext(connection) as queries:
        catalog.refresh()
    assert catalog.server("tracker") is known
    assert not any("input_schema" in query["sql"] or '"tools_mcpserver"."tools"' in query["sql"] for query in queries)


def test_server_whose_headers_cannot_be_read_has_a_problem():
    McpServer.objects.create(name="Tracker", label="tracker", headers="rubbish")
    catalog.refresh()
    assert catalog.server("tracker").problem == "headers_undecryptable"
