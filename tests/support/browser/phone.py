"""A small phone, and the controls on it that are too small for a finger."""

from typing import Any

PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True}
"""Options of a new tab."""

TOO_SMALL = """() => [...document.querySelectorAll("a, button, input, textarea")]
    .filter((element) => element.checkVisibility({visibilityProperty: true}))
    .filter((element) => element.getBoundingClientRect().height < 40 || element.getBoundingClientRect().width < 40)
    .map((element) => element.outerHTML)"""
"""A function that returns the links, buttons and fields that are smaller than a fingertip."""
