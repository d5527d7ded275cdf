"""Check what a model answered against its format, whatever the provider promises.

Each check is bounded in size and time: patterns are run by RE2, references stay in the schema, and what takes too long
ends as too large to be checked.
"""

import re
from collections.abc import Iterator
from contextvars import ContextVar
from functools import lru_cache, partial
from itertools import islice
from time import monotonic
from typing import Any

import msgspec
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry

from assistants.formats.patterns import matches
from assistants.formats.problems import MAX_ANSWER_PROBLEMS, OF_ANSWERS, Problem, pointer, quoted
from assistants.formats.response_format import JsonSchema, ResponseFormat, parsed
from assistants.formats.strict import find_problems
from assistants.formats.text_formats import TEXT_FORMATS

MAX_ANSWER_CHARACTERS = 4_000_000
MAX_SECONDS = 3.0

FENCE = re.compile(r"\s*```(?:json)?[ \t]*\n(.*?)\n?```\s*", re.DOTALL)
LIMITS = {
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minItems", "maxItems"),
}

_deadline: ContextVar[float] = ContextVar("deadline")


class _TakesTooLong(Exception):
    pass


def find_answer_problems(
    text: str, response_format: ResponseFormat, *, is_cut: bool = False, is_refused: bool = False
) -> list[Problem]:
    """Return why the text of an answer isn't what its format says; an empty list if it is.

    An answer that was cut off or refused never is, even if its text happens to be.
    """
    if is_refused:
        return [Problem("refused")]
    if is_cut:
        return [Problem("cut")]
    if len(text) > MAX_ANSWER_CHARACTERS:
        return [Problem("answer_too_large")]
    try:
        value = msgspec.json.decode(unfenced(text))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return [Problem("answer_not_json")]
    if not isinstance(response_format, JsonSchema):
        return [] if isinstance(value, dict) else [Problem("object")]
    return _find_misfits(value, response_format.schema)


def unfenced(text: str) -> str:
    """Return JSON without the code fence that a model puts around it if its provider doesn't keep it from that."""
    return fenced[1] if (fenced := FENCE.fullmatch(text)) else text


def _find_misfits(value: Any, schema: str) -> list[Problem]:
    validator = _validator(schema)
    if validator is None:
        return [Problem("schema_unusable")]
    token = _deadline.set(monotonic() + MAX_SECONDS)
    found: list[Problem] = []
    try:
        for error in validator.iter_errors(value):
            found += islice(_problems(error), MAX_ANSWER_PROBLEMS - len(found))
            if len(found) >= MAX_ANSWER_PROBLEMS:
                break
    except (_TakesTooLong, OverflowError):
        # A number with hundreds of digits overflows where it is divided.
        return found or [Problem("answer_too_large")]
    except RecursionError:
        return found or [Problem("schema_unusable")]
    finally:
        _deadline.reset(token)
    return found


@lru_cache(maxsize=64)
def _validator(schema: str) -> Any:
    """Return the validator for a schema, or None if it has what can't be checked: rows may come from an import."""
    if find_problems(schema, strict=False):
        return None
    # It would choose another class, which isn't bounded.
    root = {keyword: value for keyword, value in parsed(schema).items() if keyword != "$schema"}
    return _BoundedValidator(root, format_checker=TEXT_FORMATS, registry=Registry())


def _pattern(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not matches(pattern, instance):
        yield ValidationError("no match")


def _bounded(keyword: Any, *args: Any) -> Any:
    if monotonic() > _deadline.get():
        raise _TakesTooLong
    return keyword(*args)


_KEYWORDS = {**Draft202012Validator.VALIDATORS, "pattern": _pattern}
_BoundedValidator: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {name: partial(_bounded, check) for name, check in _KEYWORDS.items()}
)


def _problems(error: ValidationError) -> Iterator[Problem]:
    """Yield the problems of an error of the library, whose own sentences are for programmers."""
    path = pointer(*error.absolute_path)
    keyword, found = str(error.validator), error.instance
    expected: Any = error.validator_value
    match keyword:
        case "type":
            # One of a type and "null" is as good as the type.
            names = [name for name in ([expected] if isinstance(expected, str) else expected) if name != "null"]
            yield Problem(names[0] if len(names) == 1 else "type" if names else "null", path)
        case "required":
            # There is an error for each name, which only its message tells; each yields its own.
            name = next((name for name in expected if error.message.startswith(repr(name))), "")
            yield Problem("missing", path, {"name": quoted(name)})
        case "additionalProperties" if expected is False:
            known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
            for name in found if isinstance(found, dict) else ():
                if name not in known:
                    yield Problem("not_in_schema", path, {"name": quoted(name)})
        case "enum" | "const":
            yield Problem("no_choice", path)
        case "pattern" | "format":
            yield Problem(keyword, path, {keyword: quoted(expected)})
        case "anyOf" | "oneOf":
            yield Problem("anyOf", path)
        case _ if keyword in LIMITS and keyword in OF_ANSWERS:
            yield Problem(keyword, path, {"limit": quoted(expected)})
        case _:
            yield Problem("other", path, {"keyword": quoted(keyword)})
