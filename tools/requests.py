"""The tools that are on, as a request offers them to the model."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from providers.parameters import INCLUDE, without_entries
from providers.tool_parts import CONFLICTS, part_of, without_tools
from tools import registry
from tools.tool import Options, Tool

MAX_DEFINITIONS = 128
"""The most that a request may have."""


def with_tools(
    body: dict[str, Any],
    on: Mapping[str, Options],
    provider_id: UUID | None,
    user_id: UUID,
    omitted: Collection[str] = (),
    functions: Sequence[dict[str, Any]] = (),
    hosted: Sequence[tuple[Tool, Options]] = (),
) -> dict[str, Any]:
    """Return a request with the tools that are on, and with what it must include for their items to be complete.

    `functions` are those that no switch has: handoffs, knowledge and memory. `hosted` are tools without a switch that
    the provider runs, and has. What its model doesn't take, what its person may not
    use, and what is in `omitted` (providers/tool_parts.py), is left out.
    """
    offered = registry.offered(provider_id, body["model"], user_id)
    # By name, because providers cache requests that begin alike, and stored JSON keeps no order.
    tools = [*((offered[name], on[name]) for name in sorted(on) if name in offered), *hosted]
    further = functions if functions and registry.takes_functions(provider_id, body["model"]) else ()
    if not tools and not further:
        return body
    include = [*body.get(INCLUDE, ()), *(each for tool, _ in tools for each in tool.include)]
    with_all = body | {"tools": [*_definitions(tools, MAX_DEFINITIONS - len(further)), *further]}
    with_all |= {INCLUDE: include} if include else {}
    return without_tools(without_entries(with_all, omitted), CONFLICTS.union(omitted))


def _definitions(tools: Iterable[tuple[Tool, Options]], most: int) -> list[dict[str, Any]]:
    """Return the entries of the tools, as many as there is room for. Those of a server are in it together."""
    found: dict[str, dict[str, Any]] = {}
    for tool, options in tools:
        added = {_name(each): each for each in tool.definitions(options)}
        if len(found | added) <= most:
            # Of two with one name, the first: that is what a call of it runs.
            found |= {name: each for name, each in added.items() if name not in found}
    return [*found.values()]


def _name(definition: Mapping[str, Any]) -> str:
    return str(definition.get("name") or definition.get("server_label") or definition["type"])


def left_out(on: Collection[str], body: Mapping[str, Any], parts: Collection[str]) -> list[str]:
    """Return those of the tools that are on that aren't in a request, or not among the parts of it that are sent."""
    sent = {registry.switch_of(tool) for tool in body.get("tools", ()) if part_of(tool) in parts}
    return sorted(set(on) - sent)
