"""The tools that are on, as a request offers them to the model."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from providers.tool_parts import CONFLICTS, part_of, without_tools
from tools import registry
from tools.tool import Options


def with_tools(
    body: dict[str, Any], on: Mapping[str, Options], provider_id: UUID | None, omitted: Collection[str] = ()
) -> dict[str, Any]:
    """Return a request with the tools that are on, and with what it must include for their items to be complete.

    What its model doesn't take, and what is in `omitted` (providers/tool_parts.py), is left out.
    """
    offered = registry.offered(provider_id, body["model"])
    # By name, because providers cache requests that begin alike, and stored JSON keeps no order.
    tools = [(offered[name], on[name]) for name in sorted(on) if name in offered]
    if not tools:
        return body
    include = [*body.get("include", ()), *(each for tool, _ in tools for each in tool.include)]
    with_all = body | {"tools": [tool.definition(options) for tool, options in tools]}
    return without_tools(with_all | ({"include": include} if include else {}), CONFLICTS.union(omitted))


def left_out(on: Collection[str], body: Mapping[str, Any], parts: Collection[str]) -> list[str]:
    """Return those of the tools that are on that aren't in a request, or not among the parts of it that are sent."""
    sent = {tool.get("name") or tool["type"] for tool in body.get("tools", ()) if part_of(tool) in parts}
    return sorted(set(on) - sent)
