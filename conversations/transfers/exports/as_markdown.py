"""One branch of a conversation as Markdown for people."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from conversations.branches import Branch
from conversations.models import Attachment, Conversation, Response
from conversations.representations import imported_note, model_name, shown_input, shown_output
from providers.items import item_text

AddressOf = Callable[[Attachment], str]
"""Returns the URL of an attachment."""

SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&!])")
CLOSERS = ("-->", "?>", "]]>", ">", "</script>", "</pre>", "</style>", "</textarea>")
"""The ends of the kinds of HTML blocks that could otherwise run to the end of the file."""

_parser = MarkdownIt("commonmark")


def as_markdown(conversation: Conversation, branch: Branch, address_of: AddressOf) -> str:
    """Return the whole file, in the language that is active. Images are links to what `address_of` returns."""
    attachments = {str(attachment.pk): attachment for attachment in conversation.attachments.all()}
    responses = [turn.response for turn in branch.turns]
    blocks = [f"# {escape(str(conversation))}", *_facts(conversation, responses)]
    for response in responses:
        blocks += _turn(response, attachments, address_of)
    return "\n\n".join(blocks) + "\n"


def _facts(conversation: Conversation, responses: list[Response]) -> Iterator[str]:
    started = _("Started %(when)s") % {"when": _when(conversation.created_at)}
    models = ", ".join(dict.fromkeys(escape(model_name(response)) for response in responses))
    yield f"{started} · {_('Model')}: {models}" if models else started
    yield from dict.fromkeys(note for response in responses if (note := imported_note(response)))


def _turn(response: Response, attachments: dict[str, Attachment], address_of: AddressOf) -> Iterator[str]:
    yield f"## {_('Message')}, {_when(response.created_at)}"
    # A message is plain text. As a block quote it keeps its lines, and nothing in it can end the quote.
    if message := item_text(shown_input(response)):
        yield "\n".join(f"> {escape(line)}  " if line.strip() else ">" for line in message.splitlines())
    for part in _images(response.input):
        yield _image(part, attachments, address_of)
    yield f"## {_('Answer')}, {escape(model_name(response))}"
    if answer := item_text(shown_output(response)):
        yield close_blocks(answer)
    if response.status != Response.Status.COMPLETED:
        yield f"*({_ending(response)})*"


def _ending(response: Response) -> str:
    match response.status:
        case Response.Status.FAILED:
            return escape(_(str((response.error or {}).get("message") or "")) or _("This answer failed."))
        case Response.Status.CANCELLED:
            return _("This answer was stopped.")
        case Response.Status.INCOMPLETE:
            return _("This answer was cut off.")
        case _:
            return _("This answer was still being written.")


def _images(items: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        content = item.get("content")
        yield from (part for part in content if part.get("type") == "input_image") if isinstance(content, list) else ()


def _image(part: dict[str, Any], attachments: dict[str, Attachment], address_of: AddressOf) -> str:
    if address := part.get("image_url"):
        return f"![{_('Image')}](<{address}>)" if not set("<>\n") & set(address) else escape(address)
    attachment = attachments.get(str(part.get("file_id")))
    if attachment is None:
        return f"*({_('an image that is no longer there')})*"
    return f"![{escape(attachment.name)}]({address_of(attachment)})"


def _when(moment: datetime) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M %Z}"


def escape(text: str) -> str:
    """Return Markdown that shows a plain text exactly as it is."""
    text = SPECIAL.sub(r"\\\1", text)
    # At the start of a line, these would start a list or code, or make the line before a heading.
    text = re.sub(r"^([ \t]*)([-+=])", r"\1\\\2", text)
    text = re.sub(r"^([ \t]*\d+)([.)])", r"\1\\\2", text)
    return text.replace("\t", "    ").replace("    ", "&nbsp;   ")


def close_blocks(markdown: str) -> str:
    """Return Markdown whose open code or HTML blocks are closed, so that they don't swallow what follows."""
    for _attempt in range(2):
        if _is_closed(markdown):
            return markdown
        last = _parser.parse(markdown)[-1]
        closers = (last.markup,) if last.type == "fence" else CLOSERS
        candidates = [f"{markdown}\n{closer}" for closer in closers if closer]
        markdown = next(filter(_is_closed, candidates), candidates[0] if candidates else markdown)
    return markdown


def _is_closed(markdown: str) -> bool:
    """Return whether a heading after the Markdown would be one."""
    tokens = _parser.parse(f"{markdown}\n\n## end\n")
    return len(tokens) >= 3 and tokens[-3].type == "heading_open" and tokens[-2].content == "end"
