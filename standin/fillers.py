"""A value that fits a JSON schema: arguments for a function call, and structured answers."""

from __future__ import annotations

from typing import Any

from standin.errors import Json

BY_TYPE: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}


def filled(schema: Json, text: str) -> Any:
    """The smallest value of the schema; strings are the text that was asked."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return filled(schema["anyOf"][0], text)
    kind: Any = schema.get("type", "object")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object":
        properties: Json = schema.get("properties", {})
        return {name: filled(properties.get(name, {}), text) for name in schema.get("required", properties)}
    if kind == "array":
        return [filled(schema.get("items", {"type": "string"}), text)]
    return BY_TYPE.get(kind, text)
