"""What is asked of the authorization server of an MCP server, as OAuth 2.1 and the protocol say.

https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization
It imports the SDK, which takes a while: import it in a thread.
"""

import asyncio
import base64
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import httpx2
from django.utils.translation import gettext as _
from mcp.client.auth import OAuthFlowError, OAuthRegistrationError
from mcp.client.auth.oauth2 import PKCEParameters
from mcp.client.auth.utils import (
    build_oauth_authorization_server_metadata_discovery_urls,
    build_protected_resource_metadata_discovery_urls,
    extract_resource_metadata_from_www_auth,
    extract_scope_from_www_auth,
    get_client_metadata_scopes,
    handle_auth_metadata_response,
    handle_protected_resource_response,
    handle_registration_response,
    issuers_match,
    validate_metadata_issuer,
)
from mcp.shared.auth import OAuthClientMetadata, OAuthMetadata, OAuthToken, ProtectedResourceMetadata
from mcp.shared.auth_utils import check_resource_allowed, resource_url_from_server_url
from mcp.shared.inbound import MCP_PROTOCOL_VERSION_HEADER
from mcp_types import LATEST_PROTOCOL_VERSION
from pydantic import AnyUrl, ValidationError

from common import outgoing
from tools.mcp.grants import BASIC, METHODS, NONE, POST, Authority, AuthorizationFailed, Client, GrantRefused, Tokens

logger = logging.getLogger(__name__)

SECONDS = 30.0
"""For everything that one step asks."""
MAX_ANSWER_BYTES = 256 * 1024
MAX_TOKEN_CHARACTERS = 16_384
MAX_TEXT_CHARACTERS = 4000
"""Of each address, name and secret that is kept of a server."""
MAX_LIFETIME_SECONDS = 366 * 24 * 3600
CLIENT_NAME = "Chat"
FAILED = (OAuthFlowError, OAuthRegistrationError, ValidationError, ValueError)


async def discover(server_url: str) -> Authority:
    """Ask an MCP server, and then its authorization server, how a person signs in. Raise `AuthorizationFailed`."""
    async with _asking() as http:
        challenge = await _challenge(http, server_url)
        resource = await _protected_resource(http, server_url, challenge)
        return await _authority(http, server_url, challenge, resource)


async def _challenge(http: httpx2.AsyncClient, server_url: str) -> httpx2.Response:
    # Streamed, because a server that wants no token may answer without end.
    async with http.stream("GET", server_url, headers={"Accept": "application/json, text/event-stream"}) as response:
        return response


async def _protected_resource(
    http: httpx2.AsyncClient, server_url: str, challenge: httpx2.Response
) -> ProtectedResourceMetadata | None:
    named = extract_resource_metadata_from_www_auth(challenge) if challenge.status_code in {401, 403} else None
    for url in build_protected_resource_metadata_discovery_urls(named, server_url):
        response = await _get(http, url)
        if found := await handle_protected_resource_response(response):
            wanted = resource_url_from_server_url(server_url)
            if not check_resource_allowed(requested_resource=wanted, configured_resource=str(found.resource)):
                # A server that asks for tokens of another one would get what opens that one.
                raise AuthorizationFailed(_("The server asks for access to another server. Don't trust it."))
            return found
    return None


async def _authority(
    http: httpx2.AsyncClient, server_url: str, challenge: httpx2.Response, resource: ProtectedResourceMetadata | None
) -> Authority:
    parts = urlsplit(server_url)
    named = str(resource.authorization_servers[0]) if resource else None
    for url in build_oauth_authorization_server_metadata_discovery_urls(named, server_url):
        response = await _get(http, url)
        goes_on, found = await handle_auth_metadata_response(response)
        if found:
            issuer = named or f"{parts.scheme}://{parts.netloc}"
            if not issuers_match(str(found.issuer), issuer):
                validate_metadata_issuer(found, issuer)
            return _checked(found, server_url, challenge, resource)
        if not goes_on:
            break
    raise AuthorizationFailed(_("The server doesn't say how people sign in."))


def _checked(
    found: OAuthMetadata, server_url: str, challenge: httpx2.Response, resource: ProtectedResourceMetadata | None
) -> Authority:
    """Return what is stored of an authorization server. Raise `AuthorizationFailed` if it isn't safe to use."""
    if "S256" not in (found.code_challenge_methods_supported or ()):
        raise AuthorizationFailed(_("The server's way of signing in isn't safe: it doesn't know PKCE."))
    endpoints = {
        name: str(getattr(found, name) or "")
        for name in ("authorization_endpoint", "token_endpoint", "registration_endpoint", "revocation_endpoint")
    }
    # Without TLS only if the server itself is reached without: on a machine where all of it is tried.
    schemes = {"https", urlsplit(server_url).scheme}
    if any(url and urlsplit(url).scheme not in schemes for url in endpoints.values()):
        raise AuthorizationFailed(_("The server's way of signing in isn't safe: it doesn't use HTTPS."))
    scope = get_client_metadata_scopes(
        extract_scope_from_www_auth(challenge), resource, found, ["authorization_code", "refresh_token"]
    )
    authority = Authority(
        issuer=str(found.issuer),
        resource=str(resource.resource) if resource else resource_url_from_server_url(server_url),
        server_url=server_url,
        scope=scope or "",
        token_methods=tuple(each for each in METHODS if each in (found.token_endpoint_auth_methods_supported or ())),
        names_itself=bool(found.authorization_response_iss_parameter_supported),
        **endpoints,
    )
    _check_lengths(authority.issuer, authority.resource, authority.scope, *endpoints.values())
    return authority


def _check_lengths(*texts: str) -> None:
    """Raise `ValueError` if a text is longer than what is kept."""
    if any(len(text) > MAX_TEXT_CHARACTERS for text in texts):
        raise ValueError("a text is too long")


async def register(authority: Authority, redirect_uri: str) -> Client:
    """Register this site at an authorization server (RFC 7591). Raise `AuthorizationFailed`."""
    if not authority.registration_endpoint:
        raise AuthorizationFailed(
            _(
                "The server doesn't let sites register by themselves. Whoever has added it here can register this site "
                "there, and enter its client ID."
            )
        )
    methods = [each for each in METHODS if each in authority.token_methods or not authority.token_methods]
    wanted = OAuthClientMetadata(
        client_name=CLIENT_NAME,
        redirect_uris=[AnyUrl(redirect_uri)],
        token_endpoint_auth_method=(methods or [NONE])[0],
        application_type="web",
        scope=authority.scope or None,
    )
    async with _asking() as http:
        response = await http.post(
            authority.registration_endpoint, json=wanted.model_dump(mode="json", exclude_none=True)
        )
        given = await handle_registration_response(response)
        _check_lengths(given.client_id, given.client_secret or "")
    method = given.token_endpoint_auth_method or (BASIC if given.client_secret else NONE)
    if method not in METHODS or (method != NONE and not given.client_secret):
        raise AuthorizationFailed(_("The server registered this site in a way that it doesn't know."))
    return Client(
        issuer=authority.issuer,
        client_id=given.client_id,
        redirect_uri=redirect_uri,
        secret=given.client_secret or "",
        method=method,
    )


def authorization_url(authority: Authority, client: Client, state: str) -> tuple[str, str]:
    """Return the address at which a person says yes, and the secret that proves later that this site asked (PKCE)."""
    proof = PKCEParameters.generate()
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "state": state,
        "code_challenge": proof.code_challenge,
        "code_challenge_method": "S256",
        "resource": authority.resource,
        **({"scope": authority.scope} if authority.scope else {}),
    }
    parts = urlsplit(authority.authorization_endpoint)
    own = [(name, value) for name, value in parse_qsl(parts.query) if name not in asked]
    return urlunsplit(parts._replace(query=urlencode([*own, *asked.items()]), fragment="")), proof.code_verifier


async def exchange(authority: Authority, client: Client, code: str, verifier: str) -> Tokens:
    """Return the tokens for a code that a person brought back. Raise `AuthorizationFailed`."""
    return await _ask_for_tokens(
        authority,
        client,
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect_uri,
            "code_verifier": verifier,
        },
    )


async def refresh(authority: Authority, client: Client, refresh_token: str) -> Tokens:
    """Return new tokens for old ones. Raise `GrantRefused` if they are refused, and `AuthorizationFailed`."""
    return await _ask_for_tokens(authority, client, {"grant_type": "refresh_token", "refresh_token": refresh_token})


async def revoke(authority: Authority, client: Client, tokens: Iterable[str]) -> bool:
    """Tell an authorization server that tokens aren't valid any more (RFC 7009), as far as it listens.

    Return False if telling it later may help.
    """
    if not authority.revocation_endpoint:
        return True
    try:
        async with _asking() as http:
            for token in filter(None, tokens):
                data, headers = _as_client(client, {"token": token})
                response = await http.post(authority.revocation_endpoint, data=data, headers=headers)
                if response.status_code >= 500 or response.status_code == 429:
                    raise _unreachable()
    except AuthorizationFailed as error:
        logger.warning("%s was not told that a token is revoked: %s", authority.issuer, error)
        return False
    return True


async def _ask_for_tokens(authority: Authority, client: Client, grant: dict[str, str]) -> Tokens:
    data, headers = _as_client(client, {**grant, "resource": authority.resource})
    async with _asking() as http:
        response = await http.post(authority.token_endpoint, data=data, headers=headers)
        if response.status_code == 200:
            return _tokens(OAuthToken.model_validate_json(response.content))
        logger.warning("%s gave no tokens: %s", authority.issuer, response.status_code)
    if 400 <= response.status_code < 500 and response.status_code != 429:
        raise GrantRefused(_("The server didn't accept the sign-in. Sign in again."))
    raise _unreachable()


def _tokens(given: OAuthToken) -> Tokens:
    """Return tokens that can be a header. Raise `ValueError` if they can't."""
    for token in (given.access_token, given.refresh_token or ""):
        if len(token) > MAX_TOKEN_CHARACTERS or not (token.isascii() and token.isprintable()) or " " in token:
            raise ValueError("a token is no token")
    if not given.access_token or (given.expires_in or 0) < 0:
        raise ValueError("there is no token")
    lifetime = None if given.expires_in is None else min(given.expires_in, MAX_LIFETIME_SECONDS)
    _check_lengths(given.scope or "")
    return Tokens(given.access_token, given.refresh_token or "", lifetime, given.scope or "")


def _as_client(client: Client, data: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return a form and headers that say who asks."""
    # With a header, too: servers made with the SDK look for it in the form.
    named = {**data, "client_id": client.client_id}
    if client.method == BASIC:
        # RFC 6749 section 2.3.1
        pair = f"{quote(client.client_id, safe='')}:{quote(client.secret, safe='')}"
        return named, {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return (named | {"client_secret": client.secret} if client.method == POST else named), {}


async def _get(http: httpx2.AsyncClient, url: str) -> httpx2.Response:
    try:
        return await http.get(url, headers={MCP_PROTOCOL_VERSION_HEADER: LATEST_PROTOCOL_VERSION})
    except outgoing.RedirectRefused:
        # Nothing at this address.
        return httpx2.Response(404)


@asynccontextmanager
async def _asking() -> AsyncIterator[httpx2.AsyncClient]:
    """Provide a client for a few requests. Whatever goes wrong is raised as `AuthorizationFailed`."""
    try:
        async with (
            asyncio.timeout(SECONDS),
            outgoing.client(headers={"Accept": "application/json"}, max_body_bytes=MAX_ANSWER_BYTES) as http,
        ):
            yield http
    except outgoing.AddressRefused as error:
        raise AuthorizationFailed(_("The address is inside this site's network, which isn't allowed.")) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
        logger.warning("an authorization server can't be asked: %s", type(error).__name__)
        raise _unreachable() from error
    except FAILED as error:
        logger.warning("an authorization server answers with something else: %s", type(error).__name__)
        raise AuthorizationFailed(_("The server's answer makes no sense, so nobody can sign in.")) from error


def _unreachable() -> AuthorizationFailed:
    return AuthorizationFailed(_("The server can't be reached to sign in. Try again later."))
