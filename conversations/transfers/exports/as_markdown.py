"""One branch of a conversation as Markdown that a person reads."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from conversations.branches import Branch
from conversations.models import Attachment, Conversation, Response

AddressOf = Callable[[Attachment], str]

SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&!])")
CLOSERS = ("-->", "?>", "]]>", ">", "</script>", "</pre>", "</style>", "</textarea>")
"""What ends the HTML that would run on to the end of the file."""

_parser = MarkdownIt("commonmark")


def as_markdown(conversation: Conversation, branch: Branch, address_of: AddressOf) -> str:
    """The whole file; `address_of` is where a picture is to be seen."""
    attachments = {str(attachment.pk): attachment for attachment in conversation.attachments.all()}
    responses = [turn.response for turn in branch.turns]
    blocks = [f"# {escaped(str(conversation))}", *_facts(conversation, responses)]
    for response in responses:
        blocks += _turn(response, attachments, address_of)
    return "\n\n".join(blocks) + "\n"


def _facts(conversation: Conversation, responses: list[Response]) -> Iterator[str]:
    began = _("Began %(when)s") % {"when": _when(conversation.created_at)}
    models = ", ".join(dict.fromkeys(escaped(response.model) for response in responses))
    yield f"{began} · {_('Model')}: {models}" if models else began


def _turn(response: Response, attachments: dict[str, Attachment], address_of: AddressOf) -> Iterator[str]:
    yield f"## {_('Question')}, {_when(response.created_at)}"
    # A question is plain text: in a quotation its lines stay lines, and nothing in it can end the quotation.
    if question := response.question():
        yield "\n".join(f"> {escaped(line)}  " if line.strip() else ">" for line in question.splitlines())
    for part in _pictures(response.input):
        yield _picture(part, attachments, address_of)
    yield f"## {_('Answer')}, {escaped(response.model)}"
    if answer := response.answer():
        yield closed(answer)
    if response.status != Response.Status.COMPLETED:
        yield f"*({_ending(response)})*"


def _ending(response: Response) -> str:
    match response.status:
        case Response.Status.FAILED:
            return escaped(_(str((response.error or {}).get("message") or "")) or _("This answer failed."))
        case Response.Status.CANCELLED:
            return _("This answer was stopped.")
        case Response.Status.INCOMPLETE:
            return _("This answer was cut off.")
        case _:
            return _("This answer was still being written.")


def _pictures(items: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        content = item.get("content")
        yield from (part for part in content if part.get("type") == "input_image") if isinstance(content, list) else ()


def _picture(part: dict[str, Any], attachments: dict[str, Attachment], address_of: AddressOf) -> str:
    if address := part.get("image_url"):
        return f"![{_('Picture')}](<{address}>)" if not set("<>\n") & set(address) else escaped(address)
    attachment = attachments.get(str(part.get("file_id")))
    if attachment is None:
        return f"*({_('a picture that is no longer there')})*"
    return f"![{escaped(attachment.name)}]({address_of(attachment)})"


def _when(moment: datetime) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M %Z}"


def escaped(text: str) -> str:
    """Plain text that Markdown shows as it is."""
    text = SPECIAL.sub(r"\\\1", text)
    # At the beginning of a line, these would begin a list, a heading's underline, or code.
    text = re.sub(r"^([ \t]*)([-+=])", r"\1\\\2", text)
    text = re.sub(r"^([ \t]*\d+)([.)])", r"\1\\\2", text)
    return text.replace("\t", "    ").replace("    ", "&nbsp;   ")


def closed(markdown: str) -> str:
    """The Markdown with an end to what it leaves open, so that what follows is not swallowed by it."""
    for _attempt in range(2):
        if _lets_go_on(markdown):
            return markdown
        last = _parser.parse(markdown)[-1]
        closers = (last.markup,) if last.type == "fence" else CLOSERS
        candidates = [f"{markdown}\n{closer}" for closer in closers if closer]
        markdown = next(filter(_lets_go_on, candidates), candidates[0] if candidates else markdown)
    return markdown


def _lets_go_on(markdown: str) -> bool:
    tokens = _parser.parse(f"{markdown}\n\n## end\n")
    return len(tokens) >= 3 and tokens[-3].type == "heading_open" and tokens[-2].content == "end"
