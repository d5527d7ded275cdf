"""A function's parameters: as a strict JSON schema for the API, and as the type that checks a call's arguments.

Both are made from the annotations, so they agree. https://platform.openai.com/docs/guides/function-calling
"""

import inspect
from collections.abc import Callable, Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from tools.tool import Context

UNSENT = {"title", "default", "minLength", "maxLength", "uniqueItems"}
"""Keywords that strict schemas can't have. What they demand is still checked when a call comes."""

SENT = {
    *("$ref", "additionalProperties", "anyOf", "description", "enum", "exclusiveMaximum", "exclusiveMinimum", "format"),
    *("items", "maxItems", "maximum", "minItems", "minimum", "multipleOf", "pattern", "properties", "required", "type"),
}


class UnusableFunction(Exception):
    """A function that can't be a tool; its words say why."""


class Parameters:
    """What the model fills in of a function's parameters: all but one that is annotated with `Context`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        hints = get_type_hints(function, include_extras=True)
        signature = inspect.signature(function).parameters
        self._context = next((name for name in signature if hints.get(name) is Context), None)
        self._defaults = {
            name: each.default for name, each in signature.items() if each.default is not inspect.Parameter.empty
        }
        fields = [*self._fields(signature, hints)]
        self._type = msgspec.defstruct(function.__name__, fields, forbid_unknown_fields=True, kw_only=True)
        self.schema = _schema_of(self._type)

    def _fields(self, signature: Any, hints: dict[str, Any]) -> Iterator[tuple[str, Any] | tuple[str, Any, None]]:
        for name, each in signature.items():
            if name == self._context:
                continue
            if each.kind in {each.VAR_POSITIONAL, each.VAR_KEYWORD, each.POSITIONAL_ONLY}:
                raise UnusableFunction(f"the model can't fill in the parameter {name!r}: give each a name of its own")
            if name not in hints:
                raise UnusableFunction(f"the parameter {name!r} has no annotation")
            hint = _described(hints[name])
            if name in self._defaults:
                # A strict schema has no optional properties: the model writes null to mean the default.
                yield name, hint if _takes_none(hint) else hint | None, None
            else:
                yield name, hint

    def read(self, arguments: str, context: Context) -> dict[str, Any]:
        """Return the arguments to call the function with. Raise `msgspec.DecodeError` if they don't fit."""
        read = msgspec.structs.asdict(msgspec.json.decode(arguments, type=self._type))
        values = {name: self._defaults.get(name) if value is None else value for name, value in read.items()}
        return values | ({self._context: context} if self._context else {})


def _described(hint: Any) -> Any:
    """Return the annotation with a plain text in `Annotated` as the description that it is meant as."""
    if get_origin(hint) is not Annotated:
        return hint
    inner, *about = get_args(hint)
    metas = (msgspec.Meta(description=each) if isinstance(each, str) else each for each in about)
    return Annotated.__class_getitem__((inner, *metas))


def _takes_none(hint: Any) -> bool:
    if get_origin(hint) is Annotated:
        return _takes_none(get_args(hint)[0])
    return hint is NoneType or (get_origin(hint) in {Union, UnionType} and NoneType in get_args(hint))


def _schema_of(parameters: type[msgspec.Struct]) -> dict[str, Any]:
    try:
        schema = msgspec.json.schema(parameters)
    except TypeError as error:
        raise UnusableFunction(str(error)) from error
    named = schema.pop("$defs")
    root: dict[str, Any] = _strict(named.pop(schema["$ref"].rpartition("/")[2]))
    return root | ({"$defs": {name: _strict(each) for name, each in named.items()}} if named else {})


def _strict(schema: Any) -> Any:
    """Return a schema without what strict ones can't have, and with all properties required."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if not schema.keys() & {"$ref", "anyOf", "enum", "type"}:
        raise UnusableFunction("a parameter needs an annotation that says what it is: text, numbers, lists, structs, …")
    if unknown := schema.keys() - SENT - UNSENT or schema.get("additionalProperties"):
        raise UnusableFunction(f"a parameter has an annotation that strict schemas have no words for: {unknown}")
    kept = {keyword: _strict(value) for keyword, value in schema.items() if keyword not in UNSENT | {"properties"}}
    if "properties" in schema:
        kept["properties"] = {name: _strict(each) for name, each in schema["properties"].items()}
        kept["required"] = list(schema["properties"])
    elif schema.get("type") == "object":
        kept |= {"properties": {}, "required": []}
    return kept
