"""A browser's socket, connected to the real ASGI application."""

import asyncio
import json
import uuid
from typing import Any

from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.test import Client

from accounts.models import User
from chatsite.asgi import application
from common.threads import in_thread
from conversations.models import Conversation, Response

ORIGIN = "http://127.0.0.1:8000"
ENDS = {"response.completed", "response.incomplete", "response.failed", "response.cancelled"}


class Socket:
    """A tab's end of the socket: it sends commands and receives events.

    Channels' own WebsocketCommunicator is not used: it turns off the closing of database connections.
    """

    def __init__(self, communicator: ApplicationCommunicator) -> None:
        self.communicator = communicator

    async def send(self, command: dict[str, Any] | str) -> None:
        text = command if isinstance(command, str) else json.dumps(command)
        await self.communicator.send_input({"type": "websocket.receive", "text": text})

    async def send_bytes(self, data: bytes) -> None:
        await self.communicator.send_input({"type": "websocket.receive", "bytes": data})

    async def receive(self) -> dict[str, Any]:
        """Receive the next event that is not for the side list, which is told of all the person's conversations."""
        while (event := await self.receive_any())["type"] == "conversation.updated":
            pass
        return event

    async def receive_any(self) -> dict[str, Any]:
        message = await self.communicator.receive_output(timeout=60)
        assert message["type"] == "websocket.send", message
        event: dict[str, Any] = json.loads(message["text"])
        return event

    async def until_updated(self) -> dict[str, Any]:
        """Receive events up to the next one for the side list; return its conversation."""
        while (event := await self.receive_any())["type"] != "conversation.updated":
            pass
        conversation: dict[str, Any] = event["conversation"]
        return conversation

    async def until(self, *types: str) -> list[dict[str, Any]]:
        """Receive events up to the first of one of these types; return them all."""
        events: list[dict[str, Any]] = []
        while not events or events[-1]["type"] not in types:
            events.append(await self.receive())
        return events

    async def until_end(self) -> list[dict[str, Any]]:
        return await self.until(*ENDS)

    async def ask(self, text: str, **fields: Any) -> str:
        """Send a question; return its client_message_id."""
        message = str(uuid.uuid4())
        await self.send(question(text, client_message_id=message) | fields)
        return message

    async def is_quiet(self) -> bool:
        """Return whether nothing comes but what is for the side list."""
        while not await self.communicator.receive_nothing():
            if (await self.receive_any())["type"] != "conversation.updated":
                return False
        return True

    async def closed_with(self) -> int:
        """Return the code with which the server closes the socket."""
        while (message := await self.communicator.receive_output(timeout=60))["type"] == "websocket.send":
            assert json.loads(message["text"])["type"] == "conversation.updated", message
        assert message["type"] == "websocket.close", message
        code: int = message["code"]
        # Daphne sends no other codes.
        assert code == 1000 or 3000 <= code < 5000
        return code

    async def close(self) -> None:
        await self.communicator.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.communicator.wait(timeout=60)


def question(text: str, *parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}] if text else []
    return {
        "type": "response.create",
        "client_message_id": str(uuid.uuid4()),
        "input": [{"type": "message", "role": "user", "content": [*content, *parts]}],
    } | fields


def image_part(**fields: str) -> dict[str, Any]:
    return {"type": "input_image", "detail": "auto", **fields}


def text_of(events: list[dict[str, Any]]) -> str:
    """Return the text of the deltas, joined."""
    return "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")


async def open_socket(
    user: User | None, *, origin: str = ORIGIN, host: str = "127.0.0.1:8000", cookie: str | None = None
) -> Socket:
    """Open a socket as this person's browser does."""
    if user is not None:
        cookie = await in_thread(session_cookie)(user)
    headers = [(b"origin", origin.encode()), (b"host", host.encode())]
    if cookie:
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()))
    scope = {"type": "websocket", "path": "/socket/", "query_string": b"", "headers": headers, "subprotocols": []}
    communicator = ApplicationCommunicator(application, scope)
    await communicator.send_input({"type": "websocket.connect"})
    assert (await communicator.receive_output(timeout=60))["type"] == "websocket.accept"
    return Socket(communicator)


def session_cookie(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


async def connect(user: User, conversation: object = None) -> Socket:
    """Open a socket, and follow the conversation if one is given."""
    socket = await open_socket(user)
    if conversation is not None:
        await socket.send({"type": "conversation.follow", "conversation": str(conversation)})
        assert (await socket.receive())["type"] == "conversation.following"
    return socket


async def ask_and_wait(socket: Socket, text: str, **fields: Any) -> dict[str, Any]:
    """Ask, and receive the whole answer; return the response of its last event."""
    await socket.ask(text, **fields)
    response: dict[str, Any] = (await socket.until_end())[-1]["response"]
    return response


async def until_text(socket: Socket, text: str) -> list[dict[str, Any]]:
    """Receive events until the answer's text is this one; return them all."""
    events: list[dict[str, Any]] = []
    while text_of(events) != text:
        events.append(await socket.receive())
    return events


@in_thread
def stored(**fields: Any) -> Response:
    return Response.objects.select_related("conversation__user", "user", "previous").get(**fields)


@in_thread
def row_counts() -> tuple[int, int]:
    """Return the number of conversations and the number of responses."""
    return Conversation.objects.count(), Response.objects.count()


async def wait_for_end(response_id: str) -> None:
    """Wait until the row says that the answer has ended; a row can only be polled."""
    async with asyncio.timeout(60):
        while (await stored(pk=response_id)).is_running:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
