"""Markdown, which a model wrote and nobody has checked, as HTML that is safe to show."""

from collections.abc import Sequence
from typing import Any

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "blockquote", "pre", "ol", "ul", "li"),
    *("table", "thead", "tbody", "tr", "th", "td"),
    *("a", "br", "code", "em", "s", "strong"),
}


def to_html(markdown: str) -> SafeString:
    """HTML without scripts, styles, classes, forms, or anything that the browser fetches by itself.

    HTML in the Markdown is shown as text, a picture becomes a link to it, and a link leads to another site or nowhere.
    """
    return mark_safe(_cleaner.clean(_parser.render(markdown)))  # noqa: S308  nh3 has just cleaned it


def _picture_as_link(tokens: Sequence[Token], index: int, *_: Any) -> str:
    token = tokens[index]
    address = str(token.attrs.get("src", ""))
    return format_html('<a href="{}">{}</a>', address, token.content or address)


_parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_parser.add_render_rule("image", lambda _renderer, *args: _picture_as_link(*args))

# What the parser writes is harmless already; the cleaner holds where the parser has a hole.
_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
)
