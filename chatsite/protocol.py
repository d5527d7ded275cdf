"""Daphne's WebSocket protocol, with limits for messages in both directions.

Import it after Daphne's server, which creates the event loop.
"""

from typing import Any

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings

from chatsite.flow import Inbox, write_directly

MAX_MESSAGE_BYTES = 2 * settings.MAX_COMMAND_BYTES
"""Twice the limit for commands, so that one that is only a little too long gets its sentence."""
MAX_WRITTEN_BYTES = 65_536
"""A longer message waits until the other end has read what came before it."""


class Protocol(WebSocketProtocol):  # type: ignore[misc]
    """A protocol that closes a socket whose incoming message is too long, even if it comes in many frames.

    Autobahn has one limit for incoming and outgoing messages, and an outgoing event may contain a whole image.
    """

    def connectionMade(self) -> None:  # noqa: N802
        self.inbox = Inbox(self.transport)
        # What an application may do beside what ASGI says.
        self.extensions = {"websocket.write": self.write}
        # The connection's HTTP channel is told how its reader keeps up, also after the upgrade.
        self.backpressure = self.transport.producer.backpressure
        super().connectionMade()

    async def receive(self) -> dict[str, Any]:
        """Return the next message for the application."""
        return await self.inbox.get()

    def write(self, payload: bytes) -> bool:
        """Send a text message without waiting, past all that Autobahn does for a message that it sends.

        Return False, without sending it, if it is long, if the other end doesn't keep up, or if the socket isn't open.
        """
        is_plain = self._perMessageCompress is None and not self.send_queue
        if not is_plain or self.state != self.STATE_OPEN or len(payload) > MAX_WRITTEN_BYTES:
            return False
        if not self.backpressure.may_send:
            return False
        write_directly(self.transport, _head(len(payload)) + payload)
        return True

    def onMessageFrameBegin(self, length: int) -> None:  # noqa: N802
        super().onMessageFrameBegin(length)
        if self.message_data_total_length > MAX_MESSAGE_BYTES:
            self.dropConnection(abort=True)


def _head(size: int) -> bytes:
    """Return what stands before a text message that is sent in one frame (https://www.rfc-editor.org/rfc/rfc6455)."""
    if size < 126:
        return bytes((0x81, size))
    return b"\x81\x7e" + size.to_bytes(2, "big") if size < 65_536 else b"\x81\x7f" + size.to_bytes(8, "big")


WebSocketFactory.protocol = Protocol
