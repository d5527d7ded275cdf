"""Rendering of untrusted Markdown as safe HTML."""

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
    """Render Markdown as HTML without scripts, styles, classes, forms, or anything that the browser loads by itself.

    HTML in the Markdown is shown as text. An image becomes a link to it. Links lead only to other sites.
    """
    return mark_safe(_cleaner.clean(_parser.render(markdown)))  # noqa: S308  cleaned by nh3


def _image_as_link(tokens: Sequence[Token], index: int, *_: Any) -> str:
    token = tokens[index]
    url = str(token.attrs.get("src", ""))
    return format_html('<a href="{}">{}</a>', url, token.content or url)


# A line break is shown as one, as on the page.
_parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
_parser.add_render_rule("image", lambda _renderer, *args: _image_as_link(*args))

# The parser's HTML should be harmless already. The cleaner protects from bugs in the parser.
_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
)
