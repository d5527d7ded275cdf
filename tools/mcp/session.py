"""Sessions with MCP servers that this server calls: one for each call, or for each reading of the tools.

Whatever a server does, a call ends in time, and reads no more than `MAX_BYTES`. Nothing is sent twice by itself.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx2
import msgspec
from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import ValidationError

from common import outgoing
from common.pools import SERVERS
from common.refusal import Refused
from common.threads import in_thread
from tools.mcp import oauth
from tools.mcp.catalog import ServerInfo
from tools.mcp.listed import MAX_TOOLS
from tools.mcp.results import result_of
from tools.mcp.stream import cut
from tools.models import McpServer
from tools.tool import Result

if TYPE_CHECKING:
    from mcp import Client

logger = logging.getLogger(__name__)

MAX_BYTES = 5_000_000
"""Of one answer of a server."""
LIST_SECONDS = 30.0
CALL_SECONDS = 120.0
CLOSE_SECONDS = 5.0
"""For telling a server that a session is over."""
MAX_PAGES = 20
MAX_SAID_CHARACTERS = 500
"""Of what a server says went wrong."""


class CallFailed(Exception):
    """A server couldn't be called, or didn't answer as it must. `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


async def list_tools(info: ServerInfo, user_id: UUID) -> list[dict[str, Any]]:
    """Return the tools that a server says that it has, in the protocol's words. Raise `CallFailed`."""
    tools: list[dict[str, Any]] = []
    async with _opened(info, user_id, LIST_SECONDS, tools) as client:
        import mcp_types as types

        cursor = None
        for _page in range(MAX_PAGES):
            # Not the client's own method: it would compile whatever schemas there are.
            request = types.ListToolsRequest(params=types.PaginatedRequestParams(cursor=cursor))
            cursor = (await client.session.send_request(request, types.ListToolsResult)).next_cursor
            # One more than is taken, so that it is said that there are more.
            if cursor is None or len(tools) > MAX_TOOLS or len(msgspec.json.encode(tools)) > MAX_BYTES:
                break
    return tools


async def call(info: ServerInfo, user_id: UUID, tool: str, arguments: dict[str, Any]) -> Result:
    """Return what a tool gave. Raise `CallFailed`; the call may have happened all the same."""
    async with _turn(user_id), _opened(info, user_id, CALL_SECONDS) as client:
        import mcp_types as types

        request = types.CallToolRequest(params=types.CallToolRequestParams(name=tool, arguments=arguments))
        try:
            # Not the client's own method: it would check the result against whatever schema the server names.
            given = await client.session.send_request(request, types.CallToolResult)
        except _errors() as error:
            if error.code != types.HEADER_MISMATCH:
                raise
            # It wasn't run: the server wants headers that only its list of tools tells of.
            await client.list_tools()
            given = await client.session.send_request(request, types.CallToolResult)
    return await result_of(given, user_id)


@asynccontextmanager
async def _turn(user_id: UUID) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(SERVERS.turn_async(user_id))
        except Refused as refused:
            raise CallFailed(refused.message) from refused
        yield


@asynccontextmanager
async def _opened(
    info: ServerInfo, user_id: UUID, seconds: float, listed: list[dict[str, Any]] | None = None
) -> AsyncIterator["Client"]:
    """Open a session for so many seconds. Whatever goes wrong in the block becomes `CallFailed`.

    `listed` takes the tools that are listed in it.
    """
    await in_thread(import_module)("mcp")
    from mcp import Client

    try:
        # The session itself has the shorter time, so that its end can still be told to the server.
        async with asyncio.timeout(seconds + CLOSE_SECONDS), AsyncExitStack() as stack:
            transport = cut(await _transport(info, user_id, seconds, stack), listed)
            async with Client(transport, read_timeout_seconds=seconds, cache=None) as client:
                async with asyncio.timeout(seconds):
                    yield client
    except asyncio.CancelledError:
        raise
    except Exception as error:
        raise CallFailed(_sentence(info, error, seconds)) from error


async def _transport(info: ServerInfo, user_id: UUID, seconds: float, stack: AsyncExitStack) -> Any:
    """Return how a server is reached. Raise `CallFailed`."""
    from mcp.client.streamable_http import streamable_http_client

    if info.transport == McpServer.Transport.STDIO:
        from mcp import StdioServerParameters
        from mcp.client.stdio import stdio_client

        command = settings.MCP_COMMANDS[info.label]
        name, *arguments = command.command
        environment = {each: os.environ[each] for each in command.environment if each in os.environ}
        return stdio_client(StdioServerParameters(command=name, args=arguments, env=environment))
    if info.problem:
        raise CallFailed(_("The headers for %(server)s can't be read. Enter them again.") % {"server": info.name})
    auth = None
    if info.auth == McpServer.Auth.OAUTH:
        # Here, because the SDK keeps what fails in a request of a session to itself.
        await oauth.access_token(info.id, info.url, user_id)
        auth = oauth.Bearer(info.id, info.url, user_id)
    client = outgoing.client(headers=dict(info.headers), auth=auth, read_seconds=seconds, max_body_bytes=MAX_BYTES)
    await stack.enter_async_context(client)
    return streamable_http_client(info.url, http_client=client, max_sse_event_size=MAX_BYTES)


def _errors() -> Any:
    from mcp.shared.exceptions import MCPError

    return MCPError


def _sentence(info: ServerInfo, error: BaseException, seconds: float) -> str:
    """Return what went wrong, for the model and for people. Servers' own words are content, and bounded."""
    causes = [*_causes(error)]
    names = {"server": info.name, "seconds": f"{seconds:g}", "megabytes": f"{MAX_BYTES / 1e6:g}"}
    for cause in causes:
        if sentence := getattr(cause, "sentence", None):
            return str(sentence)
        if isinstance(cause, outgoing.AddressRefused):
            return _("The address of %(server)s isn't allowed here.") % names
        if isinstance(cause, outgoing.RedirectRefused):
            return _("%(server)s redirects to another address.") % names
        if isinstance(cause, outgoing.BodyRefused):
            return _("%(server)s answered with more than %(megabytes)s MB, so nothing of it was read.") % names
        if isinstance(cause, TimeoutError | httpx2.TimeoutException):
            return _("%(server)s didn't answer within %(seconds)s seconds.") % names
    if any(isinstance(cause, httpx2.TransportError | OSError) for cause in causes):
        return _("%(server)s can't be reached.") % names
    if said := next((cause for cause in causes if isinstance(cause, _errors())), None):
        return _("%(server)s said: %(words)s") % {**names, "words": str(said)[:MAX_SAID_CHARACTERS]}
    if not any(isinstance(cause, ValidationError | ValueError | RuntimeError) for cause in causes):
        logger.error("calling the MCP server %s failed", info.label, exc_info=error)
    return _("%(server)s doesn't keep to the protocol.") % names


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, those in it if it is a group, and what led to them."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
        waiting += [each.__cause__, each.__context__]
