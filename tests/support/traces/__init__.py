"""What the API streams while a model uses its tools: one trace of each kind, event by event.

Each is the middle of a response. `events.steps` makes a script of the stand-in of it.
"""

from tests.support.traces.events import Event
from tests.support.traces.hosted import (
    CODE_INTERPRETER,
    FILE_SEARCH,
    IMAGE_GENERATION,
    MCP_APPROVAL,
    MCP_CALLS,
    SHELL,
    WEB_SEARCH,
)
from tests.support.traces.local import APPLY_PATCH, COMPUTER, CUSTOM, FUNCTIONS, PROGRAM, TOOL_SEARCH

TRACES: dict[str, list[Event]] = {
    "web search": WEB_SEARCH,
    "file search": FILE_SEARCH,
    "code interpreter": CODE_INTERPRETER,
    "image generation": IMAGE_GENERATION,
    "mcp": MCP_CALLS,
    "mcp approval": MCP_APPROVAL,
    "functions": FUNCTIONS,
    "custom tool": CUSTOM,
    "shell": SHELL,
    "patches": APPLY_PATCH,
    "computer": COMPUTER,
    "tool search": TOOL_SEARCH,
    "program": PROGRAM,
}
