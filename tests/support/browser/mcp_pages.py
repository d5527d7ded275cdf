"""The pages of MCP servers, for tests that look at every page."""

import json
import uuid

import psycopg
from playwright.sync_api import expect

from tests.support.browser.site import DATABASE_URL, delete_earlier_servers

TOOLS = [
    {
        "name": "issues",
        "input_schema": {"type": "object"},
        "title": "Open issues",
        "description": "List the open issues, " + "of all the harbours that there are, " * 20,
        "annotations": {"readOnlyHint": True},
    },
    {"name": "close_issue_" + "x" * 180, "input_schema": {"type": "object"}},
]


def create_servers() -> str:
    """Create one server in each state in which a person may see one; return the id of one that has tools."""
    delete_earlier_servers()
    with psycopg.connect(DATABASE_URL) as connection:
        ids = {}
        for label, more in {
            "tracker": {"tools": json.dumps(TOOLS)},
            "wiki": {"error": "Wiki can't be reached."},
            "calendar-of-the-harbour": {"is_active": False},
        }.items():
            values = {
                "id": uuid.uuid4(),
                "name": label.capitalize(),
                "label": label,
                "transport": "http",
                "url": f"https://{label}.example/mcp",
                "auth": "oauth",
                "headers": "",
                "tools": "[]",
                "approvals": "{}",
                "is_active": True,
                "error": "",
            } | more
            ids[label] = values["id"]
            columns, places = ", ".join(values), ", ".join(["%s"] * len(values))
            connection.execute(
                f"INSERT INTO tools_mcpserver ({columns}, created_at, updated_at) VALUES ({places}, now(), now())",
                [*values.values()],
            )
        connection.execute(
            "INSERT INTO tools_mcpconnection (id, server_id, user_id, status, access_token, refresh_token, scopes,"
            " client, endpoints, created_at, updated_at)"
            " SELECT gen_random_uuid(), %s, id, 'connected', '', '', '', '', '{}', now(), now() FROM accounts_user",
            [ids["tracker"]],
        )
    return str(ids["tracker"])


def mcp_servers(open_tab, provider):
    create_servers()
    tab = open_tab("ada", "/mcp/")
    expect(tab.get_by_role("listitem")).to_have_count(3)
    return tab


def mcp_server(open_tab, provider):
    tab = open_tab("hopper", f"/mcp/{create_servers()}/")
    tab.get_by_text("Remove this server…").click()
    return tab


def new_mcp_server(open_tab, provider):
    tab = open_tab("hopper", "/mcp/new/")
    tab.get_by_label("One key for all, in a header").check()
    return tab


MCP_PAGES = [mcp_servers, mcp_server, new_mcp_server]
