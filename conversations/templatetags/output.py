"""Filters for the templates that show output items."""

import msgspec
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from conversations.page_items import has_content

register = template.Library()
register.filter("has_content", has_content)

ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


@register.filter
def as_template(found: object) -> SafeString:
    """Return a `<template>` with what the page's modules draw, as JSON, or an empty string if there is nothing.

    It isn't a `<script>`, because later turns are added by modules, and Trusted Types forbids adding scripts.
    """
    if not found:
        return SafeString()
    text = msgspec.json.encode(found).decode().translate(ESCAPES)
    return format_html("<template>{}</template>", mark_safe(text))  # noqa: S308  its markup is escaped
