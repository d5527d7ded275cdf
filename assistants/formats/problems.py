"""What is wrong with a schema or an answer, and where, with a sentence for each kind."""

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.text import replace_nul

MAX_PROBLEMS = 20
"""That are found of one schema."""
MAX_ANSWER_PROBLEMS = 10
"""That are found of one answer, and stored with it."""
MAX_VALUE_CHARACTERS = 100
"""Of a name, a number or a pattern that a sentence quotes."""

OF_SCHEMAS = {
    "invalid_json": gettext_noop("This isn't JSON: something is wrong in line %(line)s, column %(column)s."),
    "schema_too_long": gettext_noop("A schema can have at most %(limit)s characters."),
    "too_deep": gettext_noop("This is nested too deeply."),
    "not_a_schema": gettext_noop("A schema is a JSON object."),
    "root_not_object": gettext_noop("The outermost schema must have the type 'object'. Put a list into a property."),
    "root_any_of": gettext_noop("The outermost schema can't be 'anyOf'. Put it into a property."),
    "no_type": gettext_noop("A schema needs a 'type'."),
    "unknown_type": gettext_noop("There is no type '%(type)s'."),
    "type_list": gettext_noop("A list of types can only add 'null' to one type. Use 'anyOf' for others."),
    "not_permitted": gettext_noop("'%(keyword)s' is not permitted."),
    "other_type": gettext_noop("'%(keyword)s' isn't for the type '%(type)s'."),
    "wrong_value": gettext_noop("'%(keyword)s' has a value that doesn't belong there."),
    "open_object": gettext_noop(
        "An object needs 'additionalProperties': false. For names that aren't known before, use a list of objects with"
        " a name and a value."
    ),
    "not_required": gettext_noop(
        "'required' must name every property; %(name)s is missing. What is optional can be of a type and 'null'."
    ),
    "unknown_required": gettext_noop("'required' names %(name)s, which isn't a property."),
    "no_items": gettext_noop("A list needs 'items', which say what is in it."),
    "unknown_format": gettext_noop("The format '%(format)s' is unknown. Known are: %(known)s."),
    "invalid_pattern": gettext_noop("This pattern can't be used: %(reason)s."),
    "no_choices": gettext_noop("'%(keyword)s' needs at least one entry."),
    "same_first_key": gettext_noop("The objects in 'anyOf' must not begin with the same property, %(name)s."),
    "foreign_ref": gettext_noop("A '$ref' must lead to a place in this schema, such as '#/$defs/name'."),
    "lost_ref": gettext_noop("There is nothing at %(ref)s."),
    "endless_ref": gettext_noop("This '$ref' leads back to itself."),
    "ref_with_more": gettext_noop("Beside a '$ref', nothing else is permitted."),
    "too_many_properties": gettext_noop("A schema can have at most %(limit)s properties in all."),
    "too_many_levels": gettext_noop("Objects can be nested at most %(limit)s levels deep."),
    "too_many_choices": gettext_noop("A schema can have at most %(limit)s choices in all."),
    "long_choices": gettext_noop(
        "More than %(count)s choices of one property can have at most %(limit)s characters together."
    ),
    "long_names": gettext_noop("The names and choices of a schema can have at most %(limit)s characters together."),
    "invalid_name": gettext_noop("The name can have 1 to 64 letters (a to z), digits, hyphens and underscores."),
}
OF_ANSWERS = {
    "cut": gettext_noop("The answer was cut off, so its data isn't complete."),
    "refused": gettext_noop("The model refused, so there is no data."),
    "answer_not_json": gettext_noop("The answer isn't valid JSON."),
    "schema_unusable": gettext_noop("The answer can't be checked: its schema has something that isn't known here."),
    "answer_too_large": gettext_noop("The answer is too large to be checked."),
    "string": gettext_noop("This should be a text."),
    "number": gettext_noop("This should be a number."),
    "integer": gettext_noop("This should be a whole number."),
    "boolean": gettext_noop("This should be yes or no."),
    "array": gettext_noop("This should be a list."),
    "object": gettext_noop("This should be an object."),
    "null": gettext_noop("This should be empty."),
    "type": gettext_noop("This is of the wrong type."),
    "missing": gettext_noop("%(name)s is missing."),
    "not_in_schema": gettext_noop("%(name)s isn't in the schema."),
    "no_choice": gettext_noop("This isn't one of the choices."),
    "pattern": gettext_noop("This doesn't match the pattern %(pattern)s."),
    "format": gettext_noop("This doesn't have the format '%(format)s'."),
    "minimum": gettext_noop("This should be at least %(limit)s."),
    "maximum": gettext_noop("This should be at most %(limit)s."),
    "exclusiveMinimum": gettext_noop("This should be more than %(limit)s."),
    "exclusiveMaximum": gettext_noop("This should be less than %(limit)s."),
    "multipleOf": gettext_noop("This should be a multiple of %(limit)s."),
    "minItems": gettext_noop("The number of entries should be at least %(limit)s."),
    "maxItems": gettext_noop("The number of entries should be at most %(limit)s."),
    "anyOf": gettext_noop("This fits nothing that the schema allows here."),
    "other": gettext_noop("This doesn't fit the schema ('%(keyword)s')."),
}
"""They are stored in English with an answer, and translated where they are shown."""
MESSAGES = OF_SCHEMAS | OF_ANSWERS


class Problem(msgspec.Struct, frozen=True):
    """Something wrong at a place: a JSON pointer into the schema or the answer (RFC 6901)."""

    code: str
    path: str = ""
    values: dict[str, str | int] = {}

    def sentence(self) -> str:
        """Return what is wrong, in the language that is active."""
        return _(MESSAGES[self.code]) % self.values


def pointer(*steps: str | int) -> str:
    """Return the JSON pointer for these steps."""
    return "".join("/" + _storable(str(step)).replace("~", "~0").replace("/", "~1") for step in steps)


def quoted(value: object) -> str:
    """Return a value for a sentence, shortened if it is long."""
    text = _storable(str(value))
    return text if len(text) <= MAX_VALUE_CHARACTERS else text[: MAX_VALUE_CHARACTERS - 1] + "…"


def _storable(text: str) -> str:
    """Return a text that a database stores: a name in JSON may have NUL, or half a character."""
    return replace_nul(text, "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
