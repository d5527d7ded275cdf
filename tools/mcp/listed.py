"""What a server says of its tools, checked and bounded: whatever it says is stored, and sent to models."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from jsonschema import Draft202012Validator, SchemaError

MAX_TOOLS = 100
"""Of one server. A request has at most 128."""
MAX_ENTRIES = 200
"""How many are looked at: a page of a hostile server may list a hundred thousand."""
MAX_NAME_CHARACTERS = 200
MAX_DESCRIPTION_CHARACTERS = 4000
MAX_SCHEMA_BYTES = 20_000
MAX_SCHEMA_DEPTH = 20
MAX_SCHEMA_VALUES = 10_000
"""Objects and lists in the schemas of all tools of one server: each takes a while to check."""
MAX_BYTES = 500_000
"""Of all tools of one server."""

AT_THE_ROOT = {"$schema", "$id", "allOf", "anyOf", "enum", "const", "not", "oneOf", "if", "then", "else"}
"""Keywords that the API refuses there, or that say nothing to a model."""


class Annotations(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What a server says of a tool's effects. Nothing makes it tell the truth."""

    read_only_hint: bool = False
    destructive_hint: bool = True
    idempotent_hint: bool = False
    open_world_hint: bool = True


class ListedTool(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tool as it is stored."""

    name: str
    input_schema: dict[str, Any]
    title: str = ""
    description: str = ""
    annotations: Annotations = Annotations()
    changed_at: datetime | None = None
    """When the server said something else of it than before, so that what was allowed then isn't any more."""

    def is_same(self, other: "ListedTool | None") -> bool:
        """Return whether another listing says the same of it."""
        return other is not None and msgspec.structs.replace(other, changed_at=self.changed_at) == self


class Unusable(Exception):
    """A tool that can't be offered; its words say why."""


def read_stored(stored: Any) -> list[ListedTool]:
    """Return stored tools, without those of another version of this site."""
    tools = []
    for each in stored if isinstance(stored, list) else []:
        try:
            tools.append(msgspec.convert(each, ListedTool))
        except msgspec.ValidationError:
            continue
    return tools


def as_stored(tools: Iterable[ListedTool]) -> list[dict[str, Any]]:
    """Return the tools as JSON values."""
    stored: list[dict[str, Any]] = msgspec.to_builtins(list(tools))
    return stored


def read_listing(
    entries: Iterable[Mapping[str, Any]], before: Iterable[ListedTool], now: datetime
) -> tuple[list[ListedTool], list[str]]:
    """Return the tools that a server lists and that can be offered, and a line for each that can't be.

    `entries` are tools in the words of the protocol, which may be anything. `before` is what it listed the last time.
    """
    known = {tool.name: tool for tool in before}
    tools: dict[str, ListedTool] = {}
    problems: list[str] = []
    size = values = 0
    for place, entry in enumerate(entries):
        name = str(entry.get("name") or "")
        values += _values(entry.get("inputSchema"))
        if place >= MAX_ENTRIES or len(tools) >= MAX_TOOLS or size > MAX_BYTES or values > MAX_SCHEMA_VALUES:
            problems.append(f"{_shown(name)} and those after it: the server has too many tools")
            break
        try:
            tool = _read(entry)
            size += len(msgspec.json.encode(tool))
            if name in tools:
                raise Unusable("the server has two tools with this name")
            if size > MAX_BYTES:
                raise Unusable("the server has too many tools")
        except Unusable as error:
            problems.append(f"{_shown(name)}: {error}")
            continue
        earlier = known.get(name)
        same = earlier is not None and tool.is_same(earlier)
        tools[name] = msgspec.structs.replace(tool, changed_at=earlier.changed_at if same and earlier else now)
    return list(tools.values()), problems


def _read(entry: Mapping[str, Any]) -> ListedTool:
    name, title, description = (entry.get(key) or "" for key in ("name", "title", "description"))
    annotations = entry.get("annotations")
    if not isinstance(name, str) or not name or len(name) > MAX_NAME_CHARACTERS or not _is_storable(name):
        raise Unusable(f"its name is no text of 1 to {MAX_NAME_CHARACTERS} characters")
    try:
        said = msgspec.convert(annotations if isinstance(annotations, dict) else {}, Annotations)
    except msgspec.ValidationError:
        said = Annotations()
    title = title or (annotations.get("title") if isinstance(annotations, dict) else "") or ""
    return ListedTool(
        name=name,
        input_schema=_schema(entry.get("inputSchema")),
        title=_text(title)[:MAX_NAME_CHARACTERS],
        description=_text(description)[:MAX_DESCRIPTION_CHARACTERS],
        annotations=said,
    )


def _schema(schema: Any) -> dict[str, Any]:
    """Return the schema of a tool's arguments as the API takes it. What it demands is checked by the server."""
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        raise Unusable("the schema of its arguments is no schema of an object")
    try:
        size = len(msgspec.json.encode(schema))
        is_storable = _is_storable(msgspec.json.encode(schema).decode())
    except (RecursionError, TypeError, ValueError):
        raise Unusable("the schema of its arguments is no JSON") from None
    if size > MAX_SCHEMA_BYTES or not is_storable:
        raise Unusable(f"the schema of its arguments is larger than {MAX_SCHEMA_BYTES} bytes, or has a NUL")
    _check(schema)
    sent = {keyword: value for keyword, value in schema.items() if keyword not in AT_THE_ROOT}
    complete: dict[str, Any] = _complete({"properties": {}, **sent, "type": "object"})
    return complete


def _check(schema: dict[str, Any]) -> None:
    try:
        if _depth(schema) > MAX_SCHEMA_DEPTH:
            raise Unusable(f"the schema of its arguments is deeper than {MAX_SCHEMA_DEPTH} levels")
        # Without its own "$schema", so that nobody else's rules count.
        Draft202012Validator.check_schema({name: each for name, each in schema.items() if name != "$schema"})
    except (SchemaError, RecursionError, ValueError):
        raise Unusable("the schema of its arguments isn't valid") from None
    if any(not reference.startswith("#") for reference in _references(schema)):
        raise Unusable("the schema of its arguments refers to another document")


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)


def _values(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + sum(map(_values, inner))


def _references(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _references(each)


def _complete(schema: Any) -> Any:
    """Return a schema whose arrays say what is in them: the API refuses one that doesn't."""
    if isinstance(schema, list):
        return [_complete(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    complete = {keyword: _complete(value) for keyword, value in schema.items()}
    return complete | {"items": {}} if schema.get("type") == "array" and "items" not in schema else complete


def _is_storable(text: str) -> bool:
    return "\0" not in text and "\\u0000" not in text and text == text.encode(errors="ignore").decode()


def _text(value: Any) -> str:
    return value.encode(errors="ignore").decode().replace("\0", "") if isinstance(value, str) else ""


def _shown(name: str) -> str:
    return _text(name)[:60] or "a tool without a name"
