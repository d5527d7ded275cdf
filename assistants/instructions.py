"""The variables in an assistant's instructions: what they are, and what takes their place."""

import re
from collections.abc import Iterable, Mapping
from datetime import date

from django.utils.translation import get_language, get_language_info

VARIABLE = re.compile(r"\{\{\s*(\w{1,40})\s*\}\}")
KNOWN = frozenset({"today", "name", "language"})
"""Those that the site fills in: the date, the person's name, and the language in which the site speaks to them."""
MAX_VARIABLES = 20
MAX_VALUE_CHARACTERS = 2000
MAX_RENDERED_CHARACTERS = 400_000
"""Of instructions with the values of their variables: the same one may stand there very often."""
ABOUT_ME = "The person who writes says about themselves, and about how to answer them:"
"""What comes before a person's own instructions. It is for the model, so it has one language."""
MEMORIES = "You remember of earlier conversations with the person who writes:"
"""What comes before the facts that they let models remember."""


def variables(instructions: str) -> list[str]:
    """Return the names of the variables that a person fills in, in their order."""
    return list(dict.fromkeys(name for name in VARIABLE.findall(instructions) if name not in KNOWN))


def render(instructions: str, values: Mapping[str, str]) -> str:
    """Return the instructions with values in place of their variables. A variable without a value stays."""
    # In one pass: a value that looks like a variable is none.
    return VARIABLE.sub(lambda match: values.get(match[1], match[0]), instructions)


def known_values(*, today: date, name: str) -> dict[str, str]:
    """Return the values of the variables that the site fills in, for somebody to whom it speaks in the active language.

    The language has its own name for itself: models know it, and in a prompt it stands among words of that language.

    They change once a day at most: a provider caches a prompt only if it begins with the same words.
    """
    language = get_language_info(get_language() or "en")["name_local"]
    return {"today": today.isoformat(), "name": name, "language": str(language)}


def with_own(instructions: str, about_me: str, memories: Iterable[str] = ()) -> str:
    """Return the instructions, followed by a person's own and what is remembered of them.

    What many have in common comes first, so it is cached.
    """
    own = f"{ABOUT_ME}\n{about_me}" if about_me else ""
    facts = "\n".join(f"- {memory}" for memory in memories)
    return "\n\n".join(filter(None, [instructions, own, f"{MEMORIES}\n{facts}" if facts else ""]))
