"""Signing in at an MCP server made with the SDK, over HTTP, with its authorization server."""

import asyncio
from datetime import timedelta
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import httpx2
import msgspec
import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from common import outgoing
from common.threads import in_thread
from providers.encryption import decrypt, encrypt
from tests.support.mcp_connections import REDIRECT, sign_in
from tools.mcp import oauth, session
from tools.mcp.catalog import server_info
from tools.mcp.grants import AuthorizationFailed, GivenClient
from tools.models import McpConnection, McpServer

pytestmark = pytest.mark.django_db(transaction=True)
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


@pytest.fixture
def server(tracker, ada) -> McpServer:
    return McpServer.objects.create(name="Tracker", label="tracker", url=tracker.url, auth=McpServer.Auth.OAUTH)


async def token_of(server: McpServer, user: User, **more: str) -> str:
    return await oauth.access_token(server.pk, server.url, user.pk, **more)


async def status_with(server: McpServer, user: User) -> int:
    async with outgoing.client(auth=oauth.Bearer(server.pk, server.url, user.pk)) as http:
        response = await http.post(
            server.url, json=INITIALIZE, headers={"Accept": "application/json, text/event-stream"}
        )
        return response.status_code


async def connection(server: McpServer, user: User) -> McpConnection:
    return await in_thread(McpConnection.objects.get)(server=server, user=user)


async def until_refreshing(server: McpServer, user: User) -> None:
    async with asyncio.timeout(10):
        while not (await connection(server, user)).refreshing_until:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def give_client(server: McpServer, client_id: str, secret: str, issuer: str = "") -> None:
    given = msgspec.json.encode(GivenClient(client_id, secret, issuer)).decode()
    await in_thread(McpServer.objects.filter(pk=server.pk).update)(client=encrypt(given))


async def change(**fields: object) -> None:
    await in_thread(McpConnection.objects.update)(**fields)


async def test_person_signs_in_and_is_known_there(tracker, server, ada):
    with pytest.raises(oauth.NotConnected):
        await token_of(server, ada)
    await sign_in(tracker, server, ada)
    assert await status_with(server, ada) == 200
    row = await connection(server, ada)
    assert await token_of(server, ada) not in (row.access_token, row.refresh_token, str(row.endpoints))
    assert row.scopes == "issues"


@pytest.mark.parametrize("method", ["none", "client_secret_basic"])
async def test_site_that_somebody_registered_does_not_register_by_itself(tracker, server, ada, method):
    known = await asyncio.to_thread(tracker.register, REDIRECT, method)
    await give_client(server, known["client_id"], known.get("client_secret", ""))
    before = len(tracker.log())
    await sign_in(tracker, server, ada)
    assert tracker.log()[before:] == ["allow ada", "exchange"]
    assert await status_with(server, ada) == 200


async def test_client_secret_is_for_the_authorization_server_of_the_first_sign_in(tracker, server, ada):
    known = await asyncio.to_thread(tracker.register, REDIRECT, "client_secret_post")
    await give_client(server, known["client_id"], known["client_secret"], issuer="https://elsewhere.example")
    with pytest.raises(AuthorizationFailed, match="elsewhere than before"):
        await oauth.begin(server, ada.pk, REDIRECT)
    await give_client(server, known["client_id"], known["client_secret"])
    await oauth.begin(server, ada.pk, REDIRECT)
    row = await in_thread(McpServer.objects.get)(pk=server.pk)
    assert msgspec.json.decode(decrypt(row.client))["issuer"].rstrip("/") == tracker.address


async def test_connection_is_of_one_person_only(tracker, server, ada, grace):
    await sign_in(tracker, server, ada)
    with pytest.raises(oauth.NotConnected):
        await token_of(server, grace)
    await sign_in(tracker, server, grace)
    assert await token_of(server, ada) != await token_of(server, grace)


async def test_one_of_many_calls_refreshes(tracker, server, ada):
    await sign_in(tracker, server, ada)
    before = len(tracker.log())
    await change(expires_at=timezone.now() + timedelta(seconds=5))
    tokens = await asyncio.gather(*(token_of(server, ada) for _ in range(8)))
    assert len(set(tokens)) == 1
    assert tracker.log()[before:] == ["refresh"]


async def test_token_that_the_server_forgot_is_refreshed_once(tracker, server, ada):
    await sign_in(tracker, server, ada)
    tracker.forget()
    assert await status_with(server, ada) == 200


async def test_refused_refresh_asks_the_person_to_sign_in_again(tracker, server, ada):
    await sign_in(tracker, server, ada)
    tracker.forget(is_all=True)
    with pytest.raises(oauth.NotConnected, match="Sign in to Tracker"):
        await status_with(server, ada)
    row = await connection(server, ada)
    assert (row.status, row.access_token, row.refresh_token) == ("expired", "", "")
    # The next sign-in needs no other registration.
    registered = tracker.log().count("register")
    await sign_in(tracker, server, ada)
    assert tracker.log().count("register") == registered
    assert await status_with(server, ada) == 200


async def test_revoked_token_is_never_sent_again_and_not_valid_there_either(tracker, server, ada):
    await sign_in(tracker, server, ada)
    token = await token_of(server, ada)
    await oauth.disconnect(server.pk, ada.pk)
    with pytest.raises(oauth.NotConnected):
        await status_with(server, ada)
    row = await connection(server, ada)
    assert (row.status, row.access_token, row.refresh_token) == ("revoked", "", "")
    async with outgoing.client(headers={"Authorization": f"Bearer {token}"}) as http:
        assert (await http.post(server.url, json=INITIALIZE)).status_code == 401


async def test_refresh_that_ends_after_a_disconnect_connects_nobody(tracker, server, ada):
    await sign_in(tracker, server, ada)
    refreshing = asyncio.create_task(token_of(server, ada, refused=await token_of(server, ada)))
    await until_refreshing(server, ada)
    await oauth.disconnect(server.pk, ada.pk)
    with pytest.raises(oauth.NotConnected):
        await refreshing
    row = await connection(server, ada)
    assert (row.status, row.access_token, row.refresh_token) == ("revoked", "", "")


async def test_secrets_that_are_encrypted_anew_while_a_token_is_refreshed_cost_no_connection(tracker, server, ada):
    await sign_in(tracker, server, ada)
    earlier = await token_of(server, ada)
    refreshing = asyncio.create_task(token_of(server, ada, refused=earlier))
    await until_refreshing(server, ada)
    await in_thread(call_command)("rotate_keys", stdout=StringIO())
    assert await refreshing != earlier
    assert (await connection(server, ada)).refreshing_until is None
    assert await status_with(server, ada) == 200


async def test_refresh_goes_on_if_whoever_wanted_it_is_stopped(tracker, server, ada):
    await sign_in(tracker, server, ada)
    before = len(tracker.log())
    earlier = await token_of(server, ada)
    refreshing = asyncio.create_task(token_of(server, ada, refused=earlier))
    async with asyncio.timeout(10):
        # The server has taken the refresh token, which counts once.
        while not await asyncio.to_thread(lambda: tracker.log()[before:]):  # noqa: ASYNC110
            await asyncio.sleep(0)
    refreshing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await refreshing
    assert await token_of(server, ada, refused=earlier) != earlier
    assert tracker.log()[before:] == ["refresh"]


async def test_refresh_of_a_killed_process_is_done_by_another_one(tracker, server, ada):
    await sign_in(tracker, server, ada)
    earlier = await token_of(server, ada)
    await change(refreshing_until=timezone.now() + timedelta(seconds=0.3))
    assert await token_of(server, ada, refused=earlier) != earlier


async def test_server_with_another_address_does_not_get_the_token(tracker, server, ada):
    await sign_in(tracker, server, ada)
    server.url = "https://elsewhere.example/mcp"
    with pytest.raises(oauth.NotConnected):
        await token_of(server, ada)
    async with outgoing.client(auth=oauth.Bearer(server.pk, tracker.url, ada.pk)) as http:
        with pytest.raises(httpx2.RequestError, match="for its server only"):
            await http.get(server.url)


async def test_code_of_another_authorization_server_is_not_exchanged(tracker, server, ada):
    address, begun = await oauth.begin(server, ada.pk, REDIRECT)
    code = parse_qs(urlsplit(await asyncio.to_thread(tracker.answer, address)).query)["code"][0]
    with pytest.raises(AuthorizationFailed, match="Another server"):
        await oauth.finish(begun, code, "https://evil.example")
    assert not await in_thread(McpConnection.objects.exists)()


async def test_code_counts_with_its_own_proof_only(tracker, server, ada):
    address, _ = await oauth.begin(server, ada.pk, REDIRECT)
    code = parse_qs(urlsplit(await asyncio.to_thread(tracker.answer, address)).query)["code"][0]
    _, another = await oauth.begin(server, ada.pk, REDIRECT)
    with pytest.raises(AuthorizationFailed):
        await oauth.finish(another, code, None)
    assert not await in_thread(McpConnection.objects.exists)()


async def test_calls_are_made_with_the_rights_of_the_person_who_asks(tracker, server, ada, grace):
    info = await in_thread(server_info)(server)
    with pytest.raises(session.CallFailed, match="Sign in to Tracker"):
        await session.call(info, ada.pk, "whoami", {})
    for person in (ada, grace):
        await sign_in(tracker, server, person)
        assert (await session.call(info, person.pk, "whoami", {})).text == person.username
    assert [each["name"] for each in await session.list_tools(info, ada.pk)] == ["issues", "whoami", "close_issue"]
