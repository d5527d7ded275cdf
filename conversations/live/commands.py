"""What a browser may ask over its socket, checked: see docs/protocol.md."""

from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.models import User
from conversations.answering.claims import claims
from conversations.models import Attachment, Conversation, Item, Response

MOST_RUNNING = 20
"""Answers of one person at once: more than anybody can read, and few enough for what everybody shares."""


class Refused(Exception):
    """A command that changed nothing; `message` is a sentence for the person."""

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.param = param


class InputText(msgspec.Struct, tag_field="type", tag="input_text", forbid_unknown_fields=True):
    text: str


class InputImage(msgspec.Struct, tag_field="type", tag="input_image", forbid_unknown_fields=True, omit_defaults=True):
    detail: Literal["auto", "low", "high"]
    file_id: UUID | None = None
    image_url: Annotated[str, msgspec.Meta(max_length=2000)] | None = None


class Message(msgspec.Struct, tag_field="type", tag="message", forbid_unknown_fields=True):
    role: Literal["user"]
    content: list[InputText | InputImage]


class ResponseCreate(msgspec.Struct, tag_field="type", tag="response.create", forbid_unknown_fields=True):
    client_message_id: UUID
    input: Annotated[list[Message], msgspec.Meta(min_length=1, max_length=1)]
    conversation: UUID | None = None
    previous_response_id: UUID | None = None
    temporary: bool = False


SequenceNumber = Annotated[int, msgspec.Meta(ge=-1, lt=2**53)]


class ConversationFollow(msgspec.Struct, tag_field="type", tag="conversation.follow", forbid_unknown_fields=True):
    conversation: UUID
    after: UUID | None = None
    seen: Annotated[dict[UUID, SequenceNumber], msgspec.Meta(max_length=1000)] = {}


class ResponseCancel(msgspec.Struct, tag_field="type", tag="response.cancel", forbid_unknown_fields=True):
    response_id: UUID


Command = ResponseCreate | ConversationFollow | ResponseCancel

TYPES = {"response.create", "conversation.follow", "response.cancel"}

_decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


def decode(text: str | None) -> Command:
    """One command from its frame. Raises Refused."""
    if text is None or len(text) > settings.MAX_COMMAND_BYTES:
        raise Refused("invalid_json", _("The page sent something that is too large, or no text. Please reload it."))
    try:
        return _decoded(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused("invalid_json", _("The page sent something that is not JSON. Please reload it.")) from error


def _decoded(text: str) -> Command:
    try:
        return _decoder.decode(text)
    except msgspec.ValidationError as error:
        # What is wrong behind the first wrong field shows here.
        if named_type(text) not in TYPES:
            raise Refused(
                "unknown_type", _("The page sent a command that this server does not know. Please reload it.")
            ) from error
        where = str(error).rpartition("`$")[2].strip("`.") or None
        raise Refused("invalid_request", _("The page sent an incomplete command. Please reload it."), where) from error


def named_type(text: str) -> str | None:
    """The `type` of a frame that is JSON, whatever else is wrong with it."""
    frame = msgspec.json.decode(text)
    kind = frame.get("type") if isinstance(frame, dict) else None
    return kind if isinstance(kind, str) else None


@transaction.atomic
def ask(user: User, command: ResponseCreate) -> tuple[Response, bool]:
    """Store the question; the flag is False where it was asked before. Raises Refused."""
    _wait_for_its_twin(user, command)
    asked = user.responses.select_related("conversation").filter(client_message_id=command.client_message_id).first()
    if asked:
        return asked, False
    content = _checked_content(command.input[0])
    _refuse_more_than_enough(user)
    previous = None
    if command.conversation is None:
        if command.previous_response_id:
            raise Refused(
                "response_not_found", _("The answer to continue is not there any more."), "previous_response_id"
            )
        conversation = _begin(user, content, is_temporary=command.temporary)
    else:
        if command.temporary:
            raise Refused("invalid_request", _("Only a new conversation can be made temporary."), "temporary")
        found = Conversation.objects.visible_to(user).filter(pk=command.conversation).first()
        if found is None:
            raise Refused("conversation_not_found", _("This conversation is not there, or not yours."), "conversation")
        conversation = found
        previous = _previous(conversation, command.previous_response_id)
    _take_attachments(user, conversation, content)
    message: Item = {"type": "message", "role": "user", "content": msgspec.to_builtins(content)}
    return Response.objects.ask(
        conversation,
        user=user,
        input=[message],
        previous=previous,
        client_message_id=command.client_message_id,
        process=claims.process,
    )


def _begin(user: User, content: list[InputText | InputImage], *, is_temporary: bool) -> Conversation:
    if is_temporary:
        # Without a title, which the browser's history would keep.
        return Conversation.objects.create(user=user, is_temporary=True, seen_at=timezone.now())
    return Conversation.objects.create(user=user, title=_title(content))


def _wait_for_its_twin(user: User, command: ResponseCreate) -> None:
    """A question that is sent twice at once, as by a tab and its duplicate, must not begin two conversations."""
    with connection.cursor() as cursor:
        name = f"{user.pk} {command.client_message_id}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _refuse_more_than_enough(user: User) -> None:
    if user.responses.running().count() >= MOST_RUNNING:
        raise Refused(
            "too_many_responses",
            _("%(number)s of your answers are still coming. Please wait for one to end, or stop one.")
            % {"number": MOST_RUNNING},
        )


def _checked_content(message: Message) -> list[InputText | InputImage]:
    content = [part for part in message.content if isinstance(part, InputImage) or part.text.strip()]
    if not content:
        raise Refused("empty_input", _("Please write a message or attach a picture."), "input")
    words = sum(len(part.text) for part in content if isinstance(part, InputText))
    if words > settings.MAX_INPUT_CHARACTERS:
        raise Refused(
            "input_too_long",
            _("Your message has %(characters)s characters; at most %(most)s can be sent.")
            % {"characters": _grouped(words), "most": _grouped(settings.MAX_INPUT_CHARACTERS)},
            "input",
        )
    # PostgreSQL stores every character but this one.
    if any("\0" in part.text for part in content if isinstance(part, InputText)):
        raise Refused(
            "invalid_request", _("Your message has a character that can't be stored (NUL). Please remove it."), "input"
        )
    images = [part for part in content if isinstance(part, InputImage)]
    if len(images) > settings.MAX_IMAGES:
        raise Refused(
            "too_many_images",
            _("You attached %(pictures)s pictures; at most %(most)s can be sent at once.")
            % {"pictures": len(images), "most": settings.MAX_IMAGES},
            "input",
        )
    for image in images:
        if (image.file_id is None) == (image.image_url is None):
            raise Refused("invalid_request", _("A picture needs either an upload or an address."), "input")
        if image.image_url is not None and not is_https(image.image_url):
            raise Refused("invalid_request", _("A picture's address must begin with https://."), "image_url")
    return content


def _grouped(number: int) -> str:
    return str(number_format(number, force_grouping=True))


def is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and url.isprintable() and " " not in url


def _title(content: list[InputText | InputImage]) -> str:
    text = next((part.text for part in content if isinstance(part, InputText)), "Picture")
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79].rstrip() + "…"


def _previous(conversation: Conversation, response_id: UUID | None) -> Response | None:
    if response_id is None:
        return None
    previous = conversation.responses.filter(pk=response_id).first()
    if previous is None:
        raise Refused("response_not_found", _("The answer to continue is not there any more."), "previous_response_id")
    if previous.is_running:
        raise Refused(
            "response_in_progress",
            _("The answer before this is still coming. Please wait for it, or stop it."),
            "previous_response_id",
        )
    return previous


def _take_attachments(user: User, conversation: Conversation, content: list[InputText | InputImage]) -> None:
    """From now on these pictures belong to the conversation; in it they may be sent again."""
    ids = {part.file_id for part in content if isinstance(part, InputImage) and part.file_id}
    mine = Attachment.objects.filter(pk__in=ids, user=user)
    taken = mine.filter(conversation=None).update(conversation=conversation)
    if taken < len(ids) and mine.filter(conversation=conversation).count() < len(ids):
        raise Refused("attachment_not_found", _("A picture is not there any more. Please attach it again."), "input")
