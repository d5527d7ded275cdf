"""The parts of a message or an answer that a transcript shows, as HTML or drawn by the page's modules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from conversations.models import Attachment
from conversations.page_items import PageItems, has_content
from conversations.representations.files import drawn_file

MAX_PARTS = 300
"""Parts of a message, and items of an answer: an import may have thousands."""
MAX_CHARACTERS = 50_000
"""Of the texts of a message or an answer. To render as many takes up to a second."""


@dataclass(frozen=True)
class Part:
    """A text or a file of a message, or a placeholder for an item that the page's modules draw.

    `kind` is how to show it: "text", "markdown", "file" (a `DrawnFile`), "url" or "item". `title` is its label, if it
    needs one.
    """

    output_index: int
    content_index: int
    kind: str
    content: Any = None
    title: str = ""


@dataclass(frozen=True)
class Parts:
    """The parts that are in the HTML, so that they can be read without scripts, and the items that modules draw."""

    shown: list[Part] = field(default_factory=list)
    page_items: PageItems = field(default_factory=PageItems)

    def leave_to_page(self, item: Any, output_index: int, content_index: int = 0) -> None:
        """Let the page's modules draw an item, in place of a placeholder."""
        self.page_items.add(item, output_index, content_index)
        if has_content(item):
            self.shown.append(Part(output_index, content_index, "item"))


def parts(
    items: Sequence[Any], attachments: Mapping[str, Attachment], text_format: dict[str, Any] | None = None
) -> Parts:
    """Return the parts of the items. `attachments` are the conversation's, by id; `text_format` is that of an answer.

    The page's modules draw what is unknown, as JSON. Beyond `MAX_PARTS` and `MAX_CHARACTERS`, it says how much is left
    out.
    """
    found = Parts(page_items=PageItems(text=text_format or {}))
    for index, item in enumerate(items):
        if max(index, len(found.shown)) >= MAX_PARTS:
            _say_what_is_left_out(found, len(items) - index, index)
            break
        match item:
            case {"type": "message", "content": [*contents]} | {"role": str(), "content": [*contents]}:
                for place, content in enumerate(contents[:MAX_PARTS]):
                    if known := _of_message(content, attachments):
                        found.shown.append(Part(index, place, *known))
                    else:
                        found.leave_to_page(content, index, place)
                    found.page_items.cite(content)
                _say_what_is_left_out(found, len(contents) - MAX_PARTS, index)
            case {"role": "user", "content": str(text)}:
                found.shown.append(Part(index, 0, "text", text))
            case _:
                found.leave_to_page(item, index)
    return _cut(found)


def _say_what_is_left_out(found: Parts, count: int, output_index: int) -> None:
    if count > 0:
        sentence = _("and %(count)s more") % {"count": number_format(count, force_grouping=True)}
        found.shown.append(Part(output_index, MAX_PARTS, "text", f"… {sentence}"))


def _cut(found: Parts) -> Parts:
    """Return the parts with no more than `MAX_CHARACTERS` of text."""
    left = MAX_CHARACTERS
    shown = []
    for part in found.shown:
        if part.kind not in {"text", "markdown"} or len(part.content) <= left:
            shown.append(part)
        else:
            count = number_format(len(part.content) - left, force_grouping=True)
            text = f"{part.content[:left]}\n\n… " + _("and %(count)s characters more") % {"count": count}
            shown.append(replace(part, content=text))
        if part.kind in {"text", "markdown"}:
            left = max(left - len(part.content), 0)
    return replace(found, shown=shown)


def _of_message(content: Any, attachments: Mapping[str, Attachment]) -> tuple[str, Any, str] | None:
    """Return the kind, content and title of a part of a message, or None if it is unknown."""
    match content:
        case {"type": "input_text", "text": str(text)}:
            return "text", text, ""
        case {"type": "output_text", "text": str(text)}:
            return "markdown", text, ""
        case {"type": "refusal", "refusal": str(text)}:
            return "text", text, _("Refusal")
        case {"type": "input_image" | "input_file", "file_id": str(file_id)}:
            return "file", drawn_file(content, attachments.get(file_id)), ""
        case {"type": "input_image", "image_url": str(url)} if url.startswith("https://"):
            return "url", url, _("Image")
    return None
