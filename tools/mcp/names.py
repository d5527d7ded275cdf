"""The names of MCP tools as the API takes them: `<label>__<tool>`, unique, and the same whenever they are made."""

import hashlib
import re
from collections.abc import Iterable

from tools.tool import MAX_NAME_CHARACTERS

PREFIX = "mcp-"
"""Of the name under which a server is switched on and off: one switch for all its tools."""
SEPARATOR = "__"
HASH_CHARACTERS = 8


def switch_name(label: str) -> str:
    """Return the name under which a server's tools are on."""
    return PREFIX + label


def function_names(label: str, tools: Iterable[str]) -> dict[str, str]:
    """Return a server's tools by the names that the API has for them. Of two tools with the same name, one counts."""
    names: dict[str, str] = {}
    for tool in dict.fromkeys(tools):
        names.setdefault(function_name(label, tool), tool)
    return names


def function_name(label: str, tool: str) -> str:
    """Return the name that the API has for a server's tool."""
    room = MAX_NAME_CHARACTERS - len(label) - len(SEPARATOR)
    plain = re.sub(r"[^a-zA-Z0-9_-]", "_", tool)
    if plain != tool or len(plain) > room:
        # Names that differ only in what the API doesn't take must stay different.
        digest = hashlib.sha256(tool.encode(errors="replace")).hexdigest()[:HASH_CHARACTERS]
        plain = f"{plain[: room - HASH_CHARACTERS - 1]}_{digest}"
    return f"{label}{SEPARATOR}{plain}"
