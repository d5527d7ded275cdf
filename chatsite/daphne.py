"""Daphne's server, as this site begins and ends it. Import it once the loop's policy is set: Daphne makes the loop."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from daphne.server import Server
from twisted.internet import reactor
from twisted.internet.defer import Deferred


class PatientServer(Server):  # type: ignore[misc]
    """Lets those who are connected hear and speak until `end` is done; others are not let in any more.

    Daphne's own cancels their consumers with the signal already, but leaves their sockets open, which then are deaf.
    """

    def __init__(
        self, *args: Any, begin: Callable[[], None], end: Callable[[], Coroutine[Any, Any, None]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        reactor.callWhenRunning(begin)
        self._end = end
        self._ports: list[Any] = []

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self._ports.append(port)

    def kill_all_applications(self) -> Any:
        for port in self._ports:
            port.stopListening()
        ended = Deferred.fromFuture(asyncio.ensure_future(self._end()))
        return ended.addBoth(lambda _: super(PatientServer, self).kill_all_applications())
