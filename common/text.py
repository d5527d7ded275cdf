"""Texts that people and models write: without NUL, which PostgreSQL doesn't store, and titles in one line."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

NUL = "\0"
DIRECTIONS = {*map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x2070)))}
"""Characters that embed, override or isolate a direction of writing, and so can make a title read as another one."""
CHARACTERS_PER_TOKEN = 4
WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+")
"""Signs of Chinese, Japanese and Korean, which are tokens of their own."""


UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that nothing is drawn of, and that aren't in `_UNSEEN_CATEGORIES`."""
JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")
"""They join letters, or choose how an emoji looks."""
EMOJI = "\ufe0f"
"""It makes an emoji of what comes before it."""
_UNSEEN_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def has_nul(text: str) -> bool:
    """Return whether PostgreSQL would refuse the text."""
    return NUL in text


def replace_nul(text: str, by: str = "") -> str:
    """Return the text with each NUL replaced, by nothing unless told otherwise."""
    return text.replace(NUL, by)


def one_line(text: str) -> str:
    """Return a title or a name in one line, without control characters and without `DIRECTIONS`.

    Return "" if nothing of it can be seen.
    """
    kept = "".join(character for character in text if character.isspace() or not _is_removed(character))
    line = " ".join(kept.split())
    return line if any(character.isprintable() for character in line.replace(" ", "")) else ""


def visible(text: str) -> str:
    """Return a text with the names of characters that nobody sees in their places, such as "[U+202E]".

    They deceive whoever decides by what they read. Pages do the same (static/chat/lib/visible.js).
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"[U+{ord(character):04X}]" if _is_unseen(character, before) else character
        for before, character in zip(f" {text}", text, strict=False)
    )


def _is_unseen(character: str, before: str) -> bool:
    if character in JOINERS:
        return before.isascii() or (before != EMOJI and _is_unseen(before, " "))
    is_selector = "\ufe00" <= character <= "\ufe0d" or "\U000e0000" <= character <= "\U000e0fff"
    return (
        is_selector
        or character in UNSEEN
        or (character not in "\t\n\r" and unicodedata.category(character) in _UNSEEN_CATEGORIES)
    )


def _is_removed(character: str) -> bool:
    return character in DIRECTIONS or unicodedata.category(character) in {"Cc", "Cs"}


def map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return a copy of nested dicts and lists in which each text is changed, keys included."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [map_texts(each, change) for each in value]
    if isinstance(value, dict):
        return {change(name): map_texts(each, change) for name, each in value.items()}
    return value


def about_tokens(text: str) -> int:
    """Return roughly how many tokens a text has: one for four letters, one for each sign of Chinese and the like."""
    wide = 0 if text.isascii() else sum(map(len, WIDE.findall(text)))
    return -(-(len(text) - wide) // CHARACTERS_PER_TOKEN) + wide
