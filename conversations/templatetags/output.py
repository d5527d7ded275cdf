"""What came back, for the templates that draw it."""

import msgspec
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from conversations.representations import Undrawn, takes_room

register = template.Library()
register.filter("takes_room", takes_room)

ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


@register.filter
def as_template(found: Undrawn) -> SafeString:
    """JSON in a `<template>`, which nothing in it can end; nothing if there is nothing to draw.

    In a `<script>` it could not come with a page's later turns: Trusted Types forbids to add one, whatever is in it.
    """
    if not found:
        return SafeString()
    text = msgspec.json.encode(found).decode().translate(ESCAPES)
    return format_html("<template>{}</template>", mark_safe(text))  # noqa: S308  it has no markup left
