"""A model's Markdown in an exported file: it loads nothing, keeps its words, and swallows nothing that follows."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from conversations.transfers.exports.model_markdown import MAX_PARSED_CHARACTERS, contained

FLAVOURS = [MarkdownIt("commonmark"), MarkdownIt("js-default", {"html": True})]
HARMLESS = re.compile(r"</?(?:b|i|s|u|em|strong|del|ins|small|sub|sup|kbd|mark)>|<br ?/?>")
U = "https://example.org/x.png"

PIECES = st.sampled_from(
    ["```", "~~~~", "````js", "<!--", "-->", "<pre>", "<script>", "<![CDATA[", "<?", "<!X", "> ", "- ", "1. ", "    ",
     "\n", "\n\n", "word", "#", "===", "<div>", "|", "\t", "`", "*", "[a]: b", "\\", "!", "![", "[", "]", f"({U})",
     f"![x]({U})", "![x][a]", f"\n\n[a]: {U}\n\n", f"<img src={U}>", "<b>", "</b>", "<br>", f"<{U}>", "``", "&", "<",
     "<details>", "</details>", "\r", "\u2028", "\x0c", "<a href='`'>", "--|--"]
)  # fmt: skip


def tokens(parser: MarkdownIt, markdown: str) -> list[Token]:
    return [each for token in parser.parse(markdown) for each in (token, *(token.children or ()))]


@given(st.lists(PIECES, max_size=14).map("".join))
def test_any_answer_loads_nothing_and_leaves_nothing_open(answer):
    content = contained(answer)
    for parser in FLAVOURS:
        found = tokens(parser, f"{content}\n\n## The next message\n")
        assert "image" not in [token.type for token in found]
        html = "".join(token.content for token in found if token.type.startswith("html_"))
        assert "<" not in HARMLESS.sub("", html)
        assert (found[-4].type, found[-3].content) == ("heading_open", "The next message")
    assert contained(content) == content


@pytest.mark.parametrize(
    ("answer", "content"),
    [
        (f"See ![a tide]({U}).", f"See [a tide]({U})."),
        (f"![a][b]\n\n[b]: {U}", f"[a][b]\n\n[b]: {U}"),
        (f"[![a]({U})](https://example.org)", f"[[a]({U})](https://example.org)"),
        (f"Wow!![a]({U})", f"Wow\\![a]({U})"),
        (f"Wow!!![a]({U})", f"Wow!\\![a]({U})"),
        (f"No \\![a]({U})", f"No \\![a]({U})"),
        (f"A \\\\![a]({U})", f"A \\\\[a]({U})"),
        (f"> - ![a]({U})", f"> - [a]({U})"),
        (f"| a |\n|---|\n| ![a]({U}) |", f"| a |\n|---|\n| [a]({U}) |"),
        (f"`![a]({U})` and `` ` ![a]({U}) ``", f"`![a]({U})` and `` ` ![a]({U}) ``"),
        (f"```md\n![a]({U})\n<img>\n```", f"```md\n![a]({U})\n<img>\n```"),
        (f"A:\n\n    ![a]({U})", f"A:\n\n    ![a]({U})"),
        (f"<img src={U}> 2 < 3 <b>x</b>", f"&lt;img src={U}> 2 < 3 <b>x</b>"),
        (f"<p>\n![a]({U})\n<img src={U}>", f"&lt;p>\n[a]({U})\n&lt;img src={U}>"),
        ("<style>@import url(//x)</style>", "&lt;style>@import url(//x)&lt;/style>"),
        ("H<sub>2</sub>O<br>and <b>open", "H<sub>2</sub>O<br>and &lt;b>open"),
        (f"<{U}> and <mail@example.org>", f"<{U}> and <mail@example.org>"),
        ("```python\nprint('cut here", "```python\nprint('cut here\n```"),
    ],
)
def test_images_become_links_and_html_text(answer, content):
    assert contained(answer) == content


def test_very_long_answer_is_not_parsed():
    answer = f"![a]({U})\n~~~~\n" + "x" * MAX_PARSED_CHARACTERS
    content = contained(answer)
    assert content == f"~~~~~markdown\n{answer}\n~~~~~"
    assert [token.type for token in MarkdownIt("commonmark").parse(content)] == ["fence"]
