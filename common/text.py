"""Texts as PostgreSQL stores them, which is with every character but NUL."""

from collections.abc import Callable
from typing import Any

NUL = "\0"


def has_nul(text: str) -> bool:
    return NUL in text


def replace_nul(text: str, by: str = "") -> str:
    return text.replace(NUL, by)


def map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return built-in values with each text in them changed, names of fields too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [map_texts(each, change) for each in value]
    if isinstance(value, dict):
        return {change(name): map_texts(each, change) for name, each in value.items()}
    return value
