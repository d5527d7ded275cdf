"""Who hears what in this process: its sockets, their groups, and what the news do here."""

from collections import defaultdict
from typing import Protocol
from uuid import UUID
from weakref import WeakSet

from channels.layers import get_channel_layer

from conversations.answering.runner import runner
from conversations.streams.news import News
from conversations.streams.redis import logs


class Socket(Protocol):
    """A socket that is open."""

    channel_name: str

    @property
    def session_key(self) -> str: ...


sockets: defaultdict[str, WeakSet[Socket]] = defaultdict(WeakSet)
"""Those that are open, by their person's group."""


def group_of(conversation_id: UUID) -> str:
    """Return the group of the sockets that follow the conversation."""
    return f"conversation.{conversation_id}"


def person_group(user_id: UUID | str) -> str:
    """Return the group of all sockets of a person."""
    return f"person.{user_id}"


async def handle_news(news: News) -> None:
    """Do in this process what follows from what was asked, changed or is to stop in any process."""
    layer = get_channel_layer()
    match news:
        case {"type": "response.created", "conversation": str(conversation), "response_id": str(response)} if layer:
            await layer.group_send(group_of(UUID(conversation)), {"type": "response.created", "response_id": response})
        case {"type": "response.cancel", "response_id": str(response)}:
            runner.cancel(response)
        case {"type": "conversation.updated", "user": str(user), "conversation": dict(conversation)} if layer:
            message = {"type": "conversation.updated", "conversation": conversation}
            await layer.group_send(person_group(user), message)


logs.news.subscribe(handle_news)
