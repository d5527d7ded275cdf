"""Assistants whose answers have a response format."""

import json
from typing import Any

from tests.support.browser.assistants import store_assistant


def object_of(**properties: Any) -> dict[str, Any]:
    """Return the schema of an object in the strict subset."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def list_of(**properties: Any) -> dict[str, Any]:
    return {"type": "array", "items": object_of(**properties)}


HARBOURS = object_of(
    summary={"type": "string", "description": "In one sentence"},
    place=object_of(city={"type": "string"}, founded={"type": "integer"}),
    keywords={"type": "array", "items": {"type": "string"}},
    harbours=list_of(
        name={"type": "string", "title": "Harbour"},
        height={"type": "number", "description": "In metres"},
        first_seen={"type": "string", "format": "date"},
        is_open={"type": "boolean"},
        kind={"type": "string", "enum": ["sea", "river"]},
        note={"type": ["string", "null"]},
        position=object_of(latitude={"type": "number"}, longitude={"type": "number"}),
    ),
)


def store_structured_assistant(owner: str, schema: dict[str, Any] = HARBOURS) -> str:
    """Store an assistant whose answers must fit a schema, and return its id."""
    settings = {"format": {"type": "json_schema", "name": "harbours", "schema": json.dumps(schema)}}
    return store_assistant(owner, name="Harbour master", settings=settings)
