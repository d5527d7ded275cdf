"""Which tools there are, and which of them a provider's model can take."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from uuid import UUID

from django.conf import settings

from providers import catalog
from providers.catalog import ModelInfo
from providers.models import Model, Provider
from tools.functions.function import Function
from tools.hosted import HostedTool
from tools.image_generation import ImageGeneration
from tools.tool import Tool
from tools.web_search import WebSearch

HOSTED: dict[str, HostedTool] = {each.name: each for each in (WebSearch(), ImageGeneration())}


def tool(name: str) -> Tool | None:
    """Return the tool of a name; None if there is none any more."""
    return HOSTED.get(name) or functions().get(name)


def tools() -> dict[str, Tool]:
    """Return all tools by name."""
    return {**HOSTED, **functions()}


def offered(provider_id: UUID | None, model: str) -> dict[str, Tool]:
    """Return the tools that a provider's model can take, by name."""
    if not catalog.is_known(provider_id):
        return {}
    return _taken(catalog.provider(provider_id).endpoint.dialect, catalog.model(provider_id, model))


def offered_by(model: Model) -> dict[str, Tool]:
    """Return the same for a row, which the catalog may not know yet."""
    return _taken(model.provider.dialect, model)


def _taken(dialect: str, model: Model | ModelInfo) -> dict[str, Tool]:
    is_hosting = dialect == Provider.Dialect.RESPONSES
    hosted = {name: each for name, each in HOSTED.items() if is_hosting and name in model.hosted_tools}
    return {**hosted, **(functions() if model.takes_functions else {})}


def functions() -> dict[str, Function]:
    """Return the functions of the modules that the settings name."""
    return _functions(tuple(settings.TOOL_MODULES))


@cache
def _functions(modules: tuple[str, ...]) -> dict[str, Function]:
    found: dict[str, Function] = {}
    for each in (value for name in modules for value in _functions_in(name)):
        if found.setdefault(each.name, each) is not each or each.name in HOSTED:
            raise ValueError(f"TOOL_MODULES: two tools are named {each.name}")
    return found


def _functions_in(module: str) -> Iterator[Function]:
    yield from (value for value in vars(import_module(module)).values() if isinstance(value, Function))
