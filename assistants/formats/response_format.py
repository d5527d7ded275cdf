"""The response format of a request, as it is stored and as the API takes it."""

import json
from functools import lru_cache
from typing import Any, Literal

import msgspec


class JsonSchema(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="type", tag="json_schema"
):
    """An answer that fits a schema.

    `schema` is its JSON as a text: a model writes the properties in their order, which PostgreSQL's jsonb doesn't keep.
    `mode` is what the model that answers knows of formats: schemas, JSON without a schema, or nothing.
    """

    name: str
    schema: str
    strict: bool = True
    description: str = ""
    mode: Literal["json_schema", "json_object", "text"] = "json_schema"

    def described(self) -> dict[str, Any]:
        """Return the API's `text.format` for a model that knows schemas."""
        described = {"description": self.description} if self.description else {}
        return {
            "type": "json_schema",
            "name": self.name,
            **described,
            "schema": parsed(self.schema),
            "strict": self.strict,
        }

    def as_text_format(self) -> dict[str, Any] | None:
        """Return the API's `text.format` for the model that answers; None if that knows none."""
        if self.mode == "json_schema":
            return self.described()
        return {"type": "json_object"} if self.mode == "json_object" else None

    def instructions(self) -> str:
        """Return what a model is told that doesn't get the schema otherwise; "" for the others."""
        if self.mode == "json_schema":
            return ""
        return f"Answer with JSON only, without any words around it. It must fit this JSON schema:\n{self.schema}"


class JsonObject(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="type", tag="json_object"
):
    """An answer that is any JSON object (JSON mode). `mode` is as for a schema."""

    mode: Literal["json_schema", "json_object", "text"] = "json_object"

    def described(self) -> dict[str, Any]:
        """Return the API's `text.format`."""
        return {"type": "json_object"}

    def as_text_format(self) -> dict[str, Any] | None:
        """Return the API's `text.format` for the model that answers; None if that knows none."""
        return None if self.mode == "text" else self.described()

    def instructions(self) -> str:
        """Return what the model is told besides: without this word, the API refuses JSON mode."""
        return "Answer with a JSON object only, without any words around it."


ResponseFormat = JsonSchema | JsonObject


@lru_cache(maxsize=64)
def parsed(schema: str) -> Any:
    """Return a stored schema. It is shared: nobody may change it."""
    return json.loads(schema)
