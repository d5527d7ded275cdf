"""A browser's socket: commands in, events out. It authorises and relays, and never generates or decides."""

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.languages import language_of
from accounts.models import User
from accounts.sessions import Session, find_open, session_user, signed_out
from common.addresses import client_address
from common.refusal import Refused
from common.threads import in_thread
from conversations.answering.approvals import Decided, decide, stop_waiting
from conversations.branches import stored, stored_steps, unseen
from conversations.live import commands
from conversations.live.asking import SignedOut
from conversations.live.commands import (
    Command,
    ConversationFollow,
    ConversationSeen,
    ResponseCancel,
    ResponseCompact,
    ResponseCount,
    ResponseCreate,
    ToolCallDecide,
)
from conversations.live.groups import conversation_group, person_group
from conversations.live.process import this_process
from conversations.models import Conversation, Response
from conversations.models.tool_call import calls_before
from conversations.refusals import conversation_not_found, response_not_found
from conversations.representations import ended, first, refusal, updated
from conversations.representations.calls import call_updated
from conversations.streams.logs import Cursor, Write
from conversations.streams.news import News, NewsChannel, response_cancel, response_created
from providers.responses_api.events import encode

logger = logging.getLogger(__name__)

UNAUTHENTICATED = 4401
FOREIGN_ORIGIN = 4403
TRY_AGAIN_LATER = 4503

MAX_SOCKETS_PER_USER = 100
"""In one process."""

T = TypeVar("T")


class SocketConsumer(AsyncWebsocketConsumer):
    """The socket of one tab. It follows one conversation at a time, with a cursor for each response that is running."""

    groups: list[str] = []
    user: User
    """Who is signed in, as they were when they opened the socket. It is set if `person` is."""

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Hand a message to its method. Channels would close database connections first; `in_thread` does that here."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        self.process = this_process()
        self.cursors: dict[str, Cursor] = {}
        self.group: str | None = None
        self.conversation: UUID | None = None
        self.person: str | None = None
        self.session_key = str(self.scope["cookies"].get(settings.SESSION_COOKIE_NAME, ""))
        # Daphne's with this site's protocol (chatsite/protocol.py); no other server has it.
        extensions: dict[str, Any] = self.scope.get("extensions") or {}
        self.write: Write | None = extensions.get("websocket.write")
        headers = dict(self.scope["headers"])
        use_language_of(AnonymousUser(), headers)
        if not is_same_origin(headers):
            forwarded_for = headers.get(b"x-forwarded-for", b"").decode("latin1")
            address = client_address((self.scope.get("client") or [""])[0], forwarded_for)
            logger.warning("a socket from a foreign origin was refused (%s)", address)
            refused = Refused("foreign_origin", _("This page isn't part of the chat. Open the chat itself."))
            await turn_away(self, refused, FOREIGN_ORIGIN)
            return
        user = await in_thread(session_user)(self.session_key)
        if user is None:
            await turn_away(self, signed_out(), UNAUTHENTICATED)
            return
        self.user = user
        use_language_of(user, headers)
        person = person_group(user.pk)
        if self.process.sockets.count(person) >= MAX_SOCKETS_PER_USER:
            refused = Refused("too_many_sockets", _("You have too many pages open. Close some and reload this one."))
            await turn_away(self, refused, TRY_AGAIN_LATER)
            return
        self.person = person
        self.process.sockets.add(person, self)
        # Before it is open: from then on, the page relies on hearing of everything.
        if self.channel_layer is not None:
            await self.channel_layer.group_add(self.person, self.channel_name)
        await self.accept()

    @property
    def session(self) -> Session:
        """The session that the socket was opened with."""
        return self.session_key, self.user.pk

    async def as_user(self, function: Callable[[User], T]) -> T:
        """Return what a blocking function returns for the person.

        Raise `SignedOut` if their session has ended: that happens while sockets stay open, so each command checks.
        """

        def call() -> T:
            if not find_open([self.session]):
                raise SignedOut
            return function(self.user)

        return await in_thread(call)()

    async def sign_in_first(self) -> None:
        """Tell the page to sign in again, and close the socket."""
        await self.refuse(signed_out())
        await self.close(UNAUTHENTICATED)

    async def disconnect(self, code: int) -> None:
        await self.unfollow()
        if self.person is not None:
            self.process.sockets.discard(self.person, self)
        if self.person is not None and self.channel_layer is not None:
            await self.channel_layer.group_discard(self.person, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.person is None:
            # They were sent before the browser learnt that the socket is closed.
            return
        command: Command | None = None
        try:
            command = commands.decode(text_data)
            match command:
                case ResponseCreate():
                    await self.create_response(command)
                case ConversationFollow():
                    await self.follow_conversation(command)
                case ConversationSeen():
                    await self.mark_seen(command)
                case ResponseCancel():
                    await self.cancel_response(command)
                case ResponseCompact() | ResponseCount():
                    response = await self.as_user(partial(find_own, response_id=command.response_id))
                    self.process.compactions.start(command, response, self.user.pk)
                case ToolCallDecide():
                    await self.decide(command)
        except SignedOut:
            await self.sign_in_first()
        except Refused as refused:
            asked = commands.find_client_message_id(text_data) if command is None else None
            await self.refuse(refused, command, asked)
        except Exception:
            logger.exception("a command failed")
            if isinstance(command, ConversationFollow):
                # The page reconnects by itself and follows again.
                await self.close(TRY_AGAIN_LATER)
                return
            await self.refuse(Refused("server_error", _("Something went wrong. Try again in a moment.")), command)

    async def refuse(self, refused: Refused, command: Command | None = None, asked: UUID | None = None) -> None:
        """Send the refusal of a command. `asked` is the id of its message if the command could not be decoded."""
        if isinstance(command, ResponseCreate):
            asked = command.client_message_id
        await self.send(encode(refusal(refused, asked)).decode())

    async def create_response(self, command: ResponseCreate) -> None:
        if self.process.runner.is_stopping:
            # The page reconnects, to another process or to the next one, and asks again.
            await self.close(TRY_AGAIN_LATER)
            return
        stored = await self.process.asking.ask(self.session, command)
        response = stored.response
        await self.watch(response.conversation_id)
        for each in stored.responses:
            await self.follow_response(each, -1)
            if not self.process.runner.has_end_to_come(each.pk):
                # It went on before this socket heard of what is asked.
                for step in await in_thread(stored_steps)(each.pk):
                    await self.follow_response(step, -1)
        if not stored.is_new:
            return
        # Nobody else can follow a conversation that was created with this message.
        if command.conversation:
            for each in stored.responses:
                await self.process.news.publish(response_created(each.conversation_id, each.pk))
        if not response.conversation.is_temporary:
            await self.process.news.publish(updated(response.conversation))

    async def follow_conversation(self, command: ConversationFollow) -> None:
        def is_visible(user: User) -> bool:
            return Conversation.objects.visible_to(user).filter(pk=command.conversation).exists()

        if not await self.as_user(is_visible):
            raise conversation_not_found()
        await self.unfollow()
        # The group before the rows: a response that is created in between comes twice and is followed once.
        await self.watch(command.conversation)
        await self.send(encode({"type": "conversation.following", "conversation": str(command.conversation)}).decode())
        # Sending takes as long as the other end reads, and each waiting answer takes memory.
        async with self.process.sockets.catching_up(self.person or ""):
            for response in await in_thread(unseen)(command.conversation, command.after, command.seen):
                await self.follow_response(response, command.seen.get(response.pk, -1))

    async def mark_seen(self, command: ConversationSeen) -> None:
        def mark(user: User) -> News | None:
            conversation = Conversation.objects.listed(user).filter(pk=command.conversation).first()
            if conversation is None:
                raise conversation_not_found()
            if conversation.unseen_at is None:
                return None
            conversation.mark(unseen=False)
            return updated(conversation)

        if news := await self.as_user(mark):
            await self.process.news.publish(news)

    async def cancel_response(self, command: ResponseCancel) -> None:
        # Between two responses of a turn, a page doesn't know the one yet that is to be stopped.
        response = await self.as_user(lambda user: find_own(user, command.response_id).last_of_turn())
        is_waiting = response.status == Response.Status.WAITING
        if is_waiting and (stopped := await self.as_user(lambda _: stop_waiting(response))):
            await self.process.runner.let_park(response.pk)
            await publish_decided(self.process.news, stopped, [response.pk])
            return
        turn = response.turn_id or response.pk
        if not self.process.runner.cancel(str(response.pk), str(turn)):
            await self.process.news.publish(response_cancel(response.pk, turn))

    async def decide(self, command: ToolCallDecide) -> None:
        runner = self.process.runner
        if runner.is_stopping:
            # The page reconnects, and asks its person again.
            await self.close(TRY_AGAIN_LATER)
            return
        name = self.process.name
        decided = await self.as_user(lambda user: decide(user.pk, command.call, command.decision, command.note, name))
        for step in decided.steps:
            await runner.let_park(step.pk)
            runner.start(step)
        await publish_decided(self.process.news, decided, [step.pk for step in decided.steps])

    async def session_ended(self, _message: dict[str, Any]) -> None:
        """Close the socket, because its person signed out, was deactivated, or has a new password."""
        await self.unfollow()
        await self.sign_in_first()

    async def response_created(self, message: dict[str, Any]) -> None:
        """Follow a response that was created, unless this socket does already, or that waited and goes on."""
        key, after = message["response_id"], -1
        if cursor := self.cursors.get(key):
            if not (message["is_resumed"] and cursor.log.ended):
                return
            after = cursor.position - 1
            cursor.log.unfollow(self.cursors.pop(key))
        response = await in_thread(stored)(UUID(key))
        if response and self.group == conversation_group(response.conversation_id):
            await self.follow_response(response, after)

    async def followers_event(self, message: dict[str, Any]) -> None:
        """Pass on what happened in the conversation that this socket follows."""
        await self.send(encode(message["event"]).decode())

    async def conversation_updated(self, message: dict[str, Any]) -> None:
        """Tell the page how one of the person's conversations is now."""
        conversation = message["conversation"]
        await self.send(encode({"type": "conversation.updated", "conversation": conversation}).decode())
        if conversation["deleted"] and self.group == conversation_group(UUID(conversation["id"])):
            await self.unfollow()

    async def follow_response(self, response: Response, after: int) -> None:
        """Send the events after that number: from the log while the answer runs, from the row when it has ended."""
        key = str(response.pk)
        if key in self.cursors:
            return
        if after < 0:
            # Sent from here, because a log that another process began doesn't have it.
            await self.send(encode(first(response)).decode())
            after = 0
        if response.is_running:
            self.cursors[key] = self.process.logs.awaited(key).follow(self.send, self.write, after=after)
            if self.process.logs.get(key):
                return
            # It runs in another process, or has ended since the row was read.
            response = await in_thread(stored)(response.pk) or response
            if response.is_running:
                return
            self.cursors[key].log.unfollow(self.cursors[key])
        if response.turn_id:
            # The log that told of the calls which it answers is gone.
            for call in await in_thread(calls_before)(response):
                event = {**call_updated(call), "response_id": key, "sequence_number": after}
                await self.send(encode(event).decode())
        # A viewer that missed a second attempt doesn't know the version that was kept beside it.
        versions = await in_thread(response.versions)() if response.attempt > 1 else None
        await self.send(encode(ended(response, versions, after=after)).decode())

    async def watch(self, conversation_id: UUID) -> None:
        """Follow the conversation: learn of what is asked in it."""
        group = conversation_group(conversation_id)
        if group != self.group and self.channel_layer is not None:
            await self.unfollow()
            await self.channel_layer.group_add(group, self.channel_name)
            self.group = group
            self.conversation = conversation_id
            self.process.presence.opened(conversation_id)

    async def unfollow(self) -> None:
        """Follow no conversation and no response any more."""
        for cursor in self.cursors.values():
            cursor.log.unfollow(cursor)
        self.cursors = {}
        if self.group is not None and self.channel_layer is not None:
            await self.channel_layer.group_discard(self.group, self.channel_name)
        if self.conversation is not None:
            self.process.presence.closed(self.conversation)
        self.group = self.conversation = None


async def turn_away(socket: SocketConsumer, refused: Refused, code: int) -> None:
    """Close a socket as soon as it is open: a page learns why only from one that was accepted."""
    await socket.accept()
    await socket.refuse(refused)
    await socket.close(code)


def find_own(user: User, response_id: UUID) -> Response:
    """Return a response in a conversation of this person. Raise `Refused` if there is none."""
    response = Response.objects.visible_to(user).whole().filter(pk=response_id).first()
    if response is None:
        raise response_not_found("response_id")
    return response


async def publish_decided(news: NewsChannel, decided: Decided, response_ids: Iterable[UUID]) -> None:
    """Tell everybody that answers which waited for their person go on, or have ended."""
    for response_id in response_ids:
        await news.publish(response_created(decided.conversation.pk, response_id, is_resumed=True))
    if not decided.conversation.is_temporary:
        await news.publish(updated(decided.conversation))


def use_language_of(user: User | AnonymousUser, headers: Mapping[bytes, bytes]) -> None:
    """Use this person's language from now on. Each socket is a task with a context of its own."""
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get(b"accept-language", b"").decode("latin1")
    translation.activate(language_of(user, request))


def is_same_origin(headers: Mapping[bytes, bytes]) -> bool:
    """Return whether a page of this site opened the socket. Browsers set Origin, and no page can change it."""
    origin = headers.get(b"origin", b"").decode("latin1")
    host = headers.get(b"host", b"").decode("latin1")
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    return origin in {settings.PUBLIC_URL, f"{'https' if settings.HTTPS else 'http'}://{host}"}
