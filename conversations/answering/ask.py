"""Asking: checked messages become queued responses, whether they come from sockets, a request or a schedule."""

from collections.abc import Sequence, Set
from contextlib import nullcontext
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID, uuid4, uuid5

import msgspec
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from assistants.choices import Choice, Choices, Person, Wish
from assistants.request_settings import read_settings
from common.refusal import Refused
from conversations.answering.people import answering, look_up
from conversations.messages import Content, InputFile, InputImage, NewMessage, checked_content, refuse_nul, title_of
from conversations.models import Attachment, Conversation, Item, Response, ToolCall
from conversations.models.attachment import load_attachments, note_attachments
from conversations.models.tool_call import load_calls
from conversations.refusals import conversation_not_found, response_in_progress, response_not_found

PREVIOUS_FIELDS = (
    "conversation_id",
    "status",
    "response_id",
    "imported_from",
    "provider_id",
    "model",
    "settings",
    "usage",
    "refused",
    "created_at",
    "assistant_version__assistant_id",
)
MAX_RUNNING = 20
"""Answers in progress for one person: more than anybody reads at once, and no burden for the others."""

Key = tuple[UUID, UUID]
"""A person, and the id that their page gave a message."""


class Stored(NamedTuple):
    """The response to a message, and those that answer the same to be compared with it.

    `is_new` says that they don't run yet.
    """

    response: Response
    is_new: bool
    compared: Sequence[Response] = ()

    @property
    def responses(self) -> list[Response]:
        return [self.response, *self.compared]


Outcome = Stored | Refused
"""What was stored for a message; or why nothing was."""


@dataclass(frozen=True)
class Asked:
    """A message that somebody asks. What is said about it is in the language of its context."""

    user_id: UUID
    message: NewMessage
    context: Context = field(default_factory=copy_context)
    version_id: UUID | None = None
    """A version of the message's assistant that answers instead of the newest one: its test questions are asked so."""

    @property
    def key(self) -> Key:
        return self.user_id, self.message.client_message_id

    @property
    def attached(self) -> list[InputImage | InputFile]:
        """The parts that name uploads."""
        parts = self.message.input[0].content
        return [part for part in parts if isinstance(part, InputImage | InputFile) and part.file_id]

    @property
    def file_ids(self) -> set[UUID]:
        """The uploads that are sent with it."""
        return {part.file_id for part in self.attached if part.file_id}


def ask(asked: Sequence[Asked], choices: Choices, process: UUID | None = None) -> list[Outcome]:
    """Store messages together, and return what became of each. None is hurt by another that is refused.

    `choices` are the models and assistants that there are. `process` is the server process that will answer. Without
    one, the next process that looks for such responses takes them.
    """
    # A single statement needs no transaction of its own. Uploads are locked until they are stored with their messages.
    with transaction.atomic() if any(each.file_ids for each in asked) else nullcontext():
        batch = _Batch(asked, choices, process)
        refused: dict[int, Refused] = {}
        for place, each in enumerate(asked):
            try:
                each.context.run(batch.add, each)
            except Refused as refusal:
                refused[place] = refusal
        batch.store()
        return [refused.get(place) or batch.outcome(each) for place, each in enumerate(asked)]


class _Batch:
    """Messages that are checked one by one and stored together."""

    def __init__(self, asked: Sequence[Asked], choices: Choices, process: UUID | None) -> None:
        self._choices = choices
        self._process = process
        self._responses: dict[Key, list[Response]] = {}
        """The new responses, not stored yet: for each message one, or several to compare."""
        self._told: set[Key] = set()
        self._filled: list[Conversation] = []
        """Conversations for whose variables there are new values."""
        self._people: dict[UUID, Person] = {}
        self._running: dict[UUID, int] = {}
        self._before: set[Key] = set()
        for message_id, person, running, is_known in look_up(each.key for each in asked):
            self._people[person.id], self._running[person.id] = person, running
            if message_id and is_known:
                self._before.add((person.id, message_id))
        conversations = {each.message.conversation for each in asked} - {None}
        self._conversations = Conversation.objects.in_bulk(conversations) if conversations else {}
        previous = {each.message.previous_response_id for each in asked} - {None}
        self._previous = _ends_of_turns(previous) if previous else {}
        files = {file_id for each in asked for file_id in each.file_ids}
        unlocked = Attachment.objects.filter(deleted_at=None).select_related("document").order_by("pk")
        self._attachments = unlocked.select_for_update(of=("self",)).in_bulk(files) if files else {}

    def add(self, asked: Asked) -> None:
        """Check a message that wasn't asked before. Raise `Refused` if it can't be asked."""
        if asked.key in self._before or asked.key in self._responses:
            return
        content = checked_content(asked.message.input[0])
        message, person = asked.message, self._people[asked.user_id]
        self._check_running_limit(asked.user_id, 1 + len(message.compare))
        conversation, previous = self._place(asked, content)
        self._check_attachments(asked, conversation)
        item: Item = {"type": "message", "role": "user", "content": msgspec.to_builtins(content)}
        wishes = [Wish(each.assistant, each.model, each.effort, each.verbosity) for each in message.compare]
        choices = [
            self._choose(person, asked, previous),
            *(self._choices.choose(person, wish) for wish in wishes),
        ]
        self._fill_in(conversation, message, {name for choice in choices for name in choice.variables})
        comparison = uuid4() if wishes else None
        self._responses[asked.key] = [
            Response(
                conversation=conversation,
                previous=previous,
                user_id=asked.user_id,
                # If the message comes twice, so do those that are compared with it.
                client_message_id=uuid5(message.client_message_id, str(place)) if place else message.client_message_id,
                input=[item],
                comparison=comparison,
                process=self._process,
                **answering(choice, person, conversation),
            )
            for place, choice in enumerate(choices)
        ]
        self._running[asked.user_id] += len(choices)
        sent = [self._attachments[file_id] for file_id in asked.file_ids]
        for attachment in sent:
            attachment.conversation_id = conversation.pk
        for response in self._responses[asked.key] if sent else ():
            note_attachments(response, sent)

    def store(self) -> None:
        """Store what was added."""
        if not self._responses:
            return
        stored = Response.objects.queue([*chain.from_iterable(self._responses.values())])
        self._responses = {key: each for key, each in self._responses.items() if each[0].pk in stored}
        begun = {responses[0].conversation_id for responses in self._responses.values()}
        sent = [attachment for attachment in self._attachments.values() if attachment.conversation_id in begun]
        # In its conversation, an upload may be sent again.
        Attachment.objects.bulk_update(sent, ["conversation"])
        Conversation.objects.bulk_update(self._filled, ["variables"])

    def outcome(self, asked: Asked) -> Outcome:
        """Return the response to a message that wasn't refused. It is new for the first one who asks."""
        if responses := self._responses.get(asked.key):
            is_new = asked.key not in self._told
            self._told.add(asked.key)
            return Stored(responses[0], is_new, responses[1:])
        user_id, message_id = asked.key
        stored = Response.objects.whole().get(user_id=user_id, client_message_id=message_id)
        return Stored(load_attachments(load_calls([stored]))[0], is_new=False)

    def _fill_in(self, conversation: Conversation, message: NewMessage, names: Set[str]) -> None:
        """Keep with the conversation what a message brings for these variables."""
        values = {name: value for name, value in message.variables.items() if name in names}
        refuse_nul(values.values(), "variables")
        if values.items() - conversation.variables.items():
            conversation.variables = conversation.variables | values
            if not conversation._state.adding:
                self._filled.append(conversation)

    def _choose(self, person: Person, asked: Asked, previous: Response | None) -> Choice:
        message = asked.message
        if asked.version_id and message.assistant:
            return self._choices.of_version(person, message.assistant, asked.version_id)
        wish = Wish(
            message.assistant, message.model, message.effort, message.verbosity, message.tools, message.collections
        )
        if previous is None or previous.imported_from:
            return self._choices.choose(person, wish)
        settings, version = read_settings(previous.settings), previous.assistant_version
        before = Wish(
            version.assistant_id if version else None,
            self._choices.model_id(previous.provider_id, previous.model),
            settings.effort,
            settings.verbosity,
        )
        return self._choices.choose(person, wish, before)

    def _check_running_limit(self, user_id: UUID, wanted: int) -> None:
        if self._running[user_id] + wanted > MAX_RUNNING:
            raise Refused(
                "too_many_responses",
                _("You already have %(number)s answers in progress. Wait for one to finish, or stop one.")
                % {"number": MAX_RUNNING},
            )

    def _place(self, asked: Asked, content: Content) -> tuple[Conversation, Response | None]:
        """Return the conversation, which may be a new one, and the response in it that the message continues."""
        message = asked.message
        if message.conversation is None:
            if message.previous_response_id:
                raise response_not_found("previous_response_id")
            names = {pk: attachment.name for pk, attachment in self._attachments.items()}
            return _begin(asked.user_id, title_of(content, names), is_temporary=message.temporary), None
        if message.temporary:
            raise Refused("invalid_request", _("Only a new conversation can be temporary."), "temporary")
        conversation = self._conversations.get(message.conversation)
        if conversation is None or not conversation.is_visible_to(asked.user_id):
            raise conversation_not_found()
        return conversation, self._find_previous(conversation, message.previous_response_id)

    def _find_previous(self, conversation: Conversation, response_id: UUID | None) -> Response | None:
        if response_id is None:
            return None
        previous = self._previous.get(response_id)
        if previous is None or previous.conversation_id != conversation.pk:
            raise response_not_found("previous_response_id")
        if not previous.has_ended:
            raise response_in_progress("previous_response_id", is_waiting=not previous.is_running)
        return previous

    def _check_attachments(self, asked: Asked, conversation: Conversation) -> None:
        """Uploads belong to the conversation in which they are sent first."""
        for part in asked.attached:
            found = self._attachments.get(part.file_id) if part.file_id else None
            is_own = found and found.user_id == asked.user_id and found.conversation_id in {None, conversation.pk}
            if not found or not is_own:
                raise Refused("attachment_not_found", _("A file is no longer there. Attach it again."), "input")
            if not (found.is_image if isinstance(part, InputImage) else found.document_id):
                raise Refused("invalid_request", _("This file can't be sent. Remove it."), "input")


def _ends_of_turns(response_ids: Set[UUID | None]) -> dict[UUID, Response]:
    """Return the last response of the turn of each of these: a message that continues a turn continues its end."""
    steps = Response.objects.filter(previous=OuterRef("pk"), turn__isnull=False)
    known = Response.objects.select_related("assistant_version").only(*PREVIOUS_FIELDS, "turn")
    calls = ToolCall.objects.filter(response=OuterRef("pk"))
    # Of what goes on, only this says whether there are calls of tools whose outputs must be sent, too.
    found: dict[UUID, Any] = known.annotate(has_steps=Exists(steps), has_calls=Exists(calls)).in_bulk(response_ids)
    return {pk: row.last_of_turn() if row.has_steps else row for pk, row in found.items()}


def _begin(user_id: UUID, title: str, *, is_temporary: bool) -> Conversation:
    if is_temporary:
        # Without a title, which the browser's history would keep.
        return Conversation(user_id=user_id, is_temporary=True, seen_at=timezone.now())
    return Conversation(user_id=user_id, title=title)
