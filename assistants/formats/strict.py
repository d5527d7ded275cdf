"""Check a JSON schema against the subset that the API guarantees, and say what is wrong where.

The subset is the one of https://platform.openai.com/docs/guides/structured-outputs; strict function parameters have the
same. A schema that isn't strict may have more, but nothing that we couldn't check.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

from assistants.formats.patterns import UnusablePattern, compiled
from assistants.formats.problems import MAX_PROBLEMS, Problem, pointer, quoted

MAX_SCHEMA_CHARACTERS = 50_000
MAX_STEPS = 100
"""From the root to a schema in it, of any kind."""
MAX_PROPERTIES = 5000
MAX_LEVELS = 10
"""Of objects in objects."""
MAX_CHOICES = 1000
MANY_CHOICES, MAX_CHOICES_CHARACTERS = 250, 15_000
MAX_NAMES_CHARACTERS = 120_000

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
FORMATS = ("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid")
TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")

NAMED = ("properties", "$defs", "definitions")
LISTED = ("anyOf", "allOf", "oneOf")
SINGLE = ("items", "not", "additionalProperties")
"""The keywords whose values have schemas in them."""

Path = tuple[str | int, ...]
Check = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_factor(value: Any) -> bool:
    return _is_number(value) and value > 0


def _is_schema(value: Any) -> bool:
    return isinstance(value, dict)


def _is_schemas(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _is_named_schemas(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, dict) for each in value.values())


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_open_or_schema(value: Any) -> bool:
    return isinstance(value, bool | dict)


def _is_anything(_value: Any) -> bool:
    return True


STRICT: dict[str, dict[str, Check]] = {
    "": {
        "type": _is_anything,
        "enum": lambda value: isinstance(value, list),
        "const": _is_anything,
        "anyOf": _is_schemas,
        "$ref": _is_text,
        "$defs": _is_named_schemas,
        "definitions": _is_named_schemas,
        "title": _is_text,
        "description": _is_text,
    },
    "string": {"pattern": _is_text, "format": _is_text},
    "number": dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number)
    | {"multipleOf": _is_factor},
    "array": {"items": _is_schema, "minItems": _is_count, "maxItems": _is_count},
    "object": {"properties": _is_named_schemas, "required": _is_names, "additionalProperties": _is_open_or_schema},
    "boolean": {},
    "null": {},
}
"""The keywords of the strict subset by the type that they are for; "" is for all."""
LOOSE: dict[str, dict[str, Check]] = {
    "": {
        "allOf": _is_schemas,
        "oneOf": _is_schemas,
        "not": _is_schema,
        "default": _is_anything,
        "examples": _is_anything,
        "$comment": _is_text,
    },
    "string": {"minLength": _is_count, "maxLength": _is_count},
    "object": {"minProperties": _is_count, "maxProperties": _is_count},
}
"""What a schema that isn't strict may have besides."""


def find_problems(schema: str, *, name: str = "answer", strict: bool = True) -> list[Problem]:
    """Return what is wrong with a schema and its name, at most `MAX_PROBLEMS`; an empty list if it can be used."""
    found = [] if NAME.fullmatch(name) else [Problem("invalid_name", "name")]
    if len(schema) > MAX_SCHEMA_CHARACTERS:
        return [*found, Problem("schema_too_long", values={"limit": MAX_SCHEMA_CHARACTERS})]
    try:
        root = json.loads(schema, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        return [*found, Problem("invalid_json", values={"line": error.lineno, "column": error.colno})]
    except ValueError:
        # NaN, which Python reads, or a number with thousands of digits, which it doesn't.
        return [*found, Problem("invalid_json", values={"line": 1, "column": 1})]
    except RecursionError:
        return [*found, Problem("too_deep")]
    if not isinstance(root, dict):
        return [*found, Problem("not_a_schema")]
    for problem in _Walk(root, strict=strict).problems():
        found.append(problem)
        if len(found) >= MAX_PROBLEMS:
            break
    return found


def _refuse_constant(_text: str) -> None:
    raise ValueError


class _Walk:
    """One way through a schema, which counts what is limited in all."""

    def __init__(self, root: dict[str, Any], *, strict: bool) -> None:
        self._root = root
        self._strict = strict
        self._properties = self._choices = self._characters = 0
        self._sound_refs: set[str] = set()
        """Those that lead to a schema: one that leads to them needs no look at what follows."""

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong, in the schema's order."""
        if "anyOf" in self._root:
            yield Problem("root_any_of", "/anyOf")
        elif self._root.get("type") != "object" and "$ref" not in self._root:
            yield Problem("root_not_object", "/type" if "type" in self._root else "")
        yield from self._schema(self._root, (), level=0)
        for count, limit, code in (
            (self._properties, MAX_PROPERTIES, "too_many_properties"),
            (self._choices, MAX_CHOICES, "too_many_choices"),
            (self._characters, MAX_NAMES_CHARACTERS, "long_names"),
        ):
            if count > limit:
                yield Problem(code, values={"limit": limit})

    def _schema(self, schema: dict[str, Any], path: Path, level: int) -> Iterator[Problem]:
        if len(path) > MAX_STEPS:
            yield _at("too_deep", path)
            return
        types = list(self._types(schema))
        yield from self._type(schema, path)
        wrong = []
        for keyword in schema:
            if keyword == "$schema" and not path:
                continue
            for problem in self._keyword(keyword, schema[keyword], types, path):
                wrong.append(keyword)
                yield problem
        sound = {keyword: value for keyword, value in schema.items() if keyword not in wrong}
        if "$ref" in sound:
            yield from self._ref(sound, path)
        yield from self._enum(sound, path)
        level += "object" in types
        if level > MAX_LEVELS:
            yield _at("too_many_levels", path, limit=MAX_LEVELS)
            return
        if "object" in types:
            yield from self._object(sound, path)
        if "array" in types and "items" not in schema and self._strict:
            yield _at("no_items", path)
        yield from self._any_of(sound, path)
        for step, inner in _inner(sound):
            yield from self._schema(inner, (*path, *step), level)

    def _types(self, schema: dict[str, Any]) -> Iterator[str]:
        """Yield the known types of a schema, with "number" for whole numbers, too."""
        named = schema.get("type")
        for each in named if isinstance(named, list) else [named]:
            if isinstance(each, str) and each in TYPES:
                yield "number" if each == "integer" else each

    def _type(self, schema: dict[str, Any], path: Path) -> Iterator[Problem]:
        named = schema.get("type")
        if "type" not in schema:
            if self._strict and not schema.keys() & {"$ref", "anyOf", "enum", "const"}:
                yield _at("no_type", path)
            return
        each = named if isinstance(named, list) else [named]
        unknown = [name for name in each if name not in TYPES]
        if unknown or not each:
            yield _at("unknown_type", (*path, "type"), type=quoted(unknown[0] if unknown else ""))
        elif self._strict and (len(each) > 2 or (len(each) == 2 and "null" not in each)):
            yield _at("type_list", (*path, "type"))

    def _keyword(self, keyword: str, value: Any, types: list[str], path: Path) -> Iterator[Problem]:
        """Check that a keyword is permitted, for this type, and has a value of the right kind."""
        place = (*path, keyword)
        tables = [STRICT] if self._strict else [STRICT, LOOSE]
        known = {kind: table[kind][keyword] for table in tables for kind in table if keyword in table[kind]}
        if not known:
            yield _at("not_permitted", place, keyword=quoted(keyword))
            return
        kind, check = next(iter(known.items()))
        if kind and types and kind not in types:
            yield _at("other_type", place, keyword=keyword, type=types[0])
        elif not check(value):
            yield _at("wrong_value", place, keyword=keyword)
        elif keyword == "format" and value not in FORMATS and self._strict:
            yield _at("unknown_format", place, format=quoted(value), known=", ".join(FORMATS))
        elif keyword == "pattern":
            try:
                compiled(value)
            except UnusablePattern as error:
                yield _at("invalid_pattern", place, reason=quoted(error))
        elif keyword in {"enum", "anyOf", "allOf", "oneOf"} and not value:
            yield _at("no_choices", place, keyword=keyword)

    def _object(self, schema: dict[str, Any], path: Path) -> Iterator[Problem]:
        properties = schema.get("properties", {})
        self._properties += len(properties)
        self._characters += sum(map(len, properties))
        required = schema.get("required", [])
        if not self._strict:
            return
        if schema.get("additionalProperties") is not False:
            yield _at("open_object", (*path, "additionalProperties") if "additionalProperties" in schema else path)
        for name in properties:
            if name not in required:
                yield _at("not_required", (*path, "properties", name), name=quoted(name))
        for name in required:
            if name not in properties:
                yield _at("unknown_required", (*path, "required"), name=quoted(name))

    def _enum(self, schema: dict[str, Any], path: Path) -> Iterator[Problem]:
        choices = [*schema.get("enum", []), *([schema["const"]] if "const" in schema else [])]
        characters = sum(len(choice) for choice in choices if isinstance(choice, str))
        self._choices += len(schema.get("enum", []))
        self._characters += characters
        if len(choices) > MANY_CHOICES and characters > MAX_CHOICES_CHARACTERS:
            yield _at("long_choices", (*path, "enum"), count=MANY_CHOICES, limit=MAX_CHOICES_CHARACTERS)

    def _any_of(self, schema: dict[str, Any], path: Path) -> Iterator[Problem]:
        if not self._strict:
            return
        seen: set[str] = set()
        for place, branch in enumerate(schema.get("anyOf", [])):
            meant = self._resolve(branch["$ref"]) if _is_text(branch.get("$ref")) else branch
            properties = meant.get("properties") if isinstance(meant, dict) else None
            first = next(iter(properties), None) if isinstance(properties, dict) else None
            if first is not None and first in seen:
                yield _at("same_first_key", (*path, "anyOf", place), name=quoted(first))
            elif first is not None:
                seen.add(first)

    def _ref(self, schema: dict[str, Any], path: Path) -> Iterator[Problem]:
        place, ref = (*path, "$ref"), schema["$ref"]
        if ref != "#" and not ref.startswith("#/"):
            yield _at("foreign_ref", place)
            return
        if self._strict and schema.keys() - {"$ref", "$defs", "definitions"}:
            yield _at("ref_with_more", place)
        followed = {ref}
        meant = self._resolve(ref)
        while isinstance(meant, dict) and _is_text(meant.get("$ref")) and meant["$ref"] not in self._sound_refs:
            if meant["$ref"] in followed:
                yield _at("endless_ref", place)
                return
            followed.add(meant["$ref"])
            meant = self._resolve(meant["$ref"])
        if isinstance(meant, dict):
            self._sound_refs |= followed
        else:
            yield _at("lost_ref", place, ref=quoted(ref))

    def _resolve(self, ref: str) -> Any:
        """Return the schema that a reference leads to; None if there is none.

        What is elsewhere, such as an object in `enum`, is no schema: nobody has checked what is in it.
        """
        found: Any = self._root
        # Unquoted as the checker of answers does it, so that both mean the same place.
        steps = iter(unquote(ref.removeprefix("#")).split("/")[1:])
        for keyword in steps:
            found = found.get(keyword) if isinstance(found, dict) else None
            if keyword in SINGLE:
                continue
            step = next(steps, "").replace("~1", "/").replace("~0", "~")
            if keyword in NAMED and isinstance(found, dict):
                found = found.get(step)
            elif keyword in LISTED and isinstance(found, list) and step.isdecimal() and len(step) < 5:
                found = found[int(step)] if int(step) < len(found) else None
            else:
                return None
        return found


def _inner(schema: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the schemas in a schema whose keywords have values of the right kind, with the steps that lead to them."""
    for keyword in NAMED:
        for name, inner in schema.get(keyword, {}).items():
            yield (keyword, name), inner
    for keyword in LISTED:
        for place, inner in enumerate(schema.get(keyword, [])):
            yield (keyword, place), inner
    for keyword in SINGLE:
        if isinstance(schema.get(keyword), dict):
            yield (keyword,), schema[keyword]


def _at(code: str, path: Path, **values: str | int) -> Problem:
    return Problem(code, pointer(*path), values)
