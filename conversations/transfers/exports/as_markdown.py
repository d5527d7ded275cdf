"""One branch of a conversation as Markdown for people."""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from datetime import datetime
from urllib.parse import unquote
from uuid import UUID

from django.utils.timezone import localtime
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from common.pools import DOCUMENTS
from conversations import formats
from conversations.batches import first_turns
from conversations.models import Attachment, Conversation, Response
from conversations.models.compaction import newest_in_force
from conversations.representations import answered_by, imported_note, model_name, shown_input, shown_output
from conversations.representations.files import DrawnFile, drawn_files
from conversations.transfers.exports.model_markdown import contained
from providers.items import item_text

AddressOf = Callable[[Attachment], str]
"""Returns the URL of an attachment."""

MAX_BATCH = 20
MAX_BATCH_BYTES = 50_000
"""Of responses that are written in one turn, unless a single one has more."""
MAX_MODELS = 10
"""That the head of the file names: an import may have thousands."""

SANDBOX = re.compile(r"\bsandbox:(?:[^\s()<>]*/)?([^\s()<>/]+)")
SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&!])")


async def as_markdown(
    conversation: Conversation, path: Sequence[Sequence[UUID]], address_of: AddressOf
) -> AsyncIterator[bytes]:
    """Yield the branch as one file, in pieces, in the language that is active.

    `path` has the ids of the responses of each turn. Files are links to what `address_of` returns. Each piece is made
    in a turn of its own.
    """
    person, language = conversation.user_id, get_language()

    def begin() -> tuple[bytes, list[Attachment]]:
        with override(language):
            made = list(conversation.attachments.filter(deleted_at=None, made_by__isnull=False))
            return _text([f"# {escape(str(conversation))}", *_facts(conversation, path)]), made

    def go_on(rest: Sequence[Sequence[UUID]]) -> tuple[bytes, Sequence[Sequence[UUID]]]:
        with override(language):
            found, rest = first_turns(
                conversation.responses.select_related("assistant_version"),
                rest,
                most=MAX_BATCH,
                max_bytes=MAX_BATCH_BYTES,
            )
            return b"".join(b"\n" + _text(_turn(turn, files, address_of)) for turn in found), rest

    head, files = await DOCUMENTS.run(person, begin)
    yield head
    while path:
        piece, path = await DOCUMENTS.run(person, go_on, path)
        yield piece


def _text(blocks: Iterable[str]) -> bytes:
    return ("\n\n".join(blocks) + "\n").encode()


def _facts(conversation: Conversation, path: Sequence[Sequence[UUID]]) -> Iterator[str]:
    ids = [pk for turn in path for pk in turn]
    responses = conversation.responses.only("model", "imported_from", "conversation").in_bulk(ids)
    branch = [responses[pk] for pk in ids if pk in responses]
    imported = {response.imported_from: response for response in branch}
    started = _("Started %(when)s") % {"when": _when(conversation.created_at)}
    models = list(dict.fromkeys(escape(model_name(response)) for response in branch))
    named = ", ".join(models if len(models) <= MAX_MODELS else [*models[:MAX_MODELS], "…"])
    yield f"{started} · {_('Model')}: {named}" if named else started
    yield from filter(None, map(imported_note, imported.values()))


def _turn(turn: Sequence[Response], files: Iterable[Attachment], address_of: AddressOf) -> Iterator[str]:
    response, last = turn[0], turn[-1]
    yield f"## {_('Message')}, {_when(response.created_at)}"
    # A message is plain text. As a block quote it keeps its lines, and nothing in it can end the quote.
    if message := item_text(shown_input(response)):
        yield "\n".join(f"> {escape(line)}  " if line.strip() else ">" for line in message.splitlines())
    yield from (_attached(attached, address_of) for attached in drawn_files(response))
    yield f"## {_('Answer')}, {escape(answered_by(response))}"
    ids = {each.pk for each in turn}
    made = [(file, address_of(file)) for file in files if file.made_by_id in ids]
    for before, each in zip([response, *turn], turn, strict=False):
        if each.assistant_version and each.assistant_version.assistant_id != _assistant_of(before):
            sentence = _("%(name)s took over") % {"name": each.assistant_version.name}
            yield f"*({escape(sentence)})*"
        if answer := item_text(shown_output(each)):
            yield contained(_fenced(answer) if formats.format_of(each) else _with_addresses(answer, made))
    for file, address in made:
        yield f"{'!' if file.is_image else ''}[{escape(file.name)}]({address})"
    for sentence in formats.sentences(last):
        yield f"*({escape(sentence)})*"
    if last.status != Response.Status.COMPLETED:
        yield f"*({_ending(last)})*"
    if compaction := newest_in_force(turn):
        yield f"*({escape(_('Earlier messages are summarized for the model'))})*"
        if compaction.summary:
            yield "\n".join(f"> {escape(line)}  " if line.strip() else ">" for line in compaction.summary.splitlines())


def _assistant_of(response: Response) -> UUID | None:
    return response.assistant_version.assistant_id if response.assistant_version else None


def _fenced(json: str) -> str:
    """Return JSON as a block of code that nothing in it can end."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", json)), default=0))
    return f"{fence}json\n{json}\n{fence}"


def _ending(response: Response) -> str:
    match response.status:
        case Response.Status.FAILED:
            return escape(_(str((response.error or {}).get("message") or "")) or _("This answer failed."))
        case Response.Status.CANCELLED:
            return _("This answer was stopped.")
        case Response.Status.INCOMPLETE:
            return _("This answer was cut off.")
        case Response.Status.WAITING:
            return _("This answer was waiting for a tool to be allowed.")
        case _:
            return _("This answer was still being written.")


def _attached(attached: DrawnFile, address_of: AddressOf) -> str:
    if address := attached.image_url:
        # A link, because whoever opens the file must not fetch it.
        return f"[{_('Image')}](<{address}>)" if not set("<>\n") & set(address) else escape(address)
    if (file := attached.file) is None:
        gone = _("an image that is no longer there") if attached.is_image else _("a file that is no longer there")
        return f"*({gone})*"
    link = f"[{escape(file.name)}]({address_of(file)})"
    return f"!{link}" if attached.is_image else f"{link} ({escape(attached.details)})"


def _with_addresses(answer: str, made: Iterable[tuple[Attachment, str]]) -> str:
    """Return Markdown whose links into a model's container lead to the files that were kept of it, by their names."""
    addresses = {file.name: address for file, address in made}
    return SANDBOX.sub(lambda link: addresses.get(unquote(link[1]), link[0]), answer)


def _when(moment: datetime) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M %Z}"


def escape(text: str) -> str:
    """Return Markdown that shows a plain text exactly as it is."""
    text = SPECIAL.sub(r"\\\1", text)
    # At the start of a line, these would start a list or code, or make the line before a heading.
    text = re.sub(r"^([ \t]*)([-+=])", r"\1\\\2", text)
    text = re.sub(r"^([ \t]*\d+)([.)])", r"\1\\\2", text)
    return text.replace("\t", "    ").replace("    ", "&nbsp;   ")
