"""Functions that note in a file that they run, before anything else: the file outlives a process that is killed."""

import asyncio
import os
import tempfile
from pathlib import Path

from tools.functions.function import tool

NAMES = ("note_tide", "note_horn", "note_berth")
FOLDER = Path(os.environ.get("DATA_DIR") or tempfile.gettempdir())
SECONDS = float(os.environ.get("NOTED_SECONDS", "0"))
RAN = "ran"
"""The file: a line for each run."""
HELD = "held"
"""If there is a file of this name, a call runs until there is one that is named after its port."""


async def run(name: str, port: str) -> str:
    with (FOLDER / RAN).open("a") as ran:
        ran.write(f"{name} {port}\n")
    await asyncio.sleep(SECONDS)
    while (FOLDER / HELD).exists() and not (FOLDER / port).exists():  # noqa: ASYNC110  a test is another process
        await asyncio.sleep(0.02)
    return f"{name} at {port}"


@tool(is_repeatable=True, needs_approval=False)
async def note_tide(port: str) -> str:
    """Read the tide, which may be read again."""
    return await run("note_tide", port)


@tool(needs_approval=False)
async def note_horn(port: str) -> str:
    """Sound the horn, which can't be taken back."""
    return await run("note_horn", port)


@tool(needs_approval=True)
async def note_berth(port: str) -> str:
    """Book a berth."""
    return await run("note_berth", port)
