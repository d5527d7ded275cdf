"""Daphne's server with this site's start and end.

Import it after the event loop's policy is set, because Daphne creates the loop.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from daphne.server import Server
from twisted.internet import reactor
from twisted.internet.defer import Deferred


class GracefulServer(Server):  # type: ignore[misc]
    """A server that, once it is stopped, serves its open connections until `end` is done and accepts no others.

    Daphne's own server cancels the consumers at the signal but leaves their sockets open, so that nothing answers them.
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
        return ended.addBoth(lambda _: super(GracefulServer, self).kill_all_applications())
