"""Functions that models may call in tests. `ran` has what was called, in order."""

import asyncio
from typing import Annotated

from tests.support.images import encoded, image
from tools.functions.function import tool
from tools.functions.results import Image

ran: list[str] = []
gates: dict[str, asyncio.Event] = {}
ON = ["get_tide", "book_berth", "sound_horn", "break_down", "hang", "say_rubbish"]
"""The functions that are on in most tests."""


@tool(title="Tide", needs_approval=False, is_repeatable=True)
async def get_tide(port: Annotated[str, "The port"]) -> str:
    """Return how high the tide is at a port."""
    ran.append(f"get_tide {port}")
    if gate := gates.get(port):
        await gate.wait()
    return f"Two metres at {port}"


@tool(title="Book a berth", needs_approval=True)
async def book_berth(port: Annotated[str, "The port"]) -> str:
    """Book a berth in a port."""
    ran.append(f"book_berth {port}")
    return f"Booked at {port}"


@tool(needs_approval=False)
async def sound_horn(port: str) -> str:
    """Sound the horn, which can't be taken back."""
    ran.append(f"sound_horn {port}")
    if gate := gates.get(port):
        await gate.wait()
    return "Tooted"


@tool(needs_approval=False)
async def break_down(port: str) -> str:
    """Fail."""
    raise ValueError(port)


@tool(needs_approval=False, timeout=0.05)
async def hang(port: str) -> str:
    """Never return."""
    await asyncio.Event().wait()
    return port


@tool(needs_approval=False)
def say_rubbish(port: str) -> str:
    """Return what can't be stored, and much of it."""
    return "\0\ud800" + "x" * 10_000_000


@tool(needs_approval=False)
async def draw_tide(port: str) -> Image:
    """Draw how high the tide is at a port."""
    return Image(encoded(image()))
