"""Values that fit a JSON schema: the arguments of function calls, and structured answers."""

from __future__ import annotations

from typing import Any

from standin.errors import Json

BY_TYPE: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}


def fill(schema: Json, text: str) -> Any:
    """Return the smallest value that the schema allows. Its strings are the given text."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return fill(schema["anyOf"][0], text)
    kind: Any = schema.get("type", "object")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object":
        properties: Json = schema.get("properties", {})
        return {name: fill(properties.get(name, {}), text) for name in schema.get("required", properties)}
    if kind == "array":
        return [fill(schema.get("items", {"type": "string"}), text)]
    return BY_TYPE.get(kind, text)
