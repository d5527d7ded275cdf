"""The fields of an assistant's response format, and what is wrong with its schema."""

from typing import Any

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from assistants.formats.response_format import JsonObject, JsonSchema, ResponseFormat
from assistants.formats.strict import MAX_SCHEMA_CHARACTERS, find_problems

DEFAULT_NAME = "answer"
FIELDS = ("format", "format_name", "schema", "strict")


class FormatFields(forms.Form):
    """Text, a JSON object, or JSON that fits a schema."""

    format = forms.ChoiceField(
        label=_("Response format"),
        required=False,
        choices=[
            ("", _("Text")),
            ("json_schema", _("JSON that fits a schema: a form or a table")),
            ("json_object", _("Any JSON object")),
        ],
    )
    format_name = forms.CharField(
        label=_("Name of the schema"),
        required=False,
        help_text=_("Letters, digits, - and _. It tells the model what the answer is."),
        max_length=64,
    )
    schema = forms.CharField(
        label=_("JSON schema"),
        required=False,
        max_length=MAX_SCHEMA_CHARACTERS,
        widget=forms.Textarea({"rows": 10, "spellcheck": "false"}),
    )
    strict = forms.BooleanField(
        label=_("Strict"),
        required=False,
        help_text=_("The provider guarantees that the answer fits. Every property must be required then."),
    )

    def clean_schema(self) -> str:
        schema: str = self.cleaned_data["schema"].replace("\r\n", "\n")
        return schema

    def clean(self) -> dict[str, Any]:
        """Say what is wrong with the schema, and where."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("format") != "json_schema" or {"format_name", "schema"} & self.errors.keys():
            return cleaned
        name = cleaned["format_name"] = cleaned["format_name"] or DEFAULT_NAME
        for problem in find_problems(cleaned["schema"], name=name, strict=cleaned["strict"]):
            if problem.code == "invalid_name":
                self.add_error("format_name", problem.sentence())
            else:
                where = f"{problem.path}: " if problem.path else ""
                self.add_error("schema", where + problem.sentence())
        return cleaned

    def response_format(self) -> ResponseFormat | None:
        """Return what was chosen; None for text."""
        cleaned = self.cleaned_data
        if cleaned["format"] == "json_schema":
            return JsonSchema(name=cleaned["format_name"], schema=cleaned["schema"], strict=cleaned["strict"])
        return JsonObject() if cleaned["format"] else None


def format_values(stored: Any) -> dict[str, Any]:
    """Return the values of the fields for the JSON of a response format, or for None."""
    if not isinstance(stored, dict):
        return {"format": "", "format_name": "", "schema": "", "strict": True}
    names = {"format": "type", "format_name": "name", "schema": "schema"}
    return {field: stored.get(name, "") for field, name in names.items()} | {"strict": stored.get("strict", True)}


def stored_format(form: FormatFields) -> dict[str, Any]:
    """Return the setting of a request that the fields make, as it is stored."""
    chosen = form.response_format()
    return {"format": msgspec.to_builtins(chosen)} if chosen else {}
