"""The tools of a request as parts of it, by the names under which they are refused: `tools.web_search`, …

All functions are one part: a server takes them or it doesn't. Some tools are refused only together with a parameter:
`tools.web_search with reasoning.effort=minimal`.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

PREFIX = "tools."
FUNCTIONS = "tools.function"
FILE_SEARCH = "tools.file_search"
SERVER = "tools.mcp-"
"""Before the label of an MCP server that the provider calls."""
MAX_VALUE_CHARACTERS = 40

CONFLICTS = {
    "tools.web_search with text.format=json_object",
    *(f"tools.{kind} with reasoning.effort=minimal" for kind in ("web_search", "file_search", "image_generation")),
}
"""What the API is known to refuse."""

STORE = r"\bvector[ _-]?stores?\b"
WORDS = {
    FUNCTIONS: re.compile(
        r"\bfunctions?[ _-](?:tools?|calling)\b|\bfor function '|\btool_?types?.{0,20}\bfunction\b", re.IGNORECASE
    ),
    "tools.web_search": re.compile(r"\bweb[ _-]?search\b", re.IGNORECASE),
    FILE_SEARCH: re.compile(rf"\bfile[ _-]?search\b|{STORE}", re.IGNORECASE),
    "tools.code_interpreter": re.compile(r"\bcode[ _-]?interpreter\b", re.IGNORECASE),
    "tools.image_generation": re.compile(r"\bimage[ _-]?gen(?:eration)?\b|\bgpt-image\b", re.IGNORECASE),
}
NAMED = re.compile(r"\bfor function '([^']+)'", re.IGNORECASE)
"""What names a function by its name. One of an MCP server has the server's label before two underscores."""
MCP = re.compile(r"\bmcp\b", re.IGNORECASE)
ANY = re.compile(r"\btools\b|\btool[ _](?:use|calling|choice|types?)\b", re.IGNORECASE)
"""What refuses tools without saying which. The singular alone may be the role of a message, or the output of a call."""
CONDITIONS = {
    "reasoning.effort": re.compile(r"\beffort\b", re.IGNORECASE),
    "text.format": re.compile(
        r"\bjson[ _-]?mode\b|json_object|json_schema|response_format|text\.format", re.IGNORECASE
    ),
}
"""The parameters that a tool may be refused with, and what names them."""


def is_tool_part(part: str) -> bool:
    """Return whether a part of a request is one of its tools."""
    return part.startswith(PREFIX)


def part_of(tool: Mapping[str, Any]) -> str:
    """Return the part that a tool in a request is. Each MCP server is one of its own."""
    return f"{SERVER}{tool.get('server_label')}" if tool.get("type") == "mcp" else f"{PREFIX}{tool.get('type')}"


def tool_parts(tools: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the parts that the tools of a request are."""
    return {part for tool in tools for part in _parts_of(tool)}


def _parts_of(tool: Mapping[str, Any]) -> set[str]:
    """Return the parts that a tool is. Those of an MCP server's functions can be left out without the others."""
    function = tool.get("function", tool)
    label, separator, _ = str(function.get("name") or "").partition("__")
    of_server = tool.get("type") == "function" and function.get("strict") is False and separator
    return {part_of(tool), *([f"{SERVER}{label}"] if of_server else [])}


def named_tools(detail: str, parts: Collection[str]) -> set[str]:
    """Return those of the parts of a request that are tools and that the words of a refusal name; all for "tools".

    Of functions, or tools, in general, servers come first: one person's may have what no model takes, and the tools of
    the others must stay.
    """
    tools = {part for part in parts if is_tool_part(part)}
    name = NAMED.search(detail)
    if name and (server := f"{SERVER}{name[1].partition('__')[0]}") in tools:
        return {server}
    named = {part for part in tools if part in WORDS and WORDS[part].search(detail)}
    if MCP.search(detail):
        servers = {part for part in tools if part.startswith(SERVER)}
        named |= {part for part in servers if f"'{part.removeprefix(SERVER)}'" in detail} or servers
    if named and (name or named != {FUNCTIONS}):
        return named
    return suspected(named or tools, tools) if named or ANY.search(detail) else set()


def suspected(refused: Collection[str], parts: Collection[str]) -> set[str]:
    """Return the MCP servers among the parts of a request, or else the tools that are refused in general."""
    return {part for part in parts if part.startswith(SERVER)} or set(refused)


def refused_with(part: str, detail: str, values: Mapping[str, Any]) -> set[str]:
    """Return what a refusal refuses that names a tool: it, or only together with parameters that it names as well."""
    named = [name for name, words in CONDITIONS.items() if name in values and words.search(detail)]
    return {f"{part} with {name}={_value(values[name])}" for name in named} or {part}


def without_tools(body: dict[str, Any], omitted: Collection[str]) -> dict[str, Any]:
    """Return a request without the tools in `omitted`, and without what it would have to include for them."""
    tools = body.get("tools") or []
    left = {part for part in tool_parts(tools) if part in omitted or any(each in omitted for each in _with(part, body))}
    if not left:
        return body
    kept = {name: value for name, value in body.items() if name not in {"tools", "include"}}
    if remaining := [tool for tool in tools if _parts_of(tool).isdisjoint(left)]:
        kept["tools"] = remaining
    else:
        kept.pop("tool_choice", None)
    calls = tuple(f"{part.removeprefix(PREFIX)}_call." for part in left)
    if include := [each for each in body.get("include") or [] if not each.startswith(calls)]:
        kept["include"] = include
    return kept


def _with(part: str, body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of a tool together with each parameter of a request."""
    for name in CONDITIONS:
        outer, _, inner = name.partition(".")
        if value := (body.get(outer) or {}).get(inner):
            yield f"{part} with {name}={_value(value)}"


def _value(value: Any) -> str:
    return str(value.get("type") if isinstance(value, dict) else value)[:MAX_VALUE_CHARACTERS]
