"""Pages that follow an answer while it streams, by the rules of docs/protocol.md."""

import asyncio
import random
import socket
import uuid
from typing import Any

import aiohttp

from tests.support.socket import ENDS, question

WRONG_ENDS = {"response.incomplete", "response.cancelled"}
"""Ends that no answer may have: nobody stops one, and the provider completes all. A failed one may be lost twice."""


class Answer:
    """A question and the provider's text for it. `accepted` is set when a page has seen that the question is stored.

    `rounds` says how often the model calls tools before that text. Viewers then leave once it is accepted.
    """

    def __init__(self, words: str, text: str, rounds: int = 0) -> None:
        self.question = words
        self.text = text
        self.rounds = rounds
        self.client_message_id = str(uuid.uuid4())
        self.command = question(words, client_message_id=self.client_message_id)
        self.conversation: str | None = None
        self.accepted = asyncio.Event()


class Viewer:
    """A page that reconnects to any process when its socket is gone, and asks for the events that it has not seen.

    It connects first within `max_wait` seconds. The test never drops the socket of a steady page, so that reconnecting
    does not make up for an event that the server failed to send.
    """

    def __init__(
        self, answer: Answer, addresses: list[str], cookie: str, seed: float, *, max_wait: float, is_asker: bool
    ) -> None:
        self.problems: list[str] = []
        self.refusals = 0
        self.has_ended = False
        self._answer = answer
        self._addresses = addresses
        self._cookie = cookie
        self._random = random.Random(seed)
        self.is_steady = self._random.random() < 0.4
        self._latest = max_wait
        self._is_asker = is_asker
        self._is_on_its_way = is_asker
        self._response_id: str | None = None
        self._placed: set[str] = set()
        self._seen = -1
        self._text = ""
        self._status = "unknown"
        self._last: list[str] = []
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def watch(self) -> None:
        """Follow the answer until it has ended."""
        if not self._is_asker:
            await self._answer.accepted.wait()
        self.has_ended = self._answer.accepted.is_set() and self._answer.rounds > 0
        await asyncio.sleep(self._random.uniform(0, self._latest))
        async with aiohttp.ClientSession(headers={"Cookie": f"sessionid={self._cookie}"}) as session:
            while not self.has_ended:
                address = self._random.choice(self._addresses)
                try:
                    async with session.ws_connect(
                        f"{address}/socket/", headers={"Origin": address}, max_msg_size=0
                    ) as self._socket:
                        await self._catch_up()
                        await self._receive()
                except (aiohttp.ClientError, OSError):
                    pass
                self._socket = None
                await asyncio.sleep(self._random.uniform(0.05, 0.5))

    def drop(self) -> bool:
        """Break the connection, as a network does; return False if there is none."""
        if self._socket is None or self._socket.closed:
            return False
        try:
            self._socket.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        except (AttributeError, OSError):
            # The server has just been killed.
            return False
        return True

    def describe_missing_end(self) -> str:
        who = "the asker" if self._is_asker else "a viewer"
        return (
            f"{self._answer.question}: {who} never saw the end; connected: {self._socket is not None}, "
            f"{self._status}, after {self._last[-6:]}"
        )

    @property
    def asked(self) -> str:
        return self._answer.client_message_id

    @property
    def calls_tools(self) -> bool:
        return self._answer.rounds > 0

    @property
    def end(self) -> tuple[str, str]:
        """The last status and text that the page saw."""
        return self._status, self._text

    def describe_difference(self) -> str:
        return (
            f"{self._answer.question}: a viewer saw another end than what is stored: {self._status}, {self._last[-6:]}"
        )

    async def _catch_up(self) -> None:
        assert self._socket is not None
        self._last.append("connected")
        if self._answer.conversation and not self._is_on_its_way:
            seen = {self._response_id: self._seen} if self._response_id else {}
            follow = {"type": "conversation.follow", "conversation": self._answer.conversation}
            await self._socket.send_json(follow | {"after": self._response_id, "seen": seen})
        if self._is_on_its_way:
            await self._socket.send_json(self._answer.command)

    async def _receive(self) -> None:
        assert self._socket is not None
        async for message in self._socket:
            event: dict[str, Any] = message.json()
            self._last.append(f"{event['type']} {event.get('sequence_number')}")
            if event["type"] == "error":
                # A person tries again then, and the page keeps the message's id (live/outbox.js).
                self.refusals += 1
                if event["code"] != "server_error":
                    self.problems.append(f"{self._answer.question}: refused: {event}")
                return
            if "response_id" in event:
                self._advance(event)
            if self.has_ended:
                return

    def _advance(self, event: dict[str, Any]) -> None:
        if event["type"] == "response.queued":
            self._place(event["response"])
        if event["response_id"] not in self._placed:
            self.problems.append(f"{self._answer.question}: {event['type']} of a response that the page does not know")
        if self.has_ended or event["response_id"] != self._response_id or event["sequence_number"] <= self._seen:
            return
        self._seen = event["sequence_number"]
        response = event.get("response") or {}
        if event["type"] == "response.output_text.delta":
            self._text += event["delta"]
        elif event["type"] == "response.queued":
            self._text = ""
        elif isinstance(response.get("output"), list):
            self._text = text_of(response["output"])
        self._status = response.get("status", self._status)
        self._check(event["type"])

    def _place(self, response: dict[str, Any]) -> None:
        """Learn of a response from its first event; a lost answer is a sibling with an id of its own."""
        self._placed.add(response["id"])
        if (response.get("metadata") or {}).get("client_message_id") == self._answer.client_message_id:
            self._response_id = response["id"]
            self._is_on_its_way = False
            self._answer.conversation = response["conversation"]["id"]
            self._answer.accepted.set()
            self.has_ended = self._answer.rounds > 0

    def _check(self, kind: str) -> None:
        """Note a problem if the page's text is not the beginning of the provider's, or not all of it at the end."""
        self.has_ended = kind in ENDS
        is_whole = self._text == self._answer.text
        is_part = self._answer.text.startswith(self._text)
        is_right = is_whole if kind == "response.completed" else is_part and kind not in WRONG_ENDS
        if not self.problems and not is_right:
            difference = first_difference(self._text, self._answer.text)
            self.problems.append(f"{self._answer.question}: a viewer has {difference} after {self._last[-6:]}")


def text_of(output: list[dict[str, Any]]) -> str:
    return "".join(part["text"] for item in output for part in item.get("content", []))


def first_difference(text: str, expected: str) -> str:
    """Return a sentence on where a text first differs from what was expected."""
    pairs = enumerate(zip(text, expected, strict=False))
    at = next((place for place, (one, other) in pairs if one != other), min(len(text), len(expected)))
    return f"{text[at : at + 30]!r} for {expected[at : at + 30]!r} at {at} of {len(expected)}"
