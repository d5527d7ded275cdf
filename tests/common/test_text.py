"""Titles and names in one line."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.text import DIRECTIONS, one_line, visible


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  My\n tides\u2028now ", "My tides now"),
        ("a\u202egpj.exe\u202c", "agpj.exe"),
        ("\u2066left\u2069 and \u2067right\u2069", "left and right"),
        ("bell\a, escape\x1b[31m, nul\0, c1\x9b", "bell, escape[31m, nul, c1"),
        ("half \ud83c a pair", "half a pair"),
        ("\u202e\u200b \ufeff", ""),
        # What belongs to a language or an emoji stays.
        ("नम\u200dस्ते", "नम\u200dस्ते"),
        ("family 👨\u200d👩\u200d👧", "family 👨\u200d👩\u200d👧"),
    ],
)
def test_line_has_no_control_characters_and_no_directions(text, line):
    assert one_line(text) == line


@given(st.text(st.characters() | st.sampled_from(["\u202e", "\u2066", "\n", "\0", "\x85", " "])))
def test_any_text_becomes_one_line_that_can_be_stored_and_seen(text):
    line = one_line(text)
    assert not DIRECTIONS & set(line)
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in line)
    assert (line == "") == (not line.strip()) == (len(line.splitlines()) == 0)
    assert one_line(line) == line


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("invoice\u202efdp.exe", "invoice[U+202E]fdp.exe"),
        ("pay\u200bpal\u2066\u00ad\u200d", "pay[U+200B]pal[U+2066][U+00AD][U+200D]"),
        ("a\0\x1b\x85\u2028", "a[U+0000][U+001B][U+0085][U+2028]"),
        ("Hi\U000e0053\U000e0101\u3164", "Hi[U+E0053][U+E0101][U+3164]"),
        ("Zwölf\tBoxkämpfer\n", "Zwölf\tBoxkämpfer\n"),
        ("नम\u200dस्ते שלום ❤\ufe0f\u200d🔥", "नम\u200dस्ते שלום ❤\ufe0f\u200d🔥"),
    ],
)
def test_characters_that_nobody_sees_are_named(text, seen):
    assert visible(text) == seen
