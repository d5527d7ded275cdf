"""`python -m tests.support.mcp_signing_in PORT`: an MCP server at which people sign in, with its authorization server.

Both are the SDK's. Its tokens are in memory, each is for this server only, and a refresh token counts once: whoever
uses one twice loses everything, as servers do that fear thieves. `/log` says what was asked of it.
"""

import asyncio
import html
import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener, urlopen
from urllib.request import Request as Asked

from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    AuthorizationParams,
    OAuthAuthorizationServerProvider,
    RefreshToken,
    TokenError,
    construct_redirect_uri,
)
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions, RevocationOptions
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken
from mcp_types import ToolAnnotations
from pydantic import AnyHttpUrl
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from tests.support.ports import free_port

SCOPE = "issues"
REFRESH_DELAY_SECONDS = 0.2
"""So that several processes want to refresh at the same time."""


class Authorities(OAuthAuthorizationServerProvider[AuthorizationCode, RefreshToken, AccessToken]):
    """An authorization server in memory."""

    def __init__(self, address: str, lifetime: int) -> None:
        self.address = address
        self.lifetime = lifetime
        self.clients: dict[str, OAuthClientInformationFull] = {}
        self.asked: dict[str, tuple[OAuthClientInformationFull, AuthorizationParams]] = {}
        self.codes: dict[str, AuthorizationCode] = {}
        self.access: dict[str, AccessToken] = {}
        self.refreshing: dict[str, RefreshToken] = {}
        self.used: set[str] = set()
        self.log: list[str] = []

    async def get_client(self, client_id: str) -> OAuthClientInformationFull | None:
        return self.clients.get(client_id)

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        self.log.append("register")
        self.clients[client_info.client_id] = client_info

    async def authorize(self, client: OAuthClientInformationFull, params: AuthorizationParams) -> str:
        asked = secrets.token_urlsafe(16)
        self.asked[asked] = client, params
        return f"{self.address}/consent?asked={asked}"

    def allow(self, asked: str, subject: str) -> str:
        """Return where a person goes who said yes."""
        client, params = self.asked.pop(asked)
        code = AuthorizationCode(
            code=secrets.token_urlsafe(32),
            scopes=params.scopes or [SCOPE],
            expires_at=time.time() + 60,
            client_id=client.client_id,
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
            subject=subject,
        )
        self.codes[code.code] = code
        self.log.append(f"allow {subject}")
        return construct_redirect_uri(str(params.redirect_uri), code=code.code, state=params.state)

    def deny(self, asked: str) -> str:
        _client, params = self.asked.pop(asked)
        return construct_redirect_uri(str(params.redirect_uri), error="access_denied", state=params.state)

    async def load_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: str
    ) -> AuthorizationCode | None:
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: AuthorizationCode
    ) -> OAuthToken:
        self.log.append("exchange")
        del self.codes[authorization_code.code]
        return self._give(authorization_code)

    async def load_refresh_token(self, client: OAuthClientInformationFull, refresh_token: str) -> RefreshToken | None:
        if refresh_token in self.used:
            self.log.append("refresh again")
            self.access.clear()
            self.refreshing.clear()
        return self.refreshing.get(refresh_token)

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: RefreshToken, scopes: list[str]
    ) -> OAuthToken:
        self.log.append("refresh")
        if refresh_token.token in self.used:
            raise TokenError("invalid_grant")
        self.used.add(refresh_token.token)
        await asyncio.sleep(REFRESH_DELAY_SECONDS)
        return self._give(refresh_token)

    def _give(self, grant: AuthorizationCode | RefreshToken) -> OAuthToken:
        more: dict[str, Any] = {
            "client_id": grant.client_id,
            "scopes": grant.scopes,
            "resource": grant.resource,
            "subject": grant.subject,
        }
        access = AccessToken(
            token=secrets.token_urlsafe(32), expires_at=int(time.time()) + max(self.lifetime, 1), **more
        )
        refresh = RefreshToken(token=secrets.token_urlsafe(32), **more)
        self.access[access.token] = access
        self.refreshing[refresh.token] = refresh
        return OAuthToken(
            access_token=access.token,
            refresh_token=refresh.token,
            expires_in=self.lifetime,
            scope=" ".join(grant.scopes),
        )

    async def load_access_token(self, token: str) -> AccessToken | None:
        return self.access.get(token)

    async def revoke_token(self, token: AccessToken | RefreshToken) -> None:
        self.log.append("revoke")
        for kept in (self.access, self.refreshing):
            for each in [name for name, value in kept.items() if value.subject == token.subject]:
                del kept[each]


def server(address: str, lifetime: int = 3600) -> MCPServer:
    """Return a server that has `issues`, which only reads, `close_issue`, which doesn't, and `whoami`."""
    authorities = Authorities(address, lifetime)
    mcp = MCPServer(
        "Tracker",
        auth_server_provider=authorities,
        auth=AuthSettings(
            issuer_url=AnyHttpUrl(address),
            resource_server_url=AnyHttpUrl(f"{address}/mcp"),
            validate_token_resource=True,
            required_scopes=[SCOPE],
            client_registration_options=ClientRegistrationOptions(
                enabled=True, valid_scopes=[SCOPE], default_scopes=[SCOPE]
            ),
            revocation_options=RevocationOptions(enabled=True),
        ),
    )

    @mcp.tool(annotations=ToolAnnotations(read_only_hint=True))
    def issues() -> list[str]:
        """List the open issues of the person who is signed in."""
        return ["4: The harbour crane squeaks", "7: The tide table is of last year"]

    @mcp.tool(annotations=ToolAnnotations(read_only_hint=True))
    def whoami() -> str:
        """Say who is signed in."""
        token = get_access_token()
        return str(token.subject if token else None)

    @mcp.tool()
    def close_issue(number: int) -> str:
        """Close an issue."""
        return f"Issue {number} is closed."

    @mcp.custom_route("/consent", methods=["GET", "POST"])  # type: ignore[untyped-decorator]
    async def consent(request: Request) -> Response:
        if request.method == "POST":
            form = await request.form()
            asked = str(form["asked"])
            allowed = form["answer"] == "allow"
            where = authorities.allow(asked, str(form["name"])) if allowed else authorities.deny(asked)
            return RedirectResponse(where, status_code=302)
        return HTMLResponse(
            f"""<!doctype html><link rel="icon" href="data:,"><title>Tracker</title><h1>Let Chat see your issues?</h1>
            <form method="post"><input type="hidden" name="asked" value="{html.escape(request.query_params["asked"])}">
            <label>Your name <input name="name" value="ada"></label>
            <button name="answer" value="allow">Allow</button>
            <button name="answer" value="deny">Deny</button></form>"""
        )

    @mcp.custom_route("/log", methods=["GET"])  # type: ignore[untyped-decorator]
    async def log(_request: Request) -> Response:
        return JSONResponse({"log": authorities.log, "access": len(authorities.access)})

    @mcp.custom_route("/forget", methods=["POST"])  # type: ignore[untyped-decorator]
    async def forget(request: Request) -> Response:
        """Let the access tokens end now, and the refresh tokens too if `all` is asked."""
        authorities.access.clear()
        if "all" in request.query_params:
            authorities.refreshing.clear()
        return JSONResponse({})

    return mcp


@dataclass(frozen=True)
class Tracker:
    """The running server."""

    address: str

    @property
    def url(self) -> str:
        return f"{self.address}/mcp"

    def log(self) -> list[str]:
        with urlopen(f"{self.address}/log") as answer:
            log: list[str] = json.load(answer)["log"]
            return log

    def forget(self, *, is_all: bool = False) -> None:
        """Let the access tokens end now, or all tokens."""
        urlopen(f"{self.address}/forget{'?all' * is_all}", data=b"").close()

    def register(self, redirect_uri: str, method: str) -> dict[str, str]:
        """Register a site, as an admin does. Return what the server knows of it."""
        wanted = {"client_name": "Chat", "redirect_uris": [redirect_uri], "token_endpoint_auth_method": method}
        grants = {"grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"]}
        body = json.dumps(wanted | grants).encode()
        with urlopen(Asked(f"{self.address}/register", body, {"Content-Type": "application/json"})) as answer:
            known: dict[str, str] = json.load(answer)
            return known

    def answer(self, authorization_url: str, name: str = "ada", answer: str = "allow") -> str:
        """Do what a person does at the address at which they sign in. Return the address where they end."""
        with urlopen(authorization_url) as page:
            asked = parse_qs(urlsplit(page.url).query)["asked"][0]
        form = urlencode({"asked": asked, "name": name, "answer": answer}).encode()
        try:
            build_opener(_Stay).open(f"{self.address}/consent", form).close()
        except HTTPError as redirect:
            return str(redirect.headers["Location"])
        raise AssertionError("it sends nobody back")


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@contextmanager
def running_tracker(lifetime: int = 3600) -> Iterator[Tracker]:
    """Run the server as a process of its own. Its access tokens live that many seconds."""
    port = free_port()
    command = [sys.executable, "-m", "tests.support.mcp_signing_in", str(port), str(lifetime)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", port)).close()
                break
            time.sleep(0.05)
        yield Tracker(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    _port, _lifetime = map(int, sys.argv[1:])
    server(f"http://127.0.0.1:{_port}", _lifetime).run(transport="streamable-http", host="127.0.0.1", port=_port)
