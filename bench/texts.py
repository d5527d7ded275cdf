"""Long answers: of many kinds of blocks, as usual, and of a single block, which are the hard ones."""

from collections.abc import Callable
from itertools import count

MIXED = """\
## Part {number}

Some **bold** and *light* words about [tides](https://example.org/tides/{number}), with `code` and $x_{number}^2$ in
them. They go on for a while, because answers do, and end with a formula: \\(a^2 + b^2 = c^2\\).

- the first item, with **emphasis**
- the second one
  1. nested
  2. again
- [x] and a task

| Place | High | Low |
|:------|-----:|----:|
| Brest | {number} m | 1 m |
| Saint-Malo | 12 m | 2 m |

```python
def tide(hour: int) -> float:
    \"\"\"Part {number}.\"\"\"
    return 6.0 * hour  # metres
```

> A quotation, which somebody said.[^{number}]

[^{number}]: In part {number}.

"""


def mixed(length: int) -> str:
    return _repeated(lambda number: MIXED.replace("{number}", str(number)), length)


def code(length: int) -> str:
    return "```python\n" + _repeated(lambda number: f"value_{number} = compute({number}, 'words')\n", length)


def items(length: int) -> str:
    return _repeated(lambda number: f"- item {number} with **bold** words and `code`\n", length)


def rows(length: int) -> str:
    return "| a | b | c |\n|---|---|---|\n" + _repeated(lambda n: f"| row {n} | *light* {n} | `{n}` |\n", length)


def emphasis(length: int) -> str:
    return "_a_ " * (length // 4)


def brackets(length: int) -> str:
    return "**[`" * (length // 4)


def _repeated(part: Callable[[int], str], length: int) -> str:
    parts: list[str] = []
    size = 0
    for number in count(1):
        parts.append(part(number))
        size += len(parts[-1])
        if size >= length:
            break
    return "".join(parts)


LONG: dict[str, str] = {
    "mixed, 200 kB": mixed(200_000),
    "a fence of 200 kB": code(200_000),
    "a list of 2,000 items": items(100_000),
    "a table of 3,000 rows": rows(100_000),
    "a paragraph of _a_, 60 kB": emphasis(60_000),
    "a paragraph of **[`, 60 kB": brackets(60_000),
}
