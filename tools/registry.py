"""Which tools there are, and which of them a provider's model can take."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings

from providers import catalog
from providers.catalog import ModelInfo
from providers.models import Model, Provider
from providers.tool_parts import part_of
from tools.code_interpreter import CodeInterpreter
from tools.functions import knowledge, memory
from tools.functions.function import Function
from tools.hosted import HostedTool
from tools.image_generation import ImageGeneration
from tools.mcp.servers import server_tool, server_tools, switch_of_definition, title_of_function
from tools.tool import LocalTool, Tool
from tools.web_search import WebSearch

MCP = "mcp"
"""Among the tools of a provider: that it calls MCP servers."""

HOSTED: dict[str, HostedTool] = {each.name: each for each in (WebSearch(), CodeInterpreter(), ImageGeneration())}

UNSWITCHED: dict[str, Function] = {**memory.FUNCTIONS, **knowledge.FUNCTIONS}
"""The functions that an answer has or hasn't, whatever tools are on."""


def tool(name: str, user_id: UUID) -> Tool | None:
    """Return the tool of a name for a person; None if there is none any more, or not for them."""
    return HOSTED.get(name) or functions().get(name) or server_tool(name, user_id)


def tools(user_id: UUID | None = None) -> dict[str, Tool]:
    """Return all tools by name: those of every site, and those of the servers that a person may use."""
    return {**HOSTED, **functions(), **(server_tools(user_id) if user_id else {})}


def called(on: Iterable[str], name: str, user_id: UUID) -> LocalTool | None:
    """Return what this server runs if a model calls a function by this name; None if it has none for this person.

    `on` are the names of the tools that its request had.
    """
    found = (tool(each, user_id) for each in sorted(on))
    return next((local for each in found if each and (local := each.called(name))), None)


def title_of(name: str) -> str:
    """Return what people read of a function that was called by this name."""
    function = UNSWITCHED.get(name) or functions().get(name)
    return str(function.title) if function else title_of_function(name) or name


def switch_of(definition: Mapping[str, Any]) -> str:
    """Return the name under which the tool is on that an entry in the `tools` of a request stands for."""
    name = str(definition.get("name") or definition["type"])
    return name if name in HOSTED or name in functions() else switch_of_definition(definition) or name


def offered(provider_id: UUID | None, model: str, user_id: UUID) -> dict[str, Tool]:
    """Return the tools that a provider's model can take and a person may use, by name.

    What the provider refused lately isn't offered until it is tried again.
    """
    parts = catalog.refused_tools(provider_id, model)
    taken = _taken_by(provider_id, model, user_id)
    return {name: each for name, each in taken.items() if not _is_among(each, parts)} if parts else taken


def refused(provider_id: UUID | None, model: str, user_id: UUID) -> list[str]:
    """Return the names of the tools that would be offered if the provider hadn't refused them lately."""
    parts = catalog.refused_tools(provider_id, model)
    return [name for name, each in _taken_by(provider_id, model, user_id).items() if _is_among(each, parts)]


def takes_functions(provider_id: UUID | None, model: str) -> bool:
    """Return whether a provider's model can be told of functions."""
    return catalog.is_known(provider_id) and catalog.model(provider_id, model).takes_functions


def offered_by(model: Model, user_id: UUID) -> dict[str, Tool]:
    """Return the tools that a row says its model can take, which the catalog may not know yet."""
    return _taken(model.provider.dialect, model, user_id)


def _taken_by(provider_id: UUID | None, model: str, user_id: UUID) -> dict[str, Tool]:
    if not catalog.is_known(provider_id):
        return {}
    return _taken(catalog.provider(provider_id).endpoint.dialect, catalog.model(provider_id, model), user_id)


def _taken(dialect: str, model: Model | ModelInfo, user_id: UUID) -> dict[str, Tool]:
    is_hosting = dialect == Provider.Dialect.RESPONSES
    hosted = {name: each for name, each in HOSTED.items() if is_hosting and name in model.hosted_tools}
    local = functions() if model.takes_functions else {}
    for_provider = is_hosting and MCP in model.hosted_tools
    return {**hosted, **local, **server_tools(user_id, for_us=model.takes_functions, for_provider=for_provider)}


def _is_among(tool: Tool, parts: Collection[str]) -> bool:
    return bool(parts) and any(part_of(each) in parts for each in tool.definitions({}))


def functions() -> dict[str, Function]:
    """Return the functions of the modules that the settings name."""
    return _functions(tuple(settings.TOOL_MODULES))


@cache
def _functions(modules: tuple[str, ...]) -> dict[str, Function]:
    found: dict[str, Function] = {}
    for each in (value for name in modules for value in _functions_in(name)):
        if found.setdefault(each.name, each) is not each or each.name in {*HOSTED, *UNSWITCHED}:
            raise ValueError(f"TOOL_MODULES: two tools are named {each.name}")
    return found


def _functions_in(module: str) -> Iterator[Function]:
    yield from (value for value in vars(import_module(module)).values() if isinstance(value, Function))
