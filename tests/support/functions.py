"""Functions that the browser's tests let a model call."""

import asyncio
import tempfile
from pathlib import Path

from tests.support.images import encoded, image
from tools.functions.function import tool
from tools.functions.results import Image, ToolFailed

RELEASED = Path(tempfile.gettempdir()) / "chatsite-tests-released"
"""The folder in which a test puts a file to let `wait_for_tide` go on."""

DEFAULT_TOOLS = (
    "current_time",
    "send_mail",
    "delete_port",
    "tide_table",
    "wait_for_tide",
    "broken_gauge",
    "logbook",
    "get_tide",
)
"""What the model may call in the browser's tests."""


@tool(title="Send mail")
async def send_mail(to: str, words: str) -> str:
    """Send a mail."""
    return f"Sent to {to}."


@tool(title="Delete port")
async def delete_port(port: str) -> str:
    """Delete a port."""
    return f"Deleted {port}."


@tool(title="Tide table", is_repeatable=True, needs_approval=False)
async def tide_table(port: str) -> list[dict[str, str | float]]:
    """Return the next high tides."""
    return [{"port": port, "height": 5.2}, {"port": port, "height": 5.45}]


@tool(title="Next tide", is_repeatable=True, needs_approval=False)
async def wait_for_tide(port: str) -> str:
    """Return when the tide is high, as soon as a test lets it."""
    while not (RELEASED / port).exists():  # noqa: ASYNC110  a test is another process
        await asyncio.sleep(0.05)
    return f"High tide in {port}."


@tool(title="Broken gauge", needs_approval=False)
async def broken_gauge() -> str:
    """Fail."""
    raise ToolFailed("The gauge is broken.")


@tool(title="Logbook", is_repeatable=True, needs_approval=False)
async def logbook() -> str:
    """Return more than anybody reads."""
    return "A tide. " * 10_000


@tool(title="Tide", is_repeatable=True, needs_approval=False)
async def get_tide(port: str) -> str | list[str | Image]:
    """Return how high the tide is, of Oslo as a chart."""
    return ["See the chart.", Image(encoded(image()))] if port == "Oslo" else "1.8 m"
