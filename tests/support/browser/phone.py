"""A small phone, and what a finger misses on it."""

from typing import Any

PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True}
"""Options of a new tab."""

TOO_SMALL = """() => [...document.querySelectorAll("a, button, input, textarea")]
    .filter((element) => element.checkVisibility({visibilityProperty: true}))
    .filter((element) => element.getBoundingClientRect().height < 40 || element.getBoundingClientRect().width < 40)
    .map((element) => element.outerHTML)"""
"""Evaluates to what one can press that is smaller than a fingertip."""
