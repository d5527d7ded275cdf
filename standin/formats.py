"""Response formats: what the API refuses of them, in its words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from standin.errors import ApiError, Json

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
MAX_LEVELS = 10
REFUSED = {
    *("allOf", "oneOf", "not", "if", "then", "else", "default", "dependentRequired", "dependentSchemas"),
    *("minLength", "maxLength", "uniqueItems", "patternProperties", "unevaluatedProperties", "propertyNames"),
    *("minProperties", "maxProperties", "contains", "minContains", "maxContains", "prefixItems"),
}
Path = tuple[str, ...]


def check_format(body: Json) -> None:
    """Raise the API's error for a `text.format` that it would refuse."""
    wanted = (body.get("text") or {}).get("format") or {}
    if wanted.get("type") == "json_object" and "json" not in json.dumps(body["input"]).lower():
        raise ApiError(
            "Response input messages must contain the word 'json' in some form to use 'text.format' of type"
            " 'json_object'.",
            param="input",
        )
    if wanted.get("type") != "json_schema":
        return
    name, schema = wanted["name"], wanted["schema"]
    if not NAME.fullmatch(name):
        raise ApiError(
            "Invalid 'text.format.name': string does not match pattern. "
            "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
            param="text.format.name",
            code="invalid_value",
        )
    if problem := next(_problems(schema, (), 0), None) if wanted.get("strict") else _of_root(schema):
        raise ApiError(
            f"Invalid schema for response_format '{name}': {problem}",
            param="text.format.schema",
            code="invalid_json_schema",
        )


def _of_root(schema: Json) -> str | None:
    if schema.get("type") == "object":
        return None
    return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{schema.get('type', 'None')}\"'."


def _problems(schema: Any, path: Path, level: int) -> Iterator[str]:
    """Yield what is wrong with a schema that is to be strict."""
    context = f"In context={path!r}, "
    if not isinstance(schema, dict):
        yield f"{context}{schema!r} is not of type 'object', 'boolean'."
        return
    if not path and (problem := _of_root(schema)):
        yield problem
    if keyword := next((keyword for keyword in schema if keyword in REFUSED), None):
        yield f"{context}'{keyword}' is not permitted."
    if not schema.keys() & {"type", "$ref", "anyOf", "enum", "const"}:
        yield f"{context}schema must have a 'type' key."
    if "object" in _types(schema):
        level += 1
        if level > MAX_LEVELS:
            yield f"{level} levels of nesting exceeds limit of {MAX_LEVELS}."
        yield from (context + problem for problem in _of_object(schema))
    if "array" in _types(schema) and "items" not in schema:
        yield f"{context}array schema missing items."
    for step, inner in _inner(schema):
        yield from _problems(inner, (*path, *step), level)


def _types(schema: Json) -> list[Any]:
    kind = schema.get("type")
    return kind if isinstance(kind, list) else [kind]


def _of_object(schema: Json) -> Iterator[str]:
    if schema.get("additionalProperties") is not False:
        yield "'additionalProperties' is required to be supplied and to be false."
    required = schema.get("required", [])
    if missing := next((name for name in schema.get("properties", {}) if name not in required), None):
        yield (
            "'required' is required to be supplied and to be an array including every key in properties."
            f" Missing '{missing}'."
        )
    if extra := next((name for name in required if name not in schema.get("properties", {})), None):
        yield f"Extra required key '{extra}' supplied."


def _inner(schema: Json) -> Iterator[tuple[Path, Any]]:
    for keyword in ("properties", "$defs", "definitions"):
        yield from (((keyword, name), inner) for name, inner in schema.get(keyword, {}).items())
    yield from (((("anyOf", str(place)), inner)) for place, inner in enumerate(schema.get("anyOf", [])))
    if "items" in schema:
        yield ("items",), schema["items"]
