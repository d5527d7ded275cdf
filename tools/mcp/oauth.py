"""Signing in at MCP servers: each person for themselves, with tokens that are kept encrypted.

A token is sent to the server for which it was given, and only while its connection isn't revoked. Of all processes, one
refreshes it at a time: many servers take a refresh token once, and revoke everything if it comes twice.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Iterable
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import msgspec
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from common.threads import in_thread
from providers.encryption import Undecryptable, decrypt, encrypt
from tools.mcp.grants import Authority, AuthorizationFailed, Client, GivenClient, GrantRefused, SignIn, Tokens
from tools.models import McpConnection, McpServer

EARLY = timedelta(seconds=60)
"""How long before its end a token is refreshed."""
REFRESH_SECONDS = 45.0
"""How long one process may take to refresh a token, before another one tries: longer than it waits for the server."""
LOOK_SECONDS = 0.1
"""How often a process looks whether another one has refreshed a token."""
SIGN_IN_SECONDS = 900
"""How long a person may take to say yes at the other server."""
REVOKE_SECONDS = 30.0
MAX_REVOKING = 8
"""Authorization servers that are told at once."""
UNREADABLE = (Undecryptable, msgspec.DecodeError, msgspec.ValidationError)

Forgotten = tuple[Authority, Client, list[str]]
"""Tokens, and who must be told that they aren't valid any more."""

_refreshing: set[asyncio.Task[str]] = set()


class NotConnected(Exception):
    """The person must sign in at the server first. `sentence` is for them."""

    def __init__(self, name: str) -> None:
        self.sentence = _("Sign in to %(server)s first, on the page of MCP servers.") % {"server": name}
        super().__init__(self.sentence)


async def begin(server: McpServer, user_id: UUID, redirect_uri: str) -> tuple[str, SignIn]:
    """Return the address at which a person signs in, and what must be known when they come back.

    Raise `AuthorizationFailed`.
    """
    await _load()
    from tools.mcp import authorization

    authority = await authorization.discover(server.url)
    given = await in_thread(_given_client)(server.pk, authority)
    client = given.at(authority, redirect_uri) if given else await in_thread(_registered)(server.pk, user_id)
    if client is None or client.issuer != authority.issuer or client.redirect_uri != redirect_uri:
        client = await authorization.register(authority, redirect_uri)
    state = secrets.token_urlsafe(32)
    address, verifier = authorization.authorization_url(authority, client, state)
    return address, SignIn(server.pk, user_id, state, verifier, authority, client, timezone.now().timestamp())


def is_over(sign_in: SignIn) -> bool:
    """Return whether a sign-in was begun so long ago that it doesn't count any more."""
    return not 0 <= timezone.now().timestamp() - sign_in.begun_at <= SIGN_IN_SECONDS


async def finish(sign_in: SignIn, code: str, issuer: str | None) -> None:
    """Exchange the code that a person brought back, and store what it gave. Raise `AuthorizationFailed`.

    `issuer` is who says that it sent the person back. A code of another server must not be shown to this one.
    """
    await _load()
    from tools.mcp import authorization

    authority = sign_in.authority
    if issuer != authority.issuer and (issuer is not None or authority.names_itself):
        raise AuthorizationFailed(_("Another server answered than the one that was asked. Try again."))
    tokens = await authorization.exchange(authority, sign_in.client, code, sign_in.verifier)
    replaced = await in_thread(_connect)(sign_in, tokens)
    await authorization.revoke(authority, sign_in.client, replaced)


async def access_token(server_id: UUID, server_url: str, user_id: UUID, *, refused: str = "") -> str:
    """Return the token of a person for a server, refreshed if it ends soon or is the one that was `refused`.

    Raise `NotConnected`, or `AuthorizationFailed` if it can't be refreshed at the moment.
    """
    while True:
        row = await in_thread(_connection)(server_id, user_id)
        token = _usable(row, server_url)
        if token and token != refused and not (row.expires_at and row.expires_at - EARLY <= timezone.now()):
            return token
        if not row.refresh_token:
            if token and token != refused and row.expires_at and row.expires_at > timezone.now():
                return token
            await in_thread(_expire)(_same(row))
            raise NotConnected(row.server.name)
        if await in_thread(_claim)(row):
            return await _refresh(row)
        # Another call, here or in another process, is refreshing it.
        await asyncio.sleep(LOOK_SECONDS)


async def disconnect(server_id: UUID, user_id: UUID | None = None) -> None:
    """Forget the tokens of a person for a server, or of everybody, and tell the authorization server.

    From then on they are never sent again, whether or not that server could be told.
    """
    await tell(await in_thread(forget)(server_id, user_id))


async def tell(forgotten: Iterable[Forgotten]) -> None:
    """Tell authorization servers that tokens aren't valid any more, as far as they listen."""
    await _load()
    from tools.mcp import authorization

    places = asyncio.Semaphore(MAX_REVOKING)

    async def revoke(authority: Authority, client: Client, tokens: list[str]) -> None:
        async with places:
            await authorization.revoke(authority, client, tokens)

    with suppress(TimeoutError):
        async with asyncio.timeout(REVOKE_SECONDS):
            await asyncio.gather(*(revoke(*each) for each in forgotten))


class Bearer(httpx2.Auth):
    """The token of a person, in each request to the server that it is for.

    It is read for each request, so one that was revoked a moment ago isn't sent. If the server refuses it, it is
    refreshed, once.
    """

    def __init__(self, server_id: UUID, server_url: str, user_id: UUID) -> None:
        self._of = server_id, server_url, user_id
        self._origin = _origin(server_url)

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        if _origin(str(request.url)) != self._origin:
            raise httpx2.RequestError("a token is for its server only", request=request)
        token = await access_token(*self._of)
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code != 401:
            return
        token = await access_token(*self._of, refused=token)
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            await in_thread(_expire_token)(self._of[0], self._of[2], token)


async def _load() -> None:
    """Import what speaks to authorization servers in a thread, because the SDK takes a while."""
    await in_thread(import_module)("tools.mcp.authorization")


async def _refresh(row: McpConnection) -> str:
    """Return a new token for a connection that this call has claimed. Raise `NotConnected`, `AuthorizationFailed`.

    It goes on if the caller is cancelled: the server may have taken the refresh token already, and takes none twice.
    """
    work = asyncio.create_task(_refreshed(row), name=f"refresh of {row}")
    _refreshing.add(work)
    work.add_done_callback(_end_refresh)
    return await asyncio.shield(work)


def _end_refresh(work: asyncio.Task[str]) -> None:
    _refreshing.discard(work)
    if not work.cancelled():
        # Whoever waited for it may have left.
        work.exception()


async def _refreshed(row: McpConnection) -> str:
    await _load()
    from tools.mcp import authorization

    try:
        authority, client = _authority(row), _client(row)
        tokens = await authorization.refresh(authority, client, decrypt(row.refresh_token))
    except (GrantRefused, *UNREADABLE) as error:
        await in_thread(_expire)(_claimed(row))
        raise NotConnected(row.server.name) from error
    except BaseException:
        # Nobody needs to wait for what doesn't go on. Not awaited as such: this may be a cancellation.
        await asyncio.shield(in_thread(_release)(row))
        raise
    if not await in_thread(_store_refreshed)(row, tokens):
        # They disconnected meanwhile, so the new tokens must not live on either.
        await authorization.revoke(authority, client, [tokens.refresh_token, tokens.access_token])
        raise NotConnected(row.server.name)
    return tokens.access_token


def _connection(server_id: UUID, user_id: UUID) -> McpConnection:
    """Return a connection that isn't revoked. Raise `NotConnected`."""
    row = McpConnection.objects.filter(server=server_id, user=user_id).select_related("server").first()
    if row is None or row.status != McpConnection.Status.CONNECTED:
        name = row.server.name if row else McpServer.objects.filter(pk=server_id).values_list("name", flat=True).first()
        raise NotConnected(name or "")
    return row


def _usable(row: McpConnection, server_url: str) -> str:
    """Return the access token of a connection, nothing if it can't be read. Raise `NotConnected`."""
    # The server has another address than the one that the person trusted.
    if row.endpoints.get("server_url") != server_url:
        raise NotConnected(row.server.name)
    try:
        return decrypt(row.access_token)
    except Undecryptable:
        return ""


def _registered(server_id: UUID, user_id: UUID) -> Client | None:
    """Return how this site is registered for a person, if it is."""
    row = McpConnection.objects.filter(server=server_id, user=user_id).first()
    try:
        return _client(row) if row and row.client else None
    except UNREADABLE:
        return None


def _given_client(server_id: UUID, authority: Authority) -> GivenClient | None:
    """Return how somebody has registered this site at a server, if they have. Raise `AuthorizationFailed`.

    From the first sign-in on it is for one authorization server. Otherwise a server could have the secret sent anywhere
    by naming another one.
    """
    with transaction.atomic():
        row = McpServer.objects.select_for_update().filter(pk=server_id).first()
        if row is None or not row.client:
            return None
        try:
            given = msgspec.json.decode(decrypt(row.client), type=GivenClient)
        except UNREADABLE as error:
            raise AuthorizationFailed(_("The client ID can't be read. Enter it and its secret again.")) from error
        if not given.issuer:
            given = msgspec.structs.replace(given, issuer=authority.issuer)
            row.client = encrypt(msgspec.json.encode(given).decode())
            row.save(update_fields=["client", "updated_at"])
    if given.issuer != authority.issuer:
        raise AuthorizationFailed(
            _("People sign in elsewhere than before at this server. Enter its client ID and secret again.")
        )
    return given


def _authority(row: McpConnection) -> Authority:
    return msgspec.convert(row.endpoints, Authority)


def _client(row: McpConnection) -> Client:
    return msgspec.json.decode(decrypt(row.client), type=Client)


def _connect(sign_in: SignIn, tokens: Tokens) -> list[str]:
    """Store a connection, and return the tokens that it replaces."""
    before = McpConnection.objects.filter(server=sign_in.server_id, user=sign_in.user_id).first()
    replaced = _tokens_of(before) if before else []
    McpConnection.objects.update_or_create(
        server_id=sign_in.server_id,
        user_id=sign_in.user_id,
        defaults={
            "status": McpConnection.Status.CONNECTED,
            "client": encrypt(msgspec.json.encode(sign_in.client).decode()),
            "endpoints": msgspec.to_builtins(sign_in.authority),
            "refreshing_until": None,
            **_fields(tokens),
        },
    )
    return [each for each in replaced if each not in {tokens.access_token, tokens.refresh_token}]


def _fields(tokens: Tokens) -> dict[str, object]:
    ends = timezone.now() + timedelta(seconds=tokens.expires_in) if tokens.expires_in is not None else None
    return {
        "access_token": encrypt(tokens.access_token),
        "refresh_token": encrypt(tokens.refresh_token),
        "expires_at": ends,
        "scopes": tokens.scope,
    }


def _claim(row: McpConnection) -> bool:
    """Take the right to refresh a connection. Return whether nobody else has it, and nothing changed meanwhile."""
    now = timezone.now()
    free = Q(refreshing_until=None) | Q(refreshing_until__lt=now)
    row.refreshing_until = now + timedelta(seconds=REFRESH_SECONDS)
    return bool(_same(row).filter(free).update(refreshing_until=row.refreshing_until, updated_at=now))


def _same(row: McpConnection) -> QuerySet[McpConnection]:
    """Return the row as long as it has the tokens that were read."""
    return McpConnection.objects.filter(
        pk=row.pk,
        status=McpConnection.Status.CONNECTED,
        refresh_token=row.refresh_token,
        access_token=row.access_token,
    )


def _claimed(row: McpConnection) -> QuerySet[McpConnection]:
    """Return the row as long as the claim holds: its secrets may be encrypted anew meanwhile."""
    return McpConnection.objects.filter(
        pk=row.pk, status=McpConnection.Status.CONNECTED, refreshing_until=row.refreshing_until
    )


def _store_refreshed(row: McpConnection, tokens: Tokens) -> bool:
    """Store new tokens. Return whether the connection is still the one that was refreshed."""
    fields = _fields(tokens)
    if not tokens.refresh_token:
        del fields["refresh_token"]
    if not tokens.scope:
        del fields["scopes"]
    return bool(_claimed(row).update(**fields, refreshing_until=None, updated_at=timezone.now()))


def _release(row: McpConnection) -> None:
    _claimed(row).update(refreshing_until=None)


def _expire(rows: QuerySet[McpConnection]) -> None:
    """Forget tokens that aren't accepted any more."""
    rows.update(
        status=McpConnection.Status.EXPIRED,
        access_token="",
        refresh_token="",
        refreshing_until=None,
        updated_at=timezone.now(),
    )


def _expire_token(server_id: UUID, user_id: UUID, token: str) -> None:
    row = McpConnection.objects.filter(server=server_id, user=user_id).first()
    if row and token in _tokens_of(row):
        _expire(_same(row))


@transaction.atomic
def forget(server_id: UUID, user_id: UUID | None = None) -> list[Forgotten]:
    """Forget the tokens of a person for a server, or of everybody, and return what is to be told of them."""
    rows = McpConnection.objects.filter(server=server_id, **({"user": user_id} if user_id else {}))
    # Locked, so that tokens that are refreshed at this moment aren't forgotten without a word.
    locked = rows.exclude(access_token="", refresh_token="").select_for_update()
    told = [forgotten for row in locked if (forgotten := as_forgotten(row))]
    rows.update(
        status=McpConnection.Status.REVOKED,
        access_token="",
        refresh_token="",
        refreshing_until=None,
        updated_at=timezone.now(),
    )
    return told


def as_forgotten(row: McpConnection) -> Forgotten | None:
    """Return what is to be told of a connection that is forgotten; None if it can't be read."""
    try:
        return _authority(row), _client(row), _tokens_of(row)
    except UNREADABLE:
        return None


def _tokens_of(row: McpConnection) -> list[str]:
    """Return the tokens of a connection, the one that gives others first."""
    tokens = []
    for token in (row.refresh_token, row.access_token):
        try:
            tokens.append(decrypt(token))
        except Undecryptable:
            continue
    return [*filter(None, tokens)]


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
