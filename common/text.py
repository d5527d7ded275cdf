"""Texts for PostgreSQL, which stores every character but NUL."""

from collections.abc import Callable
from typing import Any

NUL = "\0"


def has_nul(text: str) -> bool:
    """Return whether PostgreSQL would refuse the text."""
    return NUL in text


def replace_nul(text: str, by: str = "") -> str:
    """Return the text with each NUL replaced, by nothing unless told otherwise."""
    return text.replace(NUL, by)


def map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return a copy of nested dicts and lists in which each text is changed, keys included."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [map_texts(each, change) for each in value]
    if isinstance(value, dict):
        return {change(name): map_texts(each, change) for name, each in value.items()}
    return value
