"""Markdown from models is rendered, and can do no harm."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.markdown import to_html
from tests.support.attacks import ATTACKS

HARMFUL = {"script", "style", "img", "svg", "math", "iframe", "form", "input", "base", "meta", "link", "object"}


class Elements(HTMLParser):
    """The elements and attributes that a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_inert(html: str) -> None:
    for tag, attributes in Elements(html).found:
        assert tag not in HARMFUL
        assert set(attributes) <= {"href", "title", "rel", "start"}
        href = attributes.get("href")
        assert href is None or href.lower().startswith(("http:", "https:", "mailto:"))
        if tag == "a":
            assert attributes["rel"] == "noopener noreferrer nofollow"


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# Tides\n\nHigh at *noon*, **low** at ~~six~~ `7`.", "<h1>Tides</h1>\n<p>High at <em>noon</em>,"),
        ("~~six~~", "<s>six</s>"),
        ("| a | b |\n| --- | --: |\n| 1 | 2 |", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>"),
        ("```python\nif a < b:\n    pass\n```", "<pre><code>if a &lt; b:\n    pass\n</code></pre>"),
        ("3. three\n4. four", '<ol start="3">'),
        ("line  \nbreak", "line<br>\nbreak"),
        ("Best regards,\nAnna", "Best regards,<br>\nAnna"),
        (
            '[tides](https://example.org/?a=1&b=2 "today")',
            '<a href="https://example.org/?a=1&amp;b=2" title="today" rel="noopener noreferrer nofollow">tides</a>',
        ),
    ],
)
def test_markdown_is_rendered(markdown, html):
    assert html in to_html(markdown)


def test_html_is_shown_as_text():
    assert to_html("<b>bold</b>") == "<p>&lt;b&gt;bold&lt;/b&gt;</p>\n"


def test_image_becomes_a_link():
    assert to_html("![a harbour](https://example.org/harbour.png)") == (
        '<p><a href="https://example.org/harbour.png" rel="noopener noreferrer nofollow">a harbour</a></p>\n'
    )


@pytest.mark.parametrize("url", ["/admin/logout/", "//evil.example/", "?q=1", "#top", "ftp://example.org/"])
def test_links_lead_only_to_other_sites(url):
    assert to_html(f"[words]({url})") == '<p><a rel="noopener noreferrer nofollow">words</a></p>\n'


HOSTILE = [
    *ATTACKS,
    "| <script>alert(1)</script> |\n| --- |\n| <img src=x onerror=alert(1)> |",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x00<script>alert(1)</script>\x00",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "\u202e<script>alert(1)</script>",
]


@pytest.mark.parametrize("markdown", HOSTILE)
def test_hostile_markdown_is_inert(markdown):
    assert_inert(to_html(markdown))


@given(
    st.lists(st.sampled_from(HOSTILE) | st.text(max_size=20) | st.sampled_from("<>[]()!`~*_|#>&\"'\n "), max_size=12)
)
def test_mixed_hostile_markdown_is_inert(pieces):
    assert_inert(to_html("".join(pieces)))


@pytest.mark.parametrize("mark", ["> ", "- ", "[", "![", "**", "`", "<", "((", "~~", "\\"])
def test_deep_nesting_is_harmless(mark):
    assert_inert(to_html(mark * 5_000 + "x"))
