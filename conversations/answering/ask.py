"""Asking: a checked message becomes a queued response, whether it comes from a socket, a request or a schedule."""

from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.refusal import Refused
from conversations.messages import Content, InputImage, NewMessage, checked_content, title_of
from conversations.models import Attachment, Conversation, Item, Response
from conversations.refusals import conversation_not_found, response_not_found

MAX_RUNNING = 20
"""Answers in progress for one person: more than anybody reads at once, and no burden for the others."""


@transaction.atomic
def ask(user: User, message: NewMessage, process: UUID | None = None) -> tuple[Response, bool]:
    """Store the message. The flag is False if this very message was asked before.

    `process` is the server process that will answer. Without one, the next process that looks for such responses takes
    it. Raise `Refused` if the message can't be asked.
    """
    _lock_client_message(user, message.client_message_id)
    asked = user.responses.select_related("conversation").filter(client_message_id=message.client_message_id).first()
    if asked:
        return asked, False
    content = checked_content(message.input[0])
    _check_running_limit(user)
    conversation, previous = _place(user, message, content)
    _take_attachments(user, conversation, content)
    item: Item = {"type": "message", "role": "user", "content": msgspec.to_builtins(content)}
    return Response.objects.ask(
        conversation,
        user=user,
        input=[item],
        previous=previous,
        client_message_id=message.client_message_id,
        process=process,
    )


def _lock_client_message(user: User, client_message_id: UUID) -> None:
    """Let a message that is sent twice at once, as by a tab and its duplicate, begin one conversation."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{user.pk} {client_message_id}"])


def _check_running_limit(user: User) -> None:
    if user.responses.running().count() >= MAX_RUNNING:
        raise Refused(
            "too_many_responses",
            _("You already have %(number)s answers in progress. Wait for one to finish, or stop one.")
            % {"number": MAX_RUNNING},
        )


def _place(user: User, message: NewMessage, content: Content) -> tuple[Conversation, Response | None]:
    """Return the conversation, which may be a new one, and the response in it that the message continues."""
    if message.conversation is None:
        if message.previous_response_id:
            raise response_not_found("previous_response_id")
        return _begin(user, content, is_temporary=message.temporary), None
    if message.temporary:
        raise Refused("invalid_request", _("Only a new conversation can be temporary."), "temporary")
    conversation = Conversation.objects.visible_to(user).filter(pk=message.conversation).first()
    if conversation is None:
        raise conversation_not_found()
    return conversation, _previous(conversation, message.previous_response_id)


def _begin(user: User, content: Content, *, is_temporary: bool) -> Conversation:
    if is_temporary:
        # Without a title, which the browser's history would keep.
        return Conversation.objects.create(user=user, is_temporary=True, seen_at=timezone.now())
    return Conversation.objects.create(user=user, title=title_of(content))


def _previous(conversation: Conversation, response_id: UUID | None) -> Response | None:
    if response_id is None:
        return None
    previous = conversation.responses.filter(pk=response_id).first()
    if previous is None:
        raise response_not_found("previous_response_id")
    if previous.is_running:
        raise Refused(
            "response_in_progress",
            _("The previous answer is still in progress. Wait for it to finish, or stop it."),
            "previous_response_id",
        )
    return previous


def _take_attachments(user: User, conversation: Conversation, content: Content) -> None:
    """Let the uploads belong to the conversation from now on. In it they may be sent again."""
    ids = {part.file_id for part in content if isinstance(part, InputImage) and part.file_id}
    mine = Attachment.objects.filter(pk__in=ids, user=user)
    taken = mine.filter(conversation=None).update(conversation=conversation)
    if taken < len(ids) and mine.filter(conversation=conversation).count() < len(ids):
        raise Refused("attachment_not_found", _("An image is no longer there. Attach it again."), "input")
