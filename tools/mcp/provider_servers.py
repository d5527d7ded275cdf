"""MCP servers that the model's provider calls: a tool of the provider for each, which asks us whether it may go on.

https://platform.openai.com/docs/guides/tools-connectors-mcp
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from providers.items import APPROVED
from tools.mcp import catalog, oauth
from tools.mcp.catalog import ServerInfo
from tools.mcp.grants import AuthorizationFailed
from tools.mcp.names import switch_name
from tools.models import McpServer
from tools.tool import Context, LocalTool, Result, Tool

TYPE = "mcp"
OF_TOOLS = {"tools", "tool_choice"}
"""What a request without tools can't have."""


class ProviderServer(Tool):
    """A server that the provider calls for one person."""

    def __init__(self, info: ServerInfo) -> None:
        self.name, self.title = switch_name(info.label), info.name
        self._info = info

    def definitions(self, options: Mapping[str, Any]) -> list[dict[str, Any]]:
        tools = self._info.tools.values()
        # What isn't known yet asks, too.
        silent = [tool.name for tool in tools if not self._info.asks(tool)]
        return [
            {
                "type": TYPE,
                "server_label": self._info.label,
                "server_url": self._info.url,
                **({"allowed_tools": [tool.name for tool in tools]} if self._info.is_listed else {}),
                "require_approval": {"never": {"tool_names": silent}} if silent else "always",
            }
        ]

    def called(self, name: str) -> LocalTool | None:
        return Approval(self._info, name) if name.startswith(f"{self._info.label}__") else None


class Approval(LocalTool):
    """The question whether the provider may call a tool of a server."""

    is_approval = True
    is_repeatable = True
    description = ""

    def __init__(self, info: ServerInfo, name: str) -> None:
        tool = info.tools.get(name)
        self.name, self.title = name, f"{info.name}: {tool.title or tool.name if tool else name}"
        self.changed_at = tool.changed_at if tool else info.updated_at

    def definitions(self, options: Mapping[str, Any]) -> list[dict[str, Any]]:
        # The server is in the request.
        return []

    async def run(self, context: Context, arguments: str) -> Result:
        return Result(APPROVED)


async def with_secrets(body: dict[str, Any], user_id: UUID) -> dict[str, Any]:
    """Return a request with that with which the provider calls the servers in it: it keeps none of that.

    A server to which the person isn't signed in, whose headers can't be read, or that has another address since, is
    left out.
    """
    tools = body.get("tools", [])
    if not any(tool["type"] == TYPE for tool in tools):
        return body
    filled = []
    for tool in tools:
        if tool["type"] != TYPE:
            filled.append(tool)
            continue
        info = catalog.server_for(user_id, tool["server_label"])
        if info and not info.problem and info.url == tool["server_url"]:
            try:
                filled.append(tool | await _secrets(info, user_id))
            except (oauth.NotConnected, AuthorizationFailed):
                continue
    return {**body, "tools": filled} if filled else {name: body[name] for name in body if name not in OF_TOOLS}


async def _secrets(info: ServerInfo, user_id: UUID) -> dict[str, Any]:
    if info.auth == McpServer.Auth.OAUTH:
        return {"authorization": await oauth.access_token(info.id, info.url, user_id)}
    return {"headers": dict(info.headers)} if info.headers else {}
