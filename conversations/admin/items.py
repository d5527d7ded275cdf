"""Items of the Responses API as a reader wants to see them; whatever is unknown is shown as what it is."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from conversations.markdown import to_html
from conversations.models import Attachment

# A picture that a model made is megabytes of base64.
LONGEST_JSON = 100_000


@dataclass(frozen=True)
class Part:
    """Something to show: `kind` says how, `content` what, and `title` what it is called where that must be said."""

    kind: str
    content: Any
    title: str = ""


def parts(items: Iterable[Any], attachments: Mapping[str, Attachment]) -> Iterator[Part]:
    """What there is to see in the items, in their order; `attachments` are the conversation's, by id."""
    for item in items:
        match item:
            case {"type": "message", "content": [*contents]} | {"role": str(), "content": [*contents]}:
                for content in contents:
                    yield _of_message(content, attachments)
            case {"role": "user", "content": str(text)}:
                yield Part("text", text)
            case {"type": "reasoning", "summary": [_, *_] as summary}:
                yield Part("folded markdown", to_html(_texts(summary)), _("Reasoning"))
            case {"type": "function_call", "name": str(name), "arguments": str(arguments)}:
                yield Part("folded", arguments, _("Function call: %(name)s") % {"name": name})
            case {"type": "function_call_output", "output": str(output)}:
                yield Part("folded", output, _("Function call's output"))
            case _:
                yield _unknown(item)


def as_json(value: Any) -> str:
    """Indented JSON, cut where nobody would read on."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    if len(text) <= LONGEST_JSON:
        return text
    return f"{text[:LONGEST_JSON]}\n… " + _("and %(count)s characters more") % {
        "count": number_format(len(text) - LONGEST_JSON, force_grouping=True)
    }


def _of_message(content: Any, attachments: Mapping[str, Attachment]) -> Part:
    match content:
        case {"type": "input_text", "text": str(text)}:
            return Part("text", text)
        case {"type": "output_text", "text": str(text)}:
            return Part("markdown", to_html(text))
        case {"type": "refusal", "refusal": str(text)}:
            return Part("text", text, _("Refusal"))
        case {"type": "input_image", "file_id": str(file_id)} if file_id in attachments:
            return Part("picture", attachments[file_id])
        case {"type": "input_image", "image_url": str(url)} if url.startswith("https://"):
            return Part("address", url, _("Picture"))
        case _:
            return _unknown(content)


def _texts(summary: list[Any]) -> str:
    return "\n\n".join(
        part["text"] if isinstance(part, dict) and isinstance(part.get("text"), str) else as_json(part)
        for part in summary
    )


def _unknown(value: Any) -> Part:
    kind = value.get("type") if isinstance(value, dict) else None
    return Part("folded", as_json(value), str(kind or _("Unknown item")).replace("_", " ").capitalize())
