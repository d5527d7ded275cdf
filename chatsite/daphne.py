"""Daphne's server with this site's start and end, and with limits for what its connections hold.

Import it after the event loop's policy is set, because Daphne creates the loop.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from io import BytesIO
from typing import Any

import daphne.server
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.web import http

from chatsite.flow import READER_SECONDS, Backpressure, Inbox

IDLE_SECONDS = 60
"""For the next request of a connection to begin."""
HEADERS_SECONDS = 30
"""For all headers of a request to arrive."""
DISCARD_SECONDS = 10
"""For the rest of a body that nobody reads: a connection closed earlier would lose the answer on its way."""


class Channel(http.HTTPChannel):
    """A connection that limits the time of headers, and lets what is sent wait for its reader."""

    _is_idle = True

    def connectionMade(self) -> None:  # noqa: N802
        self.backpressure = Backpressure(self.transport)
        super().connectionMade()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self._is_idle:
            self._is_idle = False
            self.setTimeout(HEADERS_SECONDS)
        # Not HTTPChannel's, which begins the time anew with each byte.
        LineReceiver.dataReceived(self, data)

    def allHeadersReceived(self) -> None:  # noqa: N802
        # From here on, the application decides how long it waits for the body (chatsite/bodies.py).
        self.setTimeout(None)
        super().allHeadersReceived()

    def _send100Continue(self) -> None:  # noqa: N802
        self.requests[-1].expects_continue = True

    def requestDone(self, request: "Request") -> None:  # noqa: N802
        if self.persistent:
            self._is_idle = True
            self.setTimeout(IDLE_SECONDS)
        super().requestDone(request)

    def loseConnection(self) -> None:  # noqa: N802
        # It waits until the last words are read, which may be never.
        if self._abortingCall is None:
            self._abortingCall = self.callLater(READER_SECONDS, self.forceAbortClient)
        super().loseConnection()

    def discard(self) -> None:
        """Wait a while for the rest of a body that nobody reads, then abort the connection."""
        self._abortingCall = self.callLater(DISCARD_SECONDS, self.forceAbortClient)

    def pauseProducing(self) -> None:  # noqa: N802
        super().pauseProducing()
        self.backpressure.pause()

    def resumeProducing(self) -> None:  # noqa: N802
        super().resumeProducing()
        self.backpressure.resume()

    def stopProducing(self) -> None:  # noqa: N802
        super().stopProducing()
        self.backpressure.resume()

    def connectionLost(self, reason: Any = connectionDone) -> None:  # noqa: N802
        super().connectionLost(reason)
        self.backpressure.resume()


class BodyInbox(Inbox):
    """The inbox of a request, whose body comes piece by piece."""

    def put_nowait(self, message: dict[str, Any]) -> None:
        # Daphne would hand over the whole body here.
        if message["type"] != "http.request":
            super().put_nowait(message)

    def put_body(self, data: bytes, *, more_body: bool) -> None:
        super().put_nowait({"type": "http.request", "body": bytearray(data), "more_body": more_body})


class Request(WebRequest):  # type: ignore[misc]
    """A request whose application begins with its headers. It reads the body as it comes, or refuses it unread.

    Daphne's own is handed over with its whole body, whoever sends it, after Twisted has parsed forms in the event loop.
    """

    extensions: dict[str, Any] = {}
    _has_begun = False
    is_complete = False
    expects_continue = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._parsePOSTFormSubmission = False

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """Begin, because all headers are there. `length` is None if the body is chunked."""
        self.content = BytesIO()
        self.inbox = BodyInbox(self.channel.transport)
        self.backpressure = self.channel.backpressure
        if length == 0:
            return
        self._has_begun = True
        self.method, self.uri, self.clientproto = self.channel._command, self.channel._path, self.channel._version
        self.path = self.uri.split(b"?", 1)[0]
        if b"websocket" in map(bytes.lower, self.requestHeaders.getRawHeaders(b"Upgrade", [])):
            self.basic_error(400, b"Bad Request", "A request for a WebSocket has no body")
        else:
            self.process()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        if not self.finished:
            self.inbox.put_body(data, more_body=True)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
        """Note that the body is complete, and begin if there was none."""
        self.is_complete = True
        if self.finished:
            self._cleanup()
            return
        self.inbox.put_body(b"", more_body=False)
        if not self._has_begun:
            super().requestReceived(command, path, version)

    async def receive(self) -> dict[str, Any]:
        """Return the next message for the application. Clients that ask whether to send the body are told to."""
        if self.expects_continue and not self._response_started and self.channel is not None:
            self.expects_continue = False
            self.channel.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        message = await self.inbox.get()
        if "body" in message:
            message["body"] = bytes(message["body"])
        return message

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and not self.is_complete and self.channel is not None:
            # What comes next on this connection is the rest of the body, not another request.
            self.channel.persistent = False
            message = message | {"headers": [*message.get("headers", []), (b"Connection", b"close")]}
        super().handle_reply(message)

    def _cleanup(self) -> None:
        if self.is_complete:
            super()._cleanup()
        else:
            self.inbox.resume()
            self.channel.discard()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        if self.finished:
            # Daphne has forgotten this request.
            http.Request.connectionLost(self, reason)
        else:
            super().connectionLost(reason)


class Factory(HTTPFactory):  # type: ignore[misc]
    """Makes the channels above."""

    protocol = Channel

    def buildProtocol(self, address: Any) -> Channel:  # noqa: N802
        channel: Channel = super().buildProtocol(address)
        channel.requestFactory = Request
        return channel


daphne.server.HTTPFactory = Factory


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

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Inbox:
        """Begin the application of a connection; return its inbox. Daphne's own has no limit."""
        application = self.application(
            scope=scope | {"asgi": {"version": "3.0"}, "extensions": protocol.extensions},
            receive=protocol.receive,
            send=partial(self.handle_reply, protocol),
        )
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(application)
        inbox: Inbox = protocol.inbox
        return inbox

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Send a message of the application. Return when the other end of the connection has read almost all of it."""
        await super().handle_reply(protocol, message)
        await protocol.backpressure.wait()

    def kill_all_applications(self) -> Any:
        for port in self._ports:
            port.stopListening()
        ended = Deferred.fromFuture(asyncio.ensure_future(self._end()))
        return ended.addBoth(lambda _: self._cancel_applications())

    def _cancel_applications(self) -> Any:
        # A connection has none before its headers are complete.
        for protocol, details in list(self.connections.items()):
            if "application_instance" not in details:
                del self.connections[protocol]
        return super().kill_all_applications()
