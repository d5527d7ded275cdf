"""How the files of a conversation are sent: each in the best way that its provider takes.

| file | how it is sent |
| --- | --- |
| of a type that the model reads (`Model.takes_files`) | whole, by the provider's id of it, or else as data |
| a spreadsheet with more rows than the model reads, and the code interpreter is on | into its container |
| any other, and more than a request takes | its text, under a line with its name |

Files of temporary conversations are never uploaded. What is beyond the limits of a request is cut at the oldest files,
and a line in the text says so, for the model as for the person (`NOTES`).
"""

import base64
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage

from common.pools import REQUESTS
from common.threads import retry_until_available
from conversations.answering.history import FILE_AS_TEXT, History
from conversations.attachments import forget_at_providers
from conversations.models import Attachment, Response
from conversations.models.attachment import attachments_of, id_in, load_attachments
from files.documents import text_of
from files.models import Document
from files.registry import name_for
from providers import catalog
from providers.input_files import MAX_BYTES, MAX_DATA_BYTES, MAX_ROWS, TYPES, type_of
from providers.items import Item, Part, item_parts, replace_parts
from providers.models import Provider
from providers.parameters import with_value
from providers.refusals import FILES, INPUT_FILE
from providers.uploads import Content, Key, Uploads

CONTENT = "content"
"""Where a part, until the request is sent, has what becomes an id or data."""
INTERPRETER = "code_interpreter"

TEXT, CUT, ROWS, CONTAINER = (f"{Response.FILE_NOTE}{name}" for name in ("text", "cut", "rows", "container"))
NOTES = (TEXT, CUT, ROWS, CONTAINER)
"""What `Response.refused` says of the files of its message: sent as text although there is more to see, cut, with its
first rows alone, or given to the code interpreter."""
IN_CONTAINER_BEFORE = "earlier_file_container"
"""Instead of `CONTAINER` if only earlier messages have such files: the page says nothing then."""
SHORTER = "shorter_files"
"""Omitted if the conversation was too long: the texts of files are cut to less then."""

CHARACTERS_PER_TOKEN = 4
MAX_TEXT_CHARACTERS = 120_000
"""Of the texts of all files in a request to a model whose window isn't known."""
TEXT_SHARE = 0.5
"""Of a model's window that they may fill."""
SHORTER_SHARE = 0.2
"""What is left of that if the conversation was too long."""
MAX_SUMMARIZED_CHARACTERS = 20_000
"""Of a file, in a summary of the conversation."""
SHOWN_ROWS = 20
"""Of a spreadsheet in the container, so that the model knows its columns."""

GONE = "[a file that no longer exists]"
UNREADABLE = "[the file {name}, which can't be read]"
CUT_WORDS = "\n[The rest of this file was left out: it has {characters} characters.]"
ROWS_WORDS = "\n[Only the first {rows} rows of each sheet are here, of up to {all_rows}.]"
IN_CONTAINER = (
    "\n[These are the first {rows} rows of up to {all_rows}. The code interpreter has the whole file: read it there,"
    " under its name.]"
)
SHEET = re.compile(r"\[Sheet \d+")


def has_files(response: Response) -> bool:
    """Return whether the message itself has files, or goes on with one in the code interpreter."""
    return any(part.get("type") == INPUT_FILE for item in response.input for part in item_parts(item)) or (
        _goes_on_in_container(response)
    )


def with_files(body: dict[str, Any], response: Response, history: History, omitted: Collection[str]) -> dict[str, Any]:
    """Return a request with its files as they are sent. It blocks.

    Those that go whole have a `Content`, which `with_contents` replaces.
    """
    named = {file_id for part in _parts(body["input"]) if (file_id := _file_id(part))}
    tool = next((tool for tool in body.get("tools", ()) if tool.get("type") == INTERPRETER), None)
    earlier: set[UUID] = set()
    if tool and _goes_on_in_container(response):
        # The chain has them, but their container may be gone.
        earlier = {file_id for turn in history.path for part in _parts(turn.input) if (file_id := _file_id(part))}
    if not named and not earlier:
        return body
    sending = _Sending(response, tool, named | earlier, omitted)
    body = {**body, "input": sending.items(body["input"])}
    contents = sending.container(earlier)
    sending.note()
    if contents:
        given = {**tool, "container": {**_container(tool), "file_ids": contents}} if tool else tool
        body["tools"] = [given if each is tool else each for each in body["tools"]]
    return body


def in_words(turns: list[Response]) -> list[Response]:
    """Return turns with the beginnings of the texts of files in place of these, for a summary. It blocks.

    The turns are changed, and must not be stored.
    """
    for turn in load_attachments([turn for turn in turns if has_files(turn)]):
        turn.input = [replace_parts(item, partial(_in_words, attachments_of(turn))) for item in turn.input]
    return turns


def _in_words(attachments: Mapping[str, Attachment], part: Part) -> Part:
    if (file_id := _file_id(part)) is None:
        return part
    attachment = attachments.get(str(file_id))
    if attachment is None or (document := attachment.document) is None:
        return _text(GONE)
    return _text(f"{_head(attachment, document)}\n{text_of(document, MAX_SUMMARIZED_CHARACTERS)}")


def has_contents(body: dict[str, Any]) -> bool:
    """Return whether a request has contents that must be replaced before it is sent."""
    return any(CONTENT in part for part in _parts(body["input"])) or any(
        "file_ids" in _container(tool) for tool in body.get("tools", ())
    )


async def with_contents(body: dict[str, Any], response: Response, uploads: Uploads) -> tuple[dict[str, Any], set[str]]:
    """Return a request with ids, or data, in place of contents, and the ids. Raise `Failure` if an upload fails."""
    ids: dict[Key, str] = {}
    if not has_contents(body):
        return body, set()
    contents = {part[CONTENT].key: part for part in _parts(body["input"]) if CONTENT in part}
    given = [content for tool in body.get("tools", ()) for content in _container(tool).get("file_ids", ())]

    async def upload(content: Content) -> None:
        ids[content.key] = await uploads.file_id(response.provider_id, content)

    data: dict[Key, str] = {}
    for part in contents.values():
        if part["as_data"]:
            data[part[CONTENT].key] = await REQUESTS.run(response.user_id, _data_url, part[CONTENT])
        else:
            await upload(part[CONTENT])
    for content in given:
        if content.key not in ids:
            await upload(content)
    if ids:
        # Whoever deletes a file while it is uploaded finds nothing yet that is to be deleted at the provider.
        await retry_until_available(forget_at_providers, {digest for digest, _name in ids})

    def filled(part: Part) -> Part:
        if CONTENT not in part:
            return part
        content = part[CONTENT]
        if file_id := ids.get(content.key):
            return {"type": INPUT_FILE, "file_id": file_id}
        return {"type": INPUT_FILE, "filename": content.name, "file_data": data[content.key]}

    body = {**body, "input": [replace_parts(item, filled) for item in body["input"]]}
    if given:
        body["tools"] = [_with_ids(tool, ids) for tool in body["tools"]]
    return body, set(ids.values())


class _Sending:
    """How the files of one request are sent. Whatever is beyond a limit is so for the oldest ones first."""

    def __init__(
        self, response: Response, tool: dict[str, Any] | None, ids: set[UUID], omitted: Collection[str]
    ) -> None:
        self._response = response
        self._omitted = omitted
        self._notes: set[str] = set()
        known = Attachment.objects.filter(pk__in=ids, conversation_id=response.conversation_id, deleted_at=None)
        self._attachments = {attachment.pk: attachment for attachment in known.select_related("document")}
        model = catalog.model(response.provider_id, response.model)
        provider = catalog.provider(response.provider_id)
        is_temporary = response.conversation.is_temporary
        self._uploads = provider.can(FILES) and FILES not in omitted and not is_temporary
        speaks_responses = provider.endpoint.dialect == Provider.Dialect.RESPONSES
        self._reads = model.takes_files and speaks_responses and INPUT_FILE not in omitted
        self._has_container = tool is not None and self._uploads
        self._room = MAX_BYTES if self._uploads else MAX_DATA_BYTES
        window = model.input_window
        characters = int(TEXT_SHARE * CHARACTERS_PER_TOKEN * window) if window else MAX_TEXT_CHARACTERS
        self._characters = int(SHORTER_SHARE * characters) if SHORTER in omitted else characters
        self._left = 0
        """How many files of the message may still need some of these characters."""
        self._contents: dict[UUID, Content] = {}
        """Those in the container."""

    def items(self, items: list[Item]) -> list[Item]:
        """Return the items of the request, with files as they are sent."""
        own = len(self._response.input)
        newest_first = []
        for place, item in enumerate(reversed(items)):
            self._left = sum(1 for part in item_parts(item) if _file_id(part))
            newest_first.append(replace_parts(item, partial(self._sent, is_own=place < own)))
        return newest_first[::-1]

    def container(self, earlier: Iterable[UUID]) -> list[Content]:
        """Return what is put into the container of the code interpreter, that of earlier turns too."""
        for file_id in earlier:
            attachment = self._attachments.get(file_id)
            if attachment and attachment.document and self._is_for_container(attachment.document):
                self._contents[file_id] = _content(attachment, attachment.document)
        # Always in one order: requests that begin alike are cached.
        return sorted(self._contents.values(), key=lambda content: content.key)

    def note(self) -> None:
        """Note at the response what is said of the files of its message."""
        if self._contents and CONTAINER not in self._notes:
            self._notes.add(IN_CONTAINER_BEFORE)
        known = (*NOTES, IN_CONTAINER_BEFORE)
        kept = [part for part in self._response.refused if part not in known]
        notes = [note for note in known if note in self._notes]
        if notes or len(kept) < len(self._response.refused):
            self._response.refused = [*kept, *notes]

    def _sent(self, part: Part, *, is_own: bool) -> Part:
        if (file_id := _file_id(part)) is None:
            return part
        self._left -= 1
        attachment = self._attachments.get(file_id)
        if attachment is None:
            return _text(GONE)
        if (document := attachment.document) is None:
            return _text(UNREADABLE.format(name=attachment.name))
        if self._is_for_container(document):
            self._contents[file_id] = _content(attachment, document)
            if is_own:
                self._notes.add(CONTAINER)
            return self._rows(attachment, document, SHOWN_ROWS, IN_CONTAINER)
        if part["type"] == INPUT_FILE and self._goes_whole(attachment, document):
            self._room -= document.size
            if is_own and document.rows and document.rows > MAX_ROWS:
                self._notes.add(ROWS)
            content = _content(attachment, document)
            return {"type": INPUT_FILE, "filename": content.name, CONTENT: content, "as_data": not self._uploads}
        if is_own and document.kind == "pdf":
            self._notes.add(TEXT)
        if document.rows and document.rows > MAX_ROWS:
            if is_own:
                self._notes.add(ROWS)
            return self._rows(attachment, document, MAX_ROWS, ROWS_WORDS, is_own=is_own)
        return self._whole_text(attachment, document, is_own=is_own)

    def _is_for_container(self, document: Document) -> bool:
        is_long = bool(document.rows and document.rows > MAX_ROWS)
        return is_long and self._has_container and default_storage.exists(document.path)

    def _goes_whole(self, attachment: Attachment, document: Document) -> bool:
        if not self._reads or document.size > self._room or not default_storage.exists(document.path):
            return False
        kind = type_of(name_for(attachment.name, document.kind, document.media_type))
        if kind not in TYPES or with_value(INPUT_FILE, kind) in self._omitted:
            return False
        return not _is_plain(document) or _is_utf8(document.digest)

    def _whole_text(self, attachment: Attachment, document: Document, *, is_own: bool) -> Part:
        allowed = self._characters // (self._left + 1)
        text = text_of(document, allowed)
        self._characters -= len(text)
        if document.characters > allowed or document.is_truncated:
            if is_own:
                self._notes.add(CUT)
            text += CUT_WORDS.format(characters=_grouped(document.characters))
        return _text(f"{_head(attachment, document)}\n{text}")

    def _rows(self, attachment: Attachment, document: Document, rows: int, words: str, *, is_own: bool = False) -> Part:
        """Return the first rows of each sheet, as text."""
        allowed = self._characters // (self._left + 1)
        text = "\n".join(_first_rows(text_of(document, allowed).splitlines(), rows))
        self._characters -= len(text)
        lines = text.splitlines()
        is_short = len(lines) <= rows or sum(map(bool, map(SHEET.match, lines))) < (document.pages or 0)
        if is_own and document.characters > allowed and is_short:
            self._notes.add(CUT)
        words = words.format(rows=_grouped(rows), all_rows=_grouped(document.rows or 0))
        return _text(f"{_head(attachment, document)}\n{text}{words}")


def _goes_on_in_container(response: Response) -> bool:
    """Return whether the message before this one had a file in the code interpreter, as far as that is known here."""
    if response.previous_id is None or not Response._meta.get_field("previous").is_cached(response):
        return False
    previous = response.previous
    return previous is not None and not {CONTAINER, IN_CONTAINER_BEFORE}.isdisjoint(previous.refused)


def _parts(items: Iterable[Item]) -> Iterator[Part]:
    return (part for item in items for part in item_parts(item) if part.get("type") in {INPUT_FILE, FILE_AS_TEXT})


def _file_id(part: Part) -> UUID | None:
    """Return the id of the attachment that a part is; None if it is no file of ours."""
    return id_in(part) if part.get("type") in {INPUT_FILE, FILE_AS_TEXT} else None


def _container(tool: dict[str, Any]) -> dict[str, Any]:
    container = tool.get("container")
    return container if isinstance(container, dict) else {}


def _with_ids(tool: dict[str, Any], ids: dict[Key, str]) -> dict[str, Any]:
    container = _container(tool)
    if "file_ids" not in container:
        return tool
    return {**tool, "container": {**container, "file_ids": [ids[each.key] for each in container["file_ids"]]}}


def _content(attachment: Attachment, document: Document) -> Content:
    def read() -> bytes:
        with document.open() as file:
            return bytes(file.read())

    name = name_for(attachment.name, document.kind, document.media_type)
    return Content(document.digest, name, document.media_type, document.size, read)


def _data_url(content: Content) -> str:
    return f"data:{content.media_type};base64,{base64.b64encode(content.read()).decode('ascii')}"


def _is_plain(document: Document) -> bool:
    """Return whether a provider would decode the file: it needn't know the encoding as well as we do."""
    return document.kind in {"text", "csv", "html"}


@lru_cache(1024)
def _is_utf8(digest: str) -> bool:
    try:
        with Document(digest=digest).open() as file:
            file.read().decode()
    except UnicodeDecodeError:
        return False
    return True


def _head(attachment: Attachment, document: Document) -> str:
    name = " ".join(attachment.name.split())
    if document.pages and document.kind != "text":
        unit = {"presentation": "slide", "spreadsheet": "sheet"}.get(document.kind, "page")
        return f"[File: {name}, {_grouped(document.pages)} {unit}{'' if document.pages == 1 else 's'}]"
    return f"[File: {name}]"


def _first_rows(lines: Iterable[str], most: int) -> Iterator[str]:
    """Yield the first lines of each sheet: a line such as "[Sheet 2: Ports]" begins one."""
    count = 0
    for line in lines:
        count = 0 if SHEET.match(line) else count + 1
        if count <= most:
            yield line


def _text(text: str) -> Part:
    return {"type": "input_text", "text": text}


def _grouped(number: int) -> str:
    return f"{number:,}"
