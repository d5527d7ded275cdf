"""Connecting to an MCP server, from the button to the way back: only who began it can end it."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.support.mcp_signing_in import Tracker
from tools.models import McpConnection, McpServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(tracker) -> McpServer:
    return McpServer.objects.create(name="Tracker", label="tracker", url=tracker.url, auth=McpServer.Auth.OAUTH)


def as_person(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def come_back(client: Client, tracker: Tracker, server: McpServer, answer: str = "allow") -> str:
    """Begin to sign in, and return the address to which the server sends the browser then."""
    page = client.post(reverse("mcp-connect", args=[server.pk]))
    assert page.status_code == 200
    assert tracker.address.removeprefix("http://") in page.content.decode()
    back = urlsplit(tracker.answer(page.context["address"], answer=answer))
    assert back.path == reverse("mcp-callback")
    return f"{back.path}?{back.query}"


def said(client: Client) -> str:
    return client.get(reverse("mcp-servers")).content.decode()


def test_person_connects_and_disconnects(tracker, server, ada):
    client = as_person(ada)
    assert client.get(come_back(client, tracker, server))["Location"] == reverse("mcp-server", args=[server.pk])
    assert McpConnection.objects.get().status == "connected"
    assert "You&#x27;re connected to Tracker." in said(client)
    client.post(reverse("mcp-disconnect", args=[server.pk]))
    assert McpConnection.objects.get().status == "revoked"
    assert "revoke" in tracker.log()


def test_tools_are_read_when_who_may_change_them_connects(tracker, server, hopper):
    client = as_person(hopper)
    client.get(come_back(client, tracker, server))
    server.refresh_from_db()
    assert [tool["name"] for tool in server.tools] == ["issues", "whoami", "close_issue"]


def test_way_back_counts_for_the_session_in_which_it_began(tracker, server, ada, mallory):
    """Nobody can be made to connect an account of somebody else, and no code counts twice."""
    attacker, victim = as_person(mallory), as_person(ada)
    back = come_back(attacker, tracker, server)
    assert victim.get(back)["Location"] == reverse("mcp-servers")
    assert "This sign-in wasn&#x27;t begun here" in said(victim)
    assert not McpConnection.objects.exists()
    another_session = as_person(mallory)
    another_session.get(back)
    assert not McpConnection.objects.exists()
    attacker.get(back)
    assert McpConnection.objects.get().user == mallory
    McpConnection.objects.all().delete()
    attacker.get(back)
    assert not McpConnection.objects.exists()


@pytest.mark.parametrize("query", ["", "state=", "code=x", "state=x&code=y", "error=access_denied&state=x"])
def test_way_back_that_nobody_began_connects_nothing(server, ada, query):
    assert as_person(ada).get(f"{reverse('mcp-callback')}?{query}")["Location"] == reverse("mcp-servers")
    assert not McpConnection.objects.exists()


def test_who_denies_is_told_that_nothing_was_connected(tracker, server, ada):
    client = as_person(ada)
    client.get(come_back(client, tracker, server, answer="deny"))
    assert "because you didn&#x27;t allow it" in said(client)
    assert not McpConnection.objects.exists()


def test_server_that_moved_meanwhile_gets_no_code(tracker, server, ada):
    client = as_person(ada)
    back = come_back(client, tracker, server)
    McpServer.objects.update(url="https://elsewhere.example/mcp")
    client.get(back)
    assert not McpConnection.objects.exists()


def test_old_sign_in_does_not_count(tracker, server, ada, monkeypatch):
    client = as_person(ada)
    back = come_back(client, tracker, server)
    monkeypatch.setattr("tools.mcp.oauth.SIGN_IN_SECONDS", 0)
    client.get(back)
    assert not McpConnection.objects.exists()


def test_secret_of_a_sign_in_is_not_readable_in_the_session(tracker, server, ada):
    client = as_person(ada)
    page = client.post(reverse("mcp-connect", args=[server.pk]))
    state = parse_qs(urlsplit(page.context["address"]).query)["state"][0]
    assert state not in str(dict(client.session))


def test_server_that_cannot_be_reached_says_so(server, ada, settings):
    settings.ALLOWED_PRIVATE_ADDRESSES = []
    client = as_person(ada)
    client.post(reverse("mcp-connect", args=[server.pk]))
    assert "which isn&#x27;t allowed" in said(client)
