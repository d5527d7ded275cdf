"""The file .env: what is wrong in it, and in which line."""

import difflib
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dotenv.parser import Binding, parse_stream


@dataclass
class Lines:
    """What stands in the file: the values and the numbers of their lines by name, and sentences about problems."""

    name: str
    values: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)

    def oddities(self, known: Collection[str]) -> list[str]:
        """Return a sentence for each name that is no setting, and for each that is set twice."""
        unknown = [(name, number) for name, number in self.numbers.items() if name not in known]
        return [
            *(f"{self.name}, line {number}: {_unknown(name, known)}" for name, number in unknown),
            *(
                f"{self.name}, line {self.numbers[name]}: {name} is set again; this line counts."
                for name in self.repeated
            ),
        ]


def lines(path: Path) -> Lines:
    """Read the file. It has no lines if it doesn't exist."""
    found = Lines(path.name)
    try:
        with path.open(encoding="utf-8") as file:
            bindings = list(parse_stream(file))
    except FileNotFoundError:
        return found
    except OSError as error:
        found.problems.append(f"{found.name}: can't be read: {error.strerror}.")
        return found
    except UnicodeDecodeError:
        found.problems.append(f"{found.name}: can't be read, because it isn't UTF-8.")
        return found
    found.problems += _problems(found.name, bindings)
    named = [(binding.key.upper(), binding) for binding in bindings if binding.key and not binding.error]
    found.values = {name: binding.value or "" for name, binding in named}
    found.numbers = {name: _number(binding) for name, binding in named}
    found.repeated = [name for name, times in Counter(name for name, _ in named).items() if times > 1]
    return found


def _problems(name: str, bindings: list[Binding]) -> Iterator[str]:
    for binding in bindings:
        if binding.error or (binding.key and binding.value is None):
            yield f"{name}, line {_number(binding)}: can't be read. Write NAME=value, with quotes around spaces or a #."


def _number(binding: Binding) -> int:
    """Return the number of its line; what the parser calls its line includes the empty ones before."""
    text = binding.original.string
    return binding.original.line + len(text[: len(text) - len(text.lstrip())].splitlines())


def _unknown(name: str, known: Collection[str]) -> str:
    similar = difflib.get_close_matches(name, known, n=1)
    return f"{name} is not a setting." + (f" Do you mean {similar[0]}?" if similar else " It is ignored.")
