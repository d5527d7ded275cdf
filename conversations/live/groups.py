"""Who hears what in this process: its sockets, their groups, and what news does here."""

from asyncio import Semaphore
from collections import defaultdict
from typing import Any, Protocol
from uuid import UUID
from weakref import WeakSet, WeakValueDictionary

from channels.layers import get_channel_layer

from accounts.sessions import Session
from conversations.answering.runner import Runner
from conversations.streams.news import News

MAX_CATCHING_UP = 2
"""How many sockets of a person are sent what they haven't seen at the same time: that may be very long answers."""


class Socket(Protocol):
    """A socket that is open."""

    channel_name: str

    @property
    def session(self) -> Session: ...


class Sockets:
    """The open sockets of this process, by their person's group."""

    def __init__(self) -> None:
        self._by_person: defaultdict[str, WeakSet[Socket]] = defaultdict(WeakSet)
        self._catching_up: WeakValueDictionary[str, Semaphore] = WeakValueDictionary()

    def add(self, person: str, socket: Socket) -> None:
        """Count a socket of the person as open."""
        self._by_person[person].add(socket)

    def discard(self, person: str, socket: Socket) -> None:
        """Count a socket of the person as closed."""
        self._by_person[person].discard(socket)
        if not self._by_person[person]:
            del self._by_person[person]

    def count(self, person: str) -> int:
        """Return how many sockets the person has open."""
        return len(self._by_person.get(person, ()))

    def catching_up(self, person: str) -> Semaphore:
        """Return what a socket of the person must hold while it loads and sends whole answers."""
        return self._catching_up.setdefault(person, Semaphore(MAX_CATCHING_UP))

    def all(self) -> list[Socket]:
        """Return every open socket."""
        return [socket for sockets in self._by_person.values() for socket in sockets]


def conversation_group(conversation_id: UUID) -> str:
    """Return the group of the sockets that follow the conversation."""
    return f"conversation.{conversation_id}"


def person_group(user_id: UUID | str) -> str:
    """Return the group of all sockets of a person."""
    return f"person.{user_id}"


def for_followers(conversation_id: UUID, event: dict[str, Any]) -> News:
    """Return the news that brings an event to all who follow the conversation."""
    return {"type": "followers.event", "conversation": str(conversation_id), "event": event}


async def handle_news(runner: Runner, news: News) -> None:
    """Act on news in this process: tell its sockets, or cancel an answer that runs here."""
    layer = get_channel_layer()
    match news:
        case {"type": "response.created", "conversation": str(conversation), "response_id": str(response)} if layer:
            message = {"response_id": response, "is_resumed": news.get("is_resumed") is True}
            await layer.group_send(conversation_group(UUID(conversation)), {"type": "response.created", **message})
        case {"type": "followers.event", "conversation": str(conversation), "event": dict(event)} if layer:
            await layer.group_send(conversation_group(UUID(conversation)), {"type": "followers.event", "event": event})
        case {"type": "response.cancel", "response_id": str(response)}:
            runner.cancel(response, str(news.get("turn") or ""))
        case {"type": "conversation.updated", "user": str(user), "conversation": dict(conversation)} if layer:
            message = {"type": "conversation.updated", "conversation": conversation}
            await layer.group_send(person_group(user), message)
