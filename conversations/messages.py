"""What a person may ask: the shape of a message, checked, whether a socket, a request or an import brings it."""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from types import MappingProxyType
from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from assistants.instructions import MAX_VALUE_CHARACTERS, MAX_VARIABLES
from assistants.request_settings import MAX_COLLECTIONS, MAX_TOOLS, ToolName
from common.refusal import Refused
from common.text import has_nul, one_line
from providers.parameters import Effort, Verbosity

MAX_COMPARED = 4
"""Answers to one message, side by side."""
MAX_TITLE_CHARACTERS = 80
"""Of a title that is a message's beginning."""

PRIVATE_ENDINGS = (".local", ".localhost", ".internal", ".lan", ".home.arpa")


class InputText(msgspec.Struct, tag_field="type", tag="input_text", forbid_unknown_fields=True):
    text: str


class InputImage(msgspec.Struct, tag_field="type", tag="input_image", forbid_unknown_fields=True, omit_defaults=True):
    detail: Literal["auto", "low", "high", "original"]
    file_id: UUID | None = None
    image_url: Annotated[str, msgspec.Meta(max_length=2000)] | None = None

    @property
    def has_one_source(self) -> bool:
        return (self.file_id is None) != (self.image_url is None)

    @property
    def has_public_address(self) -> bool:
        """Whether there is no address, or one with a host that may be on the internet."""
        return self.image_url is None or _is_public((urlsplit(self.image_url).hostname or "").lower())

    @property
    def has_safe_address(self) -> bool:
        """Whether its address, if it has one, is one that a browser may be sent to."""
        return self.image_url is None or _is_https(self.image_url)


class InputFile(msgspec.Struct, tag_field="type", tag="input_file", forbid_unknown_fields=True):
    file_id: UUID


Content = list[InputText | InputImage | InputFile]


class Message(msgspec.Struct, tag_field="type", tag="message", forbid_unknown_fields=True):
    role: Literal["user"]
    content: Content


Variables = Annotated[
    dict[Annotated[str, msgspec.Meta(max_length=40)], Annotated[str, msgspec.Meta(max_length=MAX_VALUE_CHARACTERS)]],
    msgspec.Meta(max_length=MAX_VARIABLES),
]


class Compared(msgspec.Struct, forbid_unknown_fields=True):
    """What else answers the same message, to compare: an assistant or a model."""

    assistant: UUID | None = None
    model: UUID | None = None
    effort: Effort | None = None
    verbosity: Verbosity | None = None


class NewMessage(msgspec.Struct, forbid_unknown_fields=True):
    """A message, and where it is asked: see `response.create` in docs/protocol.md."""

    client_message_id: UUID
    input: Annotated[list[Message], msgspec.Meta(min_length=1, max_length=1)]
    conversation: UUID | None = None
    previous_response_id: UUID | None = None
    temporary: bool = False
    assistant: UUID | None = None
    model: UUID | None = None
    effort: Effort | None = None
    verbosity: Verbosity | None = None
    tools: Annotated[dict[ToolName, bool], msgspec.Meta(max_length=MAX_TOOLS)] = {}
    collections: Annotated[dict[UUID, bool], msgspec.Meta(max_length=2 * MAX_COLLECTIONS)] = {}
    variables: Variables = {}
    compare: Annotated[list[Compared], msgspec.Meta(max_length=MAX_COMPARED - 1)] = []


def checked_content(message: Message) -> Content:
    """Return the content without blank texts. Raise `Refused` if nothing is left, or if it can't be sent."""
    content = [part for part in message.content if not isinstance(part, InputText) or part.text.strip()]
    if not content:
        raise Refused("empty_input", _("Write a message or attach a file."), "input")
    _check_texts([part.text for part in content if isinstance(part, InputText)])
    _check_images([part for part in content if isinstance(part, InputImage)])
    _check_files([part for part in content if isinstance(part, InputFile)])
    return content


def refuse_nul(texts: Iterable[str], param: str) -> None:
    """Raise `Refused` if one of the texts has a character that PostgreSQL doesn't store."""
    if any(has_nul(text) for text in texts):
        raise Refused(
            "invalid_request", _("Your message has a character that can't be stored (NUL). Remove it."), param
        )


def title_of(content: Content, names: Mapping[UUID, str] = MappingProxyType({})) -> str:
    """Return the message's first words in one line, as the title until there is a better one.

    `names` are those of its files: a message without a text has the name of the first one.
    """
    texts = (part.text for part in content if isinstance(part, InputText))
    files = (names.get(part.file_id, "") for part in content if isinstance(part, InputFile))
    line = one_line(next(filter(None, (*texts, *files)), _("Image")))
    return line if len(line) <= MAX_TITLE_CHARACTERS else line[: MAX_TITLE_CHARACTERS - 1].rstrip() + "…"


def _check_texts(texts: list[str]) -> None:
    characters = sum(map(len, texts))
    if characters > settings.MAX_INPUT_CHARACTERS:
        raise Refused(
            "input_too_long",
            _("Your message has %(characters)s characters; at most %(most)s can be sent.")
            % {"characters": _grouped(characters), "most": _grouped(settings.MAX_INPUT_CHARACTERS)},
            "input",
        )
    refuse_nul(texts, "input")


def _check_images(images: list[InputImage]) -> None:
    if len(images) > settings.MAX_IMAGES:
        raise Refused(
            "too_many_images",
            _("You attached %(images)s images; at most %(most)s can be sent at once.")
            % {"images": len(images), "most": settings.MAX_IMAGES},
            "input",
        )
    if not all(image.has_one_source for image in images):
        raise Refused("invalid_request", _("An image needs either an upload or an address."), "input")
    if not all(image.has_safe_address for image in images):
        raise Refused("invalid_request", _("The URL must start with https://."), "image_url")
    if not all(image.has_public_address for image in images):
        raise Refused("invalid_request", _("The URL must be one on the internet, not in your network."), "image_url")


def _check_files(files: list[InputFile]) -> None:
    if len(files) > settings.MAX_FILES:
        raise Refused(
            "too_many_files",
            _("You attached %(files)s files; at most %(most)s can be sent at once.")
            % {"files": len(files), "most": settings.MAX_FILES},
            "input",
        )


def _grouped(number: int) -> str:
    return str(number_format(number, force_grouping=True))


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and url.isprintable() and " " not in url


def _is_public(host: str) -> bool:
    """Return whether a host may be on the internet: the model's server would fetch from its own network otherwise."""
    host = host.rstrip(".")
    try:
        return ip_address(host).is_global
    except ValueError:
        last = host.rpartition(".")[2]
        # Other notations of IP addresses end in a number, too (https://url.spec.whatwg.org/#ends-in-a-number-checker).
        is_number = last.isdigit() or last.startswith("0x")
        return "." in host and not is_number and not host.endswith(PRIVATE_ENDINGS)
