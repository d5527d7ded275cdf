"""What a question or an answer has to show: in the page's HTML, and by its scripts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from conversations.models import Attachment
from conversations.representations import Undrawn, takes_room


@dataclass(frozen=True)
class Part:
    """Words or an image of a message, or room for an item that the scripts draw, and its place among the items.

    `kind` says how it is shown, `content` what, and `title` what it is called where that must be said.
    """

    output_index: int
    content_index: int
    kind: str
    content: Any = None
    title: str = ""


@dataclass(frozen=True)
class Parts:
    """What the HTML has, so that it is read without scripts, and what the scripts draw."""

    shown: list[Part] = field(default_factory=list)
    undrawn: Undrawn = field(default_factory=Undrawn)

    def leave(self, item: Any, output_index: int, content_index: int = 0) -> None:
        """Leave an item to the scripts."""
        self.undrawn.add(item, output_index, content_index)
        if takes_room(item):
            self.shown.append(Part(output_index, content_index, "item"))


def parts(items: Iterable[Any], attachments: Mapping[str, Attachment]) -> Parts:
    """What there is to see in the items; `attachments` are the conversation's, by id.

    Whatever is unknown is left to the scripts, which show it as what it is.
    """
    found = Parts()
    for index, item in enumerate(items):
        match item:
            case {"type": "message", "content": [*contents]} | {"role": str(), "content": [*contents]}:
                for place, content in enumerate(contents):
                    if known := _of_message(content, attachments):
                        found.shown.append(Part(index, place, *known))
                    else:
                        found.leave(content, index, place)
                    found.undrawn.cite(content)
            case {"role": "user", "content": str(text)}:
                found.shown.append(Part(index, 0, "text", text))
            case _:
                found.leave(item, index)
    return found


def _of_message(content: Any, attachments: Mapping[str, Attachment]) -> tuple[str, Any, str] | None:
    """The kind, the content and the title of what a message holds; None if it is unknown."""
    match content:
        case {"type": "input_text", "text": str(text)}:
            return "text", text, ""
        case {"type": "output_text", "text": str(text)}:
            return "markdown", text, ""
        case {"type": "refusal", "refusal": str(text)}:
            return "text", text, _("Refusal")
        case {"type": "input_image", "file_id": str(file_id)} if file_id in attachments:
            return "image", attachments[file_id], ""
        case {"type": "input_image", "image_url": str(url)} if url.startswith("https://"):
            return "address", url, _("Image")
    return None
