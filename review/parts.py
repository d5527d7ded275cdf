"""What a question and its answer have to show; whatever is unknown is shown as what it is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from conversations.models import Attachment
from providers.sources import as_it_is, shown


@dataclass(frozen=True)
class Part:
    """Something to show: `kind` says how, `content` what, and `title` what it is called where that must be said."""

    kind: str
    content: Any
    title: str = ""


def parts(items: Iterable[Any], attachments: Mapping[str, Attachment], *, is_over: bool = True) -> Iterator[Part]:
    """What there is to see in the items, in their order; `attachments` are the conversation's, by id."""
    for item in items:
        match item:
            case {"type": "message", "content": [*contents]} | {"role": str(), "content": [*contents]}:
                for content in contents:
                    yield _of_message(content, attachments)
            case {"role": "user", "content": str(text)}:
                yield Part("text", text)
            case {"type": str(kind)} if kind != "message":
                # A thought without words is nothing to read; the record below has it.
                if found := shown(item, is_over=is_over):
                    yield Part("item", found)
            case _:
                yield Part("item", as_it_is(item))


def _of_message(content: Any, attachments: Mapping[str, Attachment]) -> Part:
    match content:
        case {"type": "input_text", "text": str(text)}:
            return Part("text", text)
        case {"type": "output_text", "text": str(text)}:
            return Part("markdown", text)
        case {"type": "refusal", "refusal": str(text)}:
            return Part("text", text, _("Refusal"))
        case {"type": "input_image", "file_id": str(file_id)} if file_id in attachments:
            return Part("picture", attachments[file_id])
        case {"type": "input_image", "image_url": str(url)} if url.startswith("https://"):
            return Part("address", url, _("Picture"))
        case _:
            return Part("item", as_it_is(content))
