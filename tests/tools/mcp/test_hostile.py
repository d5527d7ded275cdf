"""MCP servers and authorization servers that mean no good: each gets a sentence, and nothing that isn't for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from django.utils import timezone

from common.pools import Pool
from common.threads import in_thread
from tools.mcp import authorization, oauth, session
from tools.mcp.catalog import ServerInfo, server_info
from tools.mcp.grants import AuthorizationFailed, Client, GrantRefused
from tools.mcp.listed import MAX_ENTRIES, read_listing
from tools.mcp.stream import MAX_PARTS
from tools.models import McpConnection, McpServer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
INSIDE = "http://169.254.169.254/latest/meta-data/"
REDIRECT = "https://chat.example.org/mcp/callback/"
TOKENS = {"access_token": "a-token", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "another"}


def answer(value: Any, status: int = 200) -> Handler:
    async def handler(_request: web.Request) -> web.StreamResponse:
        return web.json_response(value, status=status)

    return handler


def elsewhere(address: str) -> Handler:
    async def handler(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": address})

    return handler


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(b"[" * 65536)


async def silent(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


class Hostile:
    """A server whose answers each test chooses, by path. It is good where nothing was chosen."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.url = f"{address}/mcp"
        self.handlers: dict[str, Handler] = {}
        self.asked: list[tuple[str, str | None]] = []
        """The paths that were asked for, with what was sent as authorization."""

    def metadata(self, **changed: Any) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "registration_endpoint": f"{self.address}/register",
            "revocation_endpoint": f"{self.address}/revoke",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
        } | changed

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path, request.headers.get("Authorization")))
        if handler := self.handlers.get(request.path):
            return await handler(request)
        if request.path.startswith("/.well-known/oauth-protected-resource"):
            return web.json_response({"resource": self.url, "authorization_servers": [self.address]})
        if request.path == "/.well-known/oauth-authorization-server":
            return web.json_response(self.metadata())
        if request.path == "/register":
            return web.json_response({"client_id": "this-site", "redirect_uris": [REDIRECT]}, status=201)
        if request.path == "/token":
            return web.json_response(TOKENS)
        return web.Response(status=401 if request.path == "/mcp" else 404)


@pytest.fixture
async def hostile(settings) -> AsyncIterator[Hostile]:
    app = web.Application()
    runner = web.AppRunner(app, shutdown_timeout=0)
    servers: list[Hostile] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        return await servers[0].handle(request)

    app.router.add_route("*", "/{path:.*}", handle)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    settings.ALLOWED_PRIVATE_ADDRESSES = [f"{host}:{port}"]
    servers.append(Hostile(f"http://{host}:{port}"))
    yield servers[0]
    await runner.cleanup()


async def tokens_from(hostile: Hostile) -> Any:
    """Go the whole way of a sign-in, with whatever code."""
    authority = await authorization.discover(hostile.url)
    client = await authorization.register(authority, REDIRECT)
    authorization.authorization_url(authority, client, "state")
    return await authorization.exchange(authority, client, "code", "verifier")


async def test_server_that_does_as_it_should_is_taken(hostile):
    assert (await tokens_from(hostile)).access_token == "a-token"


def protected(**changed: Any) -> Callable[[Hostile], dict[str, Handler]]:
    def make(hostile: Hostile) -> dict[str, Handler]:
        value = {"resource": hostile.url, "authorization_servers": [hostile.address]} | changed
        return {"/.well-known/oauth-protected-resource/mcp": answer(value)}

    return make


def metadata(**changed: Any) -> Callable[[Hostile], dict[str, Handler]]:
    return lambda hostile: {"/.well-known/oauth-authorization-server": answer(hostile.metadata(**changed))}


def at(path: str, handler: Handler) -> Callable[[Hostile], dict[str, Handler]]:
    return lambda _: {path: handler}


WELL_KNOWN = "/.well-known/oauth-authorization-server"
LONG = {**TOKENS, "access_token": "x" * 100_000}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (protected(resource="https://bank.example/mcp"), "access to another server"),
        (protected(authorization_servers=[INSIDE]), "inside this site's network"),
        (protected(authorization_servers=["https://127.0.0.1:1/"]), "inside this site's network"),
        (at("/.well-known/oauth-protected-resource/mcp", endless), "can't be reached"),
        (metadata(issuer="https://bank.example"), "makes no sense"),
        (metadata(code_challenge_methods_supported=["plain"]), "PKCE"),
        (metadata(code_challenge_methods_supported=None), "PKCE"),
        (metadata(authorization_endpoint="javascript:alert(1)"), "doesn't say how"),
        (metadata(authorization_endpoint="ftp://files.example/"), "doesn't say how"),
        (metadata(token_endpoint=INSIDE), "inside this site's network"),
        (metadata(registration_endpoint=INSIDE), "inside this site's network"),
        (metadata(registration_endpoint=None), "register by themselves"),
        (at(WELL_KNOWN, answer([[]])), "doesn't say how"),
        (at(WELL_KNOWN, endless), "can't be reached"),
        (metadata(scopes_supported=["x" * 5000]), "makes no sense"),
        (metadata(authorization_endpoint="https://a.example/" + "x" * 5000), "makes no sense"),
        (at("/register", answer({"client_id": "x" * 5000}, 201)), "makes no sense"),
        (at(WELL_KNOWN, elsewhere(INSIDE)), "doesn't say how"),
        (at("/register", answer({"client_id": "x", "token_endpoint_auth_method": "tls"}, 201)), "registered this site"),
        (at("/register", answer({"error": "no"}, 400)), "makes no sense"),
        (at("/register", answer("no", 201)), "makes no sense"),
        (at("/register", elsewhere(INSIDE)), "can't be reached"),
        (at("/token", answer({**TOKENS, "token_type": "mac"})), "makes no sense"),
        (at("/token", answer({**TOKENS, "access_token": "a\r\nHost: b"})), "makes no sense"),
        (at("/token", answer({**TOKENS, "access_token": ""})), "makes no sense"),
        (at("/token", answer({**TOKENS, "expires_in": -(10**400)})), "makes no sense"),
        (at("/token", answer(LONG)), "makes no sense"),
        (at("/token", answer({"error": "invalid_grant"}, 400)), "didn't accept"),
        (at("/token", answer({}, 503)), "can't be reached"),
        (at("/token", elsewhere(INSIDE)), "can't be reached"),
        (at("/token", endless), "can't be reached"),
    ],
)
async def test_authorization_server_that_means_no_good_gets_a_sentence(hostile, make, words):
    hostile.handlers |= make(hostile)
    with pytest.raises(AuthorizationFailed, match=words):
        await tokens_from(hostile)


async def test_authorization_server_that_dawdles_is_left(hostile, monkeypatch):
    monkeypatch.setattr(authorization, "SECONDS", 0.2)
    hostile.handlers[WELL_KNOWN] = silent
    with pytest.raises(AuthorizationFailed, match="can't be reached"):
        await tokens_from(hostile)


async def test_token_of_all_times_ends_in_a_year(hostile):
    hostile.handlers["/token"] = answer({**TOKENS, "expires_in": 10**400})
    assert (await tokens_from(hostile)).expires_in == authorization.MAX_LIFETIME_SECONDS


async def test_address_of_the_sign_in_keeps_what_this_site_asks(hostile):
    hostile.handlers |= metadata(authorization_endpoint=f"{hostile.address}/authorize?client_id=evil&tenant=1#x")(
        hostile
    )
    authority = await authorization.discover(hostile.url)
    address, _ = authorization.authorization_url(authority, Client("i", "this-site", REDIRECT), "a-state")
    assert address.count("client_id=") == 1
    assert "client_id=this-site" in address
    assert "tenant=1" in address
    assert "#" not in address


async def test_server_that_refuses_a_refresh_is_told_from_one_that_is_down(hostile):
    authority = await authorization.discover(hostile.url)
    client = await authorization.register(authority, REDIRECT)
    hostile.handlers["/token"] = answer({}, 502)
    with pytest.raises(AuthorizationFailed) as failed:
        await authorization.refresh(authority, client, "refresh")
    assert not isinstance(failed.value, GrantRefused)
    hostile.handlers["/token"] = answer({"error": "invalid_grant"}, 400)
    with pytest.raises(GrantRefused):
        await authorization.refresh(authority, client, "refresh")


@pytest.fixture
def server(transactional_db, hostile, ada) -> McpServer:
    return McpServer.objects.create(name="Tracker", label="tracker", url=hostile.url, auth=McpServer.Auth.OAUTH)


async def connect(hostile: Hostile, server: McpServer, user: Any) -> None:
    _, begun = await oauth.begin(server, user.pk, REDIRECT)
    await oauth.finish(begun, "code", None)


async def sentence_of_a_call(server: McpServer, user: Any) -> str:
    with pytest.raises(session.CallFailed) as failed:
        await session.call(await in_thread(server_info)(server), user.pk, "issues", {})
    return failed.value.sentence


async def test_token_is_not_taken_along_to_where_a_server_redirects(hostile, server, ada):
    await connect(hostile, server, ada)
    hostile.handlers["/mcp"] = elsewhere(INSIDE)
    assert await sentence_of_a_call(server, ada) == "Tracker redirects to another address."
    hostile.handlers["/mcp"] = elsewhere(hostile.address.replace("127.0.0.1", "localhost") + "/steal")
    assert await sentence_of_a_call(server, ada) == "Tracker redirects to another address."
    assert [path for path, sent in hostile.asked if sent and path != "/mcp"] == []


async def test_server_that_refuses_each_token_expires_the_connection(hostile, server, ada):
    await connect(hostile, server, ada)
    assert "Tracker" in await sentence_of_a_call(server, ada)
    row = await in_thread(McpConnection.objects.get)()
    assert (row.status, row.access_token, row.refresh_token) == ("expired", "", "")
    # From now on it isn't even asked.
    asked = len(hostile.asked)
    assert "Sign in to Tracker first" in await sentence_of_a_call(server, ada)
    assert len(hostile.asked) == asked


async def test_server_that_is_down_while_a_token_ends_costs_no_connection(hostile, server, ada):
    hostile.handlers["/token"] = answer({**TOKENS, "expires_in": 1})
    await connect(hostile, server, ada)
    hostile.handlers["/token"] = answer({}, 503)
    assert "can't be reached to sign in" in await sentence_of_a_call(server, ada)
    row = await in_thread(McpConnection.objects.get)()
    assert (row.status, row.refreshing_until) == ("connected", None)


@pytest.mark.parametrize("handler", [endless, answer([[]]), answer({"jsonrpc": "2.0", "id": 1, "result": 5})])
async def test_server_that_answers_rubbish_gets_a_sentence(hostile, server, ada, handler):
    await connect(hostile, server, ada)
    hostile.handlers["/mcp"] = handler
    assert "Tracker" in await sentence_of_a_call(server, ada)


def speaks(**results: Any) -> Handler:
    """Answer as a server that has this to say to each method."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.method != "POST":
            return web.Response(status=405)
        said = await request.json()
        version = said.get("params", {}).get("protocolVersion")
        begun = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": {"name": "x", "version": "1"}}
        result = {"initialize": begun, **results}.get(said["method"])
        if "id" not in said:
            return web.Response(status=202)
        failed = {"error": {"code": -32601, "message": "there is no such method"}}
        return web.json_response(
            {"jsonrpc": "2.0", "id": said["id"], **(failed if result is None else {"result": result})}
        )

    return handler


@pytest.fixture
def plain(hostile, ada) -> ServerInfo:
    return server_info(McpServer(name="Tracker", label="tracker", url=hostile.url, updated_at=timezone.now()))


async def test_tool_that_breaks_the_protocol_leaves_the_others(hostile, plain, ada):
    good = {"name": "good", "inputSchema": {"type": "object"}}
    hostile.handlers["/mcp"] = speaks(**{"tools/list": {"tools": [{"name": 5}, good, "rubbish", {**good, "title": 1}]}})
    tools, problems = read_listing(await session.list_tools(plain, ada.pk), [], timezone.now())
    assert ([tool.name for tool in tools], len(problems)) == (["good"], 3)


async def test_listing_without_end_is_cut(hostile, plain, ada):
    listing = {"tools": [{"name": f"t{number}"} for number in range(10_000)], "nextCursor": "more"}
    hostile.handlers["/mcp"] = speaks(**{"tools/list": listing})
    assert len(await session.list_tools(plain, ada.pk)) == MAX_ENTRIES + 1


async def test_result_of_very_many_parts_is_cut_with_a_word(hostile, plain, ada):
    part = {"type": "text", "text": "", "annotations": 5, "icons": [{}] * 20}
    hostile.handlers["/mcp"] = speaks(**{"tools/call": {"content": [part] * 5000}})
    result = await session.call(plain, ada.pk, "issues", {})
    assert result.text.strip() == f"[cut: the first {MAX_PARTS} of 5000 parts]"


async def test_person_calls_servers_only_so_often_at_once(hostile, plain, ada, monkeypatch):
    monkeypatch.setattr(session, "SERVERS", Pool("test", size=4, each=2, seconds=60, max_waiting=9, max_waiting_each=2))
    calls = speaks(**{"tools/call": {"content": []}})
    asked, may_answer = asyncio.Semaphore(0), asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        if "tools/call" in await request.text():
            asked.release()
            await may_answer.wait()
        return await calls(request)

    hostile.handlers["/mcp"] = slow
    running = [asyncio.create_task(session.call(plain, ada.pk, "issues", {})) for _ in range(5)]
    async with asyncio.timeout(20):
        await asked.acquire()
        await asked.acquire()
        with pytest.raises(session.CallFailed, match="several times"):
            await running.pop()
        assert asked.locked()
        may_answer.set()
        assert [each.text for each in await asyncio.gather(*running)] == [""] * 4
