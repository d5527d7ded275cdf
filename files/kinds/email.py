"""E-mails (.eml): who wrote what to whom, what was attached, and what stands in that."""

import email
import email.errors
import email.header
from collections.abc import Iterator
from contextlib import suppress
from email.message import Message
from io import BytesIO
from typing import Any, BinaryIO, TypeAlias, TypeGuard

from files.encodings import decoded, encoding_of, known_encoding
from files.kinds import html
from files.limits import MAX_DEPTH, MAX_OBJECTS
from files.passages import Block
from files.reader import Job, blocks_of
from files.sniffing import sniff
from files.unreadable import Unreadable

FIELDS = ("From", "To", "Cc", "Date", "Subject")
MAX_FIELD_CHARACTERS = 2000

Mail: TypeAlias = "Message[str, str]"


def read(file: BinaryIO, job: Job) -> Iterator[Block]:
    mail = email.message_from_binary_file(file)
    if sum(1 for _ in mail.walk()) > MAX_OBJECTS:
        raise Unreadable("too_many_objects")
    yield from _mail(mail, job, "")


def _mail(mail: Mail, job: Job, label: str) -> Iterator[Block]:
    for name in FIELDS:
        if value := _field(mail.get(name)):
            yield Block(f"{name}: {value}\n", None, label)
    yield Block("\n", None, label)
    yield from _part(mail, job, label)


def _part(part: Mail, job: Job, label: str) -> Iterator[Block]:
    """Yield the text of a part: of several versions of one, the first plain text that has some."""
    if job.is_full:
        return
    kind = part.get_content_type()
    inner = part.get_payload()
    if kind == "message/rfc822" and isinstance(inner, list):
        for mail in filter(_is_mail, inner):
            yield from _mail(mail, job, _field(mail.get("Subject")) or "E-mail")
    elif isinstance(inner, list):
        for each in _best(inner) if kind == "multipart/alternative" else filter(_is_mail, inner):
            yield from _part(each, job, label)
    elif name := _filename(part):
        yield from _attachment(part, job, name)
    elif kind == "text/html":
        for block in html.blocks(_text(part), job):
            yield Block(block.text, None, label)
    elif part.get_content_maintype() == "text":
        yield Block(f"{_text(part)}\n", None, label)


def _is_mail(part: Any) -> TypeGuard[Mail]:
    return isinstance(part, Message)


def _best(versions: list[Any]) -> list[Any]:
    plain = [each for each in versions if each.get_content_type() == "text/plain" and _text(each).strip()]
    return plain[:1] or versions[-1:]


def _attachment(part: Mail, job: Job, name: str) -> Iterator[Block]:
    yield Block(f"\n[Attached: {name}]\n", None, name)
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes) or job.depth >= MAX_DEPTH:
        return
    # What can't be read is named all the same, in whatever way its reader fails.
    with suppress(Exception):
        file = BytesIO(content)
        inner = Job(sniff(file), job.max_pages, job.depth + 1)
        for block in blocks_of(file, inner):
            inner.is_full = job.is_full
            yield Block(block.text, None, name)


def _text(part: Mail) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    encoding = known_encoding(part.get_content_charset("")) or encoding_of(content) or "utf-8"
    return decoded(content, encoding)


def _filename(part: Mail) -> str:
    if (
        part.get_content_disposition() is None
        and part.get_content_maintype() == "text"
        and part.get_param("name") is None
    ):
        return ""
    with suppress(ValueError, LookupError):
        return _field(part.get_filename())
    return "file"


def _field(value: Any) -> str:
    """Return a field in one line, with the characters that it stands for."""
    text = str(value or "")[:MAX_FIELD_CHARACTERS]
    with suppress(ValueError, LookupError, email.errors.HeaderParseError):
        text = str(email.header.make_header(email.header.decode_header(text)))
    return " ".join(text.split())
