"""The objects of one server process: made here, together, and handed to those that need them."""

import uuid
from functools import cache, partial

from django.conf import settings

from assistants.choices import Choices
from conversations.answering.claims import Claims
from conversations.answering.runner import Runner
from conversations.live.asking import Asking
from conversations.live.compactions import Compactions
from conversations.live.groups import Sockets, handle_news
from conversations.live.presence import Presence
from conversations.live.testing import Testing
from conversations.streams.logs import Logs
from conversations.streams.redis import SharedLogs
from providers.capabilities import Capabilities
from providers.registry import Clients
from providers.uploads import Uploads


class Process:
    """What a server process owns. `name` stands on the rows that it answers."""

    def __init__(self) -> None:
        self.name = uuid.uuid4()
        self.logs = SharedLogs(settings.REDIS_URL) if settings.REDIS_URL else Logs()
        self.news = self.logs.news
        self.claims = Claims(self.name)
        self.clients = Clients()
        self.uploads = Uploads(self.clients)
        self.choices = Choices()
        self.runner = Runner(self.name, self.logs, self.clients, self.uploads, Capabilities(), self.choices)
        self.asking = Asking(self.name, self.runner, self.choices)
        self.compactions = Compactions(self.runner.compactor, self.news)
        self.testing = Testing(self.name, self.runner, self.choices, self.logs)
        self.sockets = Sockets()
        self.presence = Presence(self.logs)
        self.news.subscribe(partial(handle_news, self.runner))


@cache
def this_process() -> Process:
    """Return the objects of this process, which are made at the first call."""
    return Process()
