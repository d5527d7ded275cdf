"""Values that fit a JSON schema: the arguments of function calls, and structured answers."""

from __future__ import annotations

from typing import Any, cast

from standin.errors import Json

WORDS = ("Amber", "Birch", "Coral", "Dune", "Ember", "Fjord", "Grove", "Heath", "Inlet", "Juniper", "Kelp", "Lagoon")
ROWS = 12
"""Of a list whose length the schema leaves open."""
MAX_ROWS = 20_000
MAX_DEPTH = 6
"""Deeper, a schema that contains itself ends where it may."""
BY_FORMAT = {
    "date": "2026-{month:02}-{day:02}",
    "date-time": "2026-{month:02}-{day:02}T{hour:02}:30:00Z",
    "time": "{hour:02}:30:00Z",
    "duration": "PT{number}H",
    "email": "{word}@example.org",
    "hostname": "{word}.example.org",
    "ipv4": "192.0.2.{number}",
    "ipv6": "2001:db8::{number}",
    "uuid": "00000000-0000-4000-8000-{number:012}",
}


def fill(schema: Json, text: str) -> Any:
    """Return the smallest value that the schema allows: null if it may be. Its strings are the given text."""
    return _Filler(schema, text).value(schema, 1)


def fill_much(schema: Json, text: str, rows: int = ROWS) -> Any:
    """Return a value with so many entries in its lists, which differ. A text outside of lists is the given one."""
    return _Filler(schema, text, min(rows, MAX_ROWS)).value(schema, 0)


class _Filler:
    """Fills one schema. With `rows` of 0, all values are the smallest."""

    def __init__(self, root: Json, text: str, rows: int = 0) -> None:
        self._root = root
        self._text = text
        self._rows = rows

    def value(self, schema: Json, number: int, depth: int = 0) -> Any:
        """Return a value; `number` is the place of the row that it is in, from 1, or 0 in none."""
        if "$ref" in schema:
            return self.value(self._resolve(schema["$ref"]), number, depth + 1)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][number % len(schema["enum"]) if self._rows else 0]
        if "anyOf" in schema:
            branches = schema["anyOf"]
            ends = next((branch for branch in branches if branch.get("type") == "null"), branches[0])
            return self.value(ends if depth > MAX_DEPTH or not self._rows else branches[0], number, depth + 1)
        kind: Any = schema.get("type", "object")
        if isinstance(kind, list):
            kind = "null" if "null" in kind and not self._rows else kind[0]
        if kind == "object":
            properties: Json = schema.get("properties", {})
            names = schema.get("required", properties)
            return {name: self.value(properties.get(name, {}), number, depth + 1) for name in names}
        if kind == "array":
            return self._list(schema, number, depth)
        return self._scalar(kind, schema, number)

    def _list(self, schema: Json, number: int, depth: int) -> list[Any]:
        items = schema.get("items", {"type": "string"})
        # Only a list of objects is long, and none in another one.
        is_long = not number and items.get("type") == "object"
        wanted = (self._rows if is_long else 3) if self._rows and depth <= MAX_DEPTH else 1
        count = max(schema.get("minItems", 0), min(wanted, schema.get("maxItems", wanted)))
        return [self.value(items, place, depth + 1) for place in range(1, count + 1)]

    def _scalar(self, kind: str, schema: Json, number: int) -> Any:
        if kind in ("integer", "number"):
            return self._number(kind, schema, number)
        if kind == "boolean":
            return number % 2 == 1 if self._rows else True
        if kind == "null":
            return None
        pattern = BY_FORMAT.get(schema.get("format", ""))
        if pattern:
            place = max(number, 1)
            word = WORDS[place % len(WORDS)].lower()
            return pattern.format(
                month=place % 12 + 1, day=place % 28 + 1, hour=place % 24, number=place % 250 + 1, word=word
            )
        if not self._rows or not number:
            return self._text
        word = WORDS[number % len(WORDS)]
        return word if number < len(WORDS) else f"{word} {number}"

    def _number(self, kind: str, schema: Json, number: int) -> Any:
        least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1 if "exclusiveMinimum" in schema else None)
        if not self._rows:
            return least if least is not None else 1 if kind == "integer" else 1.5
        most = schema.get("maximum", schema.get("exclusiveMaximum", 10_001) - 1)
        value = (least or 0) + number * 7919 % 1000
        value = min(value, most)
        factor = schema.get("multipleOf")
        if factor:
            return value // factor * factor
        return value if kind == "integer" else min(value + 0.25, most)

    def _resolve(self, ref: str) -> Json:
        found: Any = self._root
        for step in ref.removeprefix("#").split("/")[1:]:
            found = found[step.replace("~1", "/").replace("~0", "~")]
        return cast("Json", found)
