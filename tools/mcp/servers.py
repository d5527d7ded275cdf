"""MCP servers as tools: one switch for each, and a function for each of its tools that is on."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from tools.functions.results import failed
from tools.mcp import catalog, session
from tools.mcp.catalog import ServerInfo
from tools.mcp.listed import ListedTool
from tools.mcp.names import PREFIX, SEPARATOR, switch_name
from tools.mcp.provider_servers import ProviderServer
from tools.tool import Context, LocalTool, Result, Tool


class Server(Tool):
    """A server that this server calls for one person."""

    def __init__(self, info: ServerInfo) -> None:
        self.name, self.title = switch_name(info.label), info.name
        self._info = info

    def definitions(self, options: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [each for name in self._info.tools for each in ServerFunction(self._info, name).definitions(options)]

    def called(self, name: str) -> LocalTool | None:
        return ServerFunction(self._info, name) if name in self._info.tools else None


class ServerFunction(LocalTool):
    """A tool of a server, as a function."""

    timeout = session.CALL_SECONDS

    def __init__(self, info: ServerInfo, name: str) -> None:
        tool = info.tools[name]
        self._info, self._tool = info, tool
        self.name, self.title, self.description = name, _title(info, tool), tool.description
        hints = tool.annotations
        self.is_repeatable = hints.read_only_hint or hints.idempotent_hint
        self.needs_approval = info.asks(tool)
        self.changed_at = tool.changed_at

    def definitions(self, options: Mapping[str, Any]) -> list[dict[str, Any]]:
        function = {"type": "function", "name": self.name, "description": self.description}
        # Its optional properties must stay optional.
        return [{**function, "parameters": self._tool.input_schema, "strict": False}]

    async def run(self, context: Context, arguments: str) -> Result:
        try:
            values = msgspec.json.decode(arguments or "{}", type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            return failed(f"The arguments don't fit {self.name}: {error}")
        try:
            return await session.call(self._info, context.user_id, self._tool.name, values)
        except session.CallFailed as error:
            return failed(error.sentence)


def server_tool(name: str, user_id: UUID) -> Tool | None:
    """Return the server of a switch, if a person may use it."""
    info = catalog.server_for(user_id, name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
    return _tool(info) if info else None


def server_tools(user_id: UUID, *, for_us: bool = True, for_provider: bool = True) -> dict[str, Tool]:
    """Return the servers that a person may use, by the names of their switches: those that we call, or the provider.

    One whose tools nobody has read yet has nothing to call.
    """
    found = (_tool(each) for each in catalog.servers_for(user_id) if each.tools or not each.is_called_here)
    return {each.name: each for each in found if (for_us if isinstance(each, Server) else for_provider)}


def _tool(info: ServerInfo) -> Tool:
    return Server(info) if info.is_called_here else ProviderServer(info)


def title_of_function(name: str) -> str:
    """Return what people read of a server's function; nothing if it isn't known."""
    info = catalog.server(name.partition(SEPARATOR)[0])
    return _title(info, info.tools[name]) if info and name in info.tools else ""


def switch_of_definition(definition: Mapping[str, Any]) -> str:
    """Return the name of the switch of the server that an entry in the `tools` of a request stands for, if any."""
    label = definition.get("server_label") or str(definition.get("name", "")).partition(SEPARATOR)[0]
    return switch_name(label) if label and catalog.server(label) else ""


def _title(info: ServerInfo, tool: ListedTool) -> str:
    return f"{info.name}: {tool.title or tool.name}"
