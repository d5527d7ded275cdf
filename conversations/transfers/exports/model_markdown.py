"""Markdown that a model wrote, as it may stand in a file: it loads nothing, and stays in its place."""

import re

from markdown_it import MarkdownIt

MAX_PARSED_CHARACTERS = 50_000
"""Of an answer. To parse it takes up to a second; a longer one stands in the file as source."""
MAX_PASSES = 5
"""What was changed may be other Markdown now, and is looked at again. Real answers need two."""

CODE = r"(?P<ticks>(?<!`)`+(?!`)).*?(?<!`)(?P=ticks)(?!`)"
IMAGE = r"(?P<marks>!+)\["
KEPT = (
    r"\\[!-/:-@\[-`{-~]"
    r"|<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>|<[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+>"
    r"|<(?P<tag>b|i|s|u|em|strong|del|ins|small|sub|sup|kbd|mark)>(?=[^<>]*</(?P=tag)>)"
    r"|</(?:b|i|s|u|em|strong|del|ins|small|sub|sup|kbd|mark)>|<br ?/?>"
)
"""Escaped characters, links in angle brackets, and tags that load nothing and end in the same place."""
HTML = r"(?P<html><)(?=[A-Za-z/!?])"
IN_TEXT = re.compile(f"{CODE}|{KEPT}|{IMAGE}|{HTML}", re.DOTALL)
IN_HTML = re.compile(f"{KEPT}|{IMAGE}|{HTML}")

_parser = MarkdownIt("commonmark").disable("inline")


def contained(markdown: str) -> str:
    """Return Markdown in which images are links, HTML is text, and no block is left open."""
    if len(markdown) > MAX_PARSED_CHARACTERS:
        return as_source(markdown)
    markdown = re.sub("\r\n?", "\n", markdown)
    for _pass in range(MAX_PASSES):
        changed = _pacified(markdown)
        if changed == markdown:
            return _closed(markdown)
        markdown = changed
    return as_source(markdown)


def as_source(markdown: str) -> str:
    """Return Markdown that shows Markdown as it is written: nothing in it can end the block or leave another open."""
    fence = "~" * max(3, 1 + max(map(len, re.findall("~+", markdown)), default=0))
    return f"{fence}markdown\n{markdown}\n{fence}"


def _pacified(markdown: str) -> str:
    """Return Markdown whose images are links and whose HTML is text, as far as it is understood now."""
    lines = markdown.split("\n")
    # From the end, so that the places of the others stay.
    for token in reversed(_parser.parse(markdown)):
        if token.map and token.type in {"inline", "html_block"}:
            start, end = token.map
            pattern = IN_TEXT if token.type == "inline" else IN_HTML
            lines[start:end] = [pattern.sub(_replacement, "\n".join(lines[start:end]))]
    return "\n".join(lines)


def _replacement(match: re.Match[str]) -> str:
    groups = match.groupdict()
    if marks := groups["marks"]:
        # What is left of several marks must not make an image of the link.
        return f"{marks[:-2]}\\![" if len(marks) > 1 else "["
    return "&lt;" if groups["html"] else match[0]


def _closed(markdown: str) -> str:
    """Return Markdown whose last block of code, if it is open, is closed, so that it doesn't swallow what follows."""
    if _is_closed(markdown):
        return markdown
    closed = f"{markdown}\n{_parser.parse(markdown)[-1].markup}"
    return closed if _is_closed(closed) else as_source(markdown)


def _is_closed(markdown: str) -> bool:
    """Return whether a heading after the Markdown would be one."""
    tokens = _parser.parse(f"{markdown}\n\n## end\n")
    return len(tokens) >= 3 and tokens[-3].type == "heading_open" and tokens[-2].content == "end"
