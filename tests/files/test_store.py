"""Files that are named by their content, and the names that people gave them."""

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from files.store import path_for, remove_unused, safe_name, write


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("harbour.png", "harbour.png"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Pictures\harbour.png", "harbour.png"),
        ("har\r\nbour\0\x1b[31m.png", "har bour[31m.png"),
        ("Screenshot 3.04\u202fPM.png", "Screenshot 3.04 PM.png"),
        ("\u202egnp.exe", "gnp.exe"),
        ("..", "image"),
        ("", "image"),
        ("Häfen 港.heic", "Häfen 港.heic"),
        ("a" * 300 + ".png", "a" * 251 + ".png"),
        ("港" * 300 + ".png", "港" * 83 + ".png"),
    ],
)
def test_unsafe_name_becomes_safe(name, kept):
    assert safe_name(name, default="image") == kept


@given(st.text(max_size=400))
def test_any_name_becomes_safe(name):
    safe = safe_name(name, default="image")
    assert 0 < len(safe.encode()) <= 255
    assert safe.isprintable()
    assert not set(safe) & {"/", "\\"}


def stored(path: str) -> bytes:
    with default_storage.open(path) as file:
        return bytes(file.read())


@pytest.mark.django_db
def test_half_written_file_is_written_again():
    path = path_for(b"harbour", "images")
    for content in (b"harb", b"harbour", b"harbour"):
        with transaction.atomic():
            write({path: content, f"{path}-small": b"h"})
        assert (stored(path), stored(f"{path}-small")) == (content, b"h")


@pytest.mark.django_db
def test_unused_file_is_removed_with_those_that_belong_to_it():
    write({"images/one": b"1", "images/one-small": b"s", "images/two": b"2"})
    asked: list[str] = []

    def is_used(path: str) -> bool:
        asked.append(path)
        return path == "images/two"

    remove_unused("images/one", "images/one-small", is_used=is_used)
    remove_unused("images/two", is_used=is_used)
    names = ("images/one", "images/one-small", "images/two")
    assert [default_storage.exists(name) for name in names] == [False, False, True]
    assert asked == ["images/one", "images/two"]
