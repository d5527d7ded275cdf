"""What a server sends, with its long lists cut before the SDK sees them: it checks each entry, in the event loop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from providers.items import dicts
from tools.mcp.listed import MAX_ENTRIES

if TYPE_CHECKING:
    from mcp.client._transport import ReadStream, Transport, TransportStreams
    from mcp.shared.message import SessionMessage

    Messages = ReadStream[SessionMessage | Exception]

MAX_PARTS = 1000
"""Of one result."""
UNREAD = ("icons", "annotations", "_meta")
"""Of a part."""


@asynccontextmanager
async def cut(transport: "Transport", listed: list[dict[str, Any]] | None = None) -> AsyncIterator["TransportStreams"]:
    """Open a transport, whose results are cut. `listed` takes the tools in them, as the server says.

    The SDK would refuse all of them for one that doesn't keep to the protocol.
    """
    async with transport as (read, write):
        yield _Cut(read, listed), write


class _Cut:
    def __init__(self, stream: "Messages", listed: list[dict[str, Any]] | None) -> None:
        self._stream = stream
        self._listed = listed

    @property
    def last_context(self) -> Any:
        return getattr(self._stream, "last_context", None)

    def __aiter__(self) -> "_Cut":
        return self

    async def __anext__(self) -> "SessionMessage | Exception":
        return self._cut(await self._stream.__anext__())

    async def receive(self) -> "SessionMessage | Exception":
        return self._cut(await self._stream.receive())

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def __aenter__(self) -> "_Cut":
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> bool | None:
        return await self._stream.__aexit__(*error)

    def _cut(self, message: "SessionMessage | Exception") -> "SessionMessage | Exception":
        result = getattr(getattr(message, "message", None), "result", None)
        if isinstance(result, dict):
            self._cut_tools(result)
            _cut_parts(result)
        return message

    def _cut_tools(self, result: dict[str, Any]) -> None:
        tools = result.get("tools")
        if not isinstance(tools, list):
            return
        # One more than is taken, so that it is said that there are more.
        del tools[MAX_ENTRIES + 1 :]
        if self._listed is not None:
            self._listed += [tool if isinstance(tool, dict) else {} for tool in tools]
            tools.clear()


def _cut_parts(result: dict[str, Any]) -> None:
    parts = result.get("content")
    if not isinstance(parts, list):
        return
    if len(parts) > MAX_PARTS:
        words = f"[cut: the first {MAX_PARTS} of {len(parts)} parts]"
        parts[MAX_PARTS:] = [{"type": "text", "text": words}]
    for part in dicts(parts):
        for name in UNREAD:
            part.pop(name, None)
