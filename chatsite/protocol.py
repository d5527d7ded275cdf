"""Daphne's WebSocket protocol, with limits for messages in both directions.

Import it after Daphne's server, which creates the event loop.
"""

from typing import Any

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings

from chatsite.flow import Inbox

MAX_MESSAGE_BYTES = 2 * settings.MAX_COMMAND_BYTES
"""Twice the limit for commands, so that one that is only a little too long gets its sentence."""


class Protocol(WebSocketProtocol):  # type: ignore[misc]
    """A protocol that closes a socket whose incoming message is too long, even if it comes in many frames.

    Autobahn has one limit for incoming and outgoing messages, and an outgoing event may contain a whole image.
    """

    def connectionMade(self) -> None:  # noqa: N802
        self.inbox = Inbox(self.transport)
        # The connection's HTTP channel is told how its reader keeps up, also after the upgrade.
        self.backpressure = self.transport.producer.backpressure
        super().connectionMade()

    async def receive(self) -> dict[str, Any]:
        """Return the next message for the application."""
        return await self.inbox.get()

    def onMessageFrameBegin(self, length: int) -> None:  # noqa: N802
        super().onMessageFrameBegin(length)
        if self.message_data_total_length > MAX_MESSAGE_BYTES:
            self.dropConnection(abort=True)


WebSocketFactory.protocol = Protocol
