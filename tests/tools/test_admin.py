"""MCP servers in the admin: a server is turned off there, and its key isn't shown."""

from django.urls import reverse

from providers.encryption import encrypt
from tools.mcp import catalog
from tools.models import McpServer


def test_admin_turns_a_server_of_a_person_off_and_sees_no_key(client, hopper, ada):
    server = McpServer.objects.create(
        owner=ada, name="Tracker", label="tracker", url="https://tracker.example/mcp", headers=encrypt('{"X":"sesame"}')
    )
    client.force_login(hopper)
    assert b"tracker.example" in client.get(reverse("admin:tools_mcpserver_changelist")).content
    page = reverse("admin:tools_mcpserver_change", args=[server.pk])
    content = client.get(page).content
    assert b"sesame" not in content
    assert server.headers.encode() not in content
    client.post(page, {"name": "Another", "url": "https://evil.example/"})
    server.refresh_from_db()
    assert (server.is_active, server.name, server.url) == (False, "Tracker", "https://tracker.example/mcp")
    assert catalog.server("tracker") is None


def test_servers_are_only_for_those_who_manage_them(client, grace):
    grace.is_staff = True
    grace.save()
    client.force_login(grace)
    assert client.get(reverse("admin:tools_mcpserver_changelist")).status_code == 403
