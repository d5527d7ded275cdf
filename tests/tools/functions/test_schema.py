"""Schemas of functions: strict by the documented rules, or refused when the function is made a tool."""

import json
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal

import msgspec
import pytest

from assistants.formats.strict import find_problems
from tools import registry
from tools.functions.function import tool
from tools.functions.memory import FUNCTIONS
from tools.functions.schema import UnusableFunction


class Kind(Enum):
    HIGH = "high"
    LOW = "low"


class Port(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    depth: float | None = None


@tool()
def everything(
    text: Annotated[str, "A text."],
    number: Annotated[int, msgspec.Meta(ge=0, le=9)],
    kind: Kind,
    day: date,
    ports: list[Port],
    port: Port | None = None,
    unit: Literal["m", "ft"] = "m",
    ratio: float = 0.5,
) -> None:
    """Take everything."""


@tool()
def nothing() -> None:
    """Take nothing."""


@pytest.mark.parametrize(
    "function", [*registry.functions().values(), *FUNCTIONS.values(), everything, nothing], ids=lambda each: each.name
)
def test_schema_is_strict_by_the_documented_rules(function):
    definition = function.definition()
    assert find_problems(json.dumps(definition["parameters"]), name=definition["name"]) == []
    assert definition["strict"] is True
    assert definition["description"]


def test_description_in_an_annotation_reaches_the_model():
    properties = everything.parameters.schema["properties"]
    assert properties["text"] == {"type": "string", "description": "A text."}
    assert properties["number"] == {"type": "integer", "minimum": 0, "maximum": 9}


def variable(*ports: str) -> None: ...
def unannotated(port) -> None: ...
def open_map(port: dict[str, int]) -> None: ...
def pair(port: tuple[int, str]) -> None: ...
def anything(port: Any) -> None: ...
def complex_number(port: complex) -> None: ...


@pytest.mark.parametrize("function", [variable, unannotated, open_map, pair, anything, complex_number])
def test_parameter_that_a_model_cannot_fill_in_is_refused_at_once(function):
    function.__doc__ = "Give the tide."
    with pytest.raises(UnusableFunction):
        tool()(function)
