"""`python -m chatsite.settings_docs`: write docs/settings.md and .env.example from environment.py."""

import textwrap
from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from chatsite.environment import BASE_DIR, INTERNAL, Environment, Help

BEGIN = "<!-- `make settings` writes these tables -->\n"
END = "<!-- end of the tables -->\n"

INTRODUCTION = """\
# Copy this file to .env and uncomment the settings that you change. Each line shows a setting's default.
# `make settings` writes this file.
"""


class Setting(NamedTuple):
    """A setting as the documentation presents it."""

    name: str
    default: Any
    help: Help

    @property
    def value(self) -> str:
        """The default as it is written in .env; empty if there is none, or if it is computed."""
        if self.default is None:
            return ""
        if isinstance(self.default, list):
            return ",".join(self.default)
        return str(self.default).lower() if isinstance(self.default, bool) else str(self.default)


def main() -> None:
    page = BASE_DIR / "docs/settings.md"
    page.write_text(with_tables(page.read_text()))
    (BASE_DIR / ".env.example").write_text(env_example())


def with_tables(page: str) -> str:
    """Return the text of docs/settings.md with its tables written anew."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return "\n".join([before + BEGIN, *_tables(), END + after])


def _tables() -> Iterator[str]:
    for group, settings in _groups():
        yield f"## {group}\n\n| name | default | meaning |\n| --- | --- | --- |"
        for setting in settings:
            default = setting.help.default or (f"`{setting.value}`" if setting.value else "none")
            example = f" Example: `{setting.help.example}`." if setting.help.example else ""
            yield f"| `{setting.name}` | {default} | {setting.help.text}{example} |"
        yield ""


def env_example() -> str:
    """Return the text of .env.example, which changes nothing if every setting in it is uncommented."""
    return "\n".join([INTRODUCTION, *_example_lines()])


def _example_lines() -> Iterator[str]:
    for group, settings in _groups():
        yield f"## {group}\n"
        for setting in settings:
            yield textwrap.fill(setting.help.text, 120, initial_indent="# ", subsequent_indent="# ")
            if setting.help.example:
                yield f"# Example: {setting.help.example}"
            if not setting.value:
                yield f"# Default: {setting.help.default or 'none'}."
            quote = '"' if " " in setting.value else ""
            yield f"# {setting.name}={quote}{setting.value}{quote}\n"


def _groups() -> Iterator[tuple[str, Iterator[Setting]]]:
    return groupby(_settings(), lambda setting: setting.help.group)


def _settings() -> Iterator[Setting]:
    for name, field in Environment.model_fields.items():
        if name.upper() not in INTERNAL:
            (help_,) = (about for about in field.metadata if isinstance(about, Help))
            yield Setting(name.upper(), None if field.default_factory else field.default, help_)


if __name__ == "__main__":
    main()
