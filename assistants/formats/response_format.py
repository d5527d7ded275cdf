"""The response format of a request, as it is stored and as the API takes it."""

import json
from functools import lru_cache
from typing import Any

import msgspec


class JsonSchema(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="type", tag="json_schema"
):
    """An answer that fits a schema. `schema` is its JSON as a text.

    A model writes the properties in their order, which PostgreSQL's jsonb doesn't keep.
    """

    name: str
    schema: str
    strict: bool = True
    description: str = ""

    def as_text_format(self) -> dict[str, Any]:
        """Return the API's `text.format`."""
        described = {"description": self.description} if self.description else {}
        return {
            "type": "json_schema",
            "name": self.name,
            **described,
            "schema": parsed(self.schema),
            "strict": self.strict,
        }


class JsonObject(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="type", tag="json_object"
):
    """An answer that is any JSON object (JSON mode)."""

    def as_text_format(self) -> dict[str, Any]:
        """Return the API's `text.format`."""
        return {"type": "json_object"}


ResponseFormat = JsonSchema | JsonObject


@lru_cache(maxsize=64)
def parsed(schema: str) -> Any:
    """Return a stored schema. It is shared: nobody may change it."""
    return json.loads(schema)
