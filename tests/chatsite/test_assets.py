"""What a page's head links."""

import re

import pytest
from django.conf import settings
from django.template import Context, Template

FOLDERS = settings.BASE_DIR / "static" / "styles"


def linked(*folders: str) -> list[str]:
    """The sheets that a page links which names these folders."""
    named = " ".join(f'"{folder}"' for folder in folders)
    html = Template("{% load assets %}{% styles " + named + " %}").render(Context())
    return re.findall(r'<link rel="stylesheet" href="/static/styles/(\w+/[\w-]+)(?:\.\w{12})?\.css">', html)


def test_styles_link_every_sheet_of_the_named_folders_in_their_order():
    names = linked("message", "lib")
    folders = [name.split("/")[0] for name in names]
    assert folders == sorted(folders, reverse=True)
    assert set(names) == {
        f"{path.parent.name}/{path.stem}" for name in set(folders) for path in (FOLDERS / name).iterdir()
    }


def test_sheet_with_the_folders_name_comes_first():
    first, *others = linked("page")
    assert first == "page/page"
    assert others == sorted(others)


def test_folder_without_sheets_is_an_error():
    with pytest.raises(ValueError, match="static/styles/pages/ has no style sheets"):
        linked("pages")


def test_every_folder_is_linked_by_some_page():
    templates = "".join(path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html"))
    named = {name for tag in re.findall(r"{% styles ([^%]+) %}", templates) for name in re.findall(r'"(\w+)"', tag)}
    assert named == {path.name for path in FOLDERS.iterdir()}
