"""The documentation says what is there: settings, links, dependencies."""

import json
import re
import tomllib

import pytest

from chatsite.environment import BASE_DIR, INTERNAL, Environment
from chatsite.settings_docs import env_example, with_tables

PAGES = sorted(
    path for folder in (".", "docs", "docs/decisions", "standin") for path in BASE_DIR.glob(f"{folder}/*.md")
)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
HOLDER = re.compile(r"`([\w/]+(?:\.py|\.test\.js))`((?:(?:: |, )`\w+`)*)")
"""In docs/reliability.md: a file of tests, and the names of those in it that hold a promise."""


def test_page_of_settings_and_env_example_are_written_from_the_settings():
    page = (BASE_DIR / "docs/settings.md").read_text()
    assert with_tables(page) == page, "run `make settings`"
    assert (BASE_DIR / ".env.example").read_text() == env_example(), "run `make settings`"


def test_env_example_names_every_setting_and_changes_none(tmp_path, monkeypatch):
    names = [name.upper() for name in Environment.model_fields if name.upper() not in INTERNAL]
    for name in names:
        monkeypatch.delenv(name, raising=False)
    lines = re.findall(r"^# ([A-Z_]+=.*)$", env_example(), re.MULTILINE)
    assert [line.split("=")[0] for line in lines] == names

    env_file = tmp_path / ".env"
    env_file.write_text("\n".join(lines))
    assert Environment(_env_file=env_file) == Environment(_env_file=None)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(BASE_DIR)))
def test_links_lead_to_files(page):
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


def test_promises_are_held_by_tests_that_exist():
    rows = re.findall(r"^\|.*\| (`.+) \|$", (BASE_DIR / "docs/reliability.md").read_text(), re.MULTILINE)
    assert rows
    missing = []
    for source, names in (part for row in rows for part in HOLDER.findall(row)):
        file = BASE_DIR / "tests" / source
        text = file.read_text() if file.exists() else ""
        missing += [name for name in re.findall(r"`(\w+)`", names) if not re.search(rf"(?:def|class) {name}\b", text)]
        missing += [] if file.exists() else [source]
    assert missing == []


def test_each_direct_dependency_has_a_reason():
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]
    required = [
        *project["dependencies"],
        *(name for names in project["optional-dependencies"].values() for name in names),
    ]
    package = json.loads((BASE_DIR / "package.json").read_text())
    direct = {re.split(r"[^\w-]", name)[0] for name in required}
    direct |= {*package["dependencies"], *package["devDependencies"]}

    lines = re.findall(r"^- (`.+?):", (BASE_DIR / "docs/decisions/0001-dependencies.md").read_text(), re.MULTILINE)
    assert {name for line in lines for name in re.findall(r"`([^`]+)`", line)} == direct
