"""An MCP server made with the official SDK, as a process of its own: `python -m tests.support.mcp_server`.

It prints its address, or speaks over its standard streams with `--stdio`.
"""

import asyncio
import contextlib
import io
import os
import socket
import sys
from typing import Any

import anyio
import uvicorn
from mcp.server.mcpserver import Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import EmbeddedResource, ResourceLink, TextContent, TextResourceContents, ToolAnnotations
from PIL import Image as Pillow
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse

READ_ONLY = ToolAnnotations(read_only_hint=True)
LONG_TITLE = "x" * 200

server = MCPServer("Tracker", log_level="ERROR")
closed: list[int] = []


@server.tool(title="Read an issue", annotations=READ_ONLY)
def read_issue(number: int) -> dict[str, Any]:
    """Read an issue of the tracker."""
    if number > 1000:
        raise ToolError(f"There is no issue {number}.")
    return {"number": number, "title": "The tide is late", "is_closed": number in closed}


@server.tool(name="close.issue", title="Close an issue")
def close_issue(number: int, note: str = "") -> str:
    """Close an issue of the tracker."""
    closed.append(number)
    return f"Closed {number}. {note}".strip()


@server.tool(annotations=READ_ONLY, structured_output=False)
def chart() -> list[Any]:
    """Draw a chart."""
    image = io.BytesIO()
    Pillow.new("RGB", (40, 30), "navy").save(image, "PNG")
    return ["The tides of today", Image(data=image.getvalue(), format="png")]


@server.tool(annotations=READ_ONLY, structured_output=False)
def broken_chart() -> list[Any]:
    """Draw a chart that is none."""
    return [Image(data=b"no image", format="png")]


@server.tool(annotations=READ_ONLY, structured_output=False)
def parts() -> list[Any]:
    """Give a resource and a link."""
    text = TextResourceContents(uri="tides://today", text="1.8 m")
    link = ResourceLink(name="tables", uri="https://example.org/tables")
    return [EmbeddedResource(resource=text), link, TextContent(text="a\0b")]


@server.tool(annotations=READ_ONLY)
def rows() -> list[dict[str, Any]]:
    """Give a list."""
    return [{"port": "Bodø", "metres": 1.8}, {"port": "Oslo", "metres": 0.3}]


@server.tool(annotations=READ_ONLY)
def long_text(characters: int) -> str:
    """Give a long text."""
    return "x" * characters


@server.tool(annotations=READ_ONLY)
async def sleep(seconds: float) -> str:
    """Sleep."""
    await anyio.sleep(seconds)
    return "slept"


@server.tool(annotations=READ_ONLY)
def crash() -> str:
    """End the server."""
    os._exit(1)


@server.tool(name=f"a tool with a name of {LONG_TITLE}"[:200], annotations=READ_ONLY)
def long_name() -> str:
    """Say who it is."""
    return "the one with the long name"


@server.custom_route("/seen", methods=["GET"])  # type: ignore[untyped-decorator]
async def seen(request: Request) -> Any:
    """Say what a request had in its headers."""
    return JSONResponse(headers_seen)


headers_seen: list[dict[str, str]] = []


class Noting:
    """An ASGI application that notes the headers of the requests to the server."""

    def __init__(self, app: Starlette) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/mcp":
            headers_seen.append({name.decode(): value.decode() for name, value in scope["headers"]})
        await self._app(scope, receive, send)


async def serve() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp\n")
    sys.stdout.flush()
    config = uvicorn.Config(Noting(server.streamable_http_app()), log_level="error")
    await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    if "--stdio" in sys.argv:
        server.run("stdio")
    else:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve())
