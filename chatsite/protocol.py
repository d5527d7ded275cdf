"""Daphne's WebSocket protocol, with a limit for incoming messages.

Import it after Daphne's server, which creates the event loop.
"""

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings

MAX_MESSAGE_BYTES = 2 * settings.MAX_COMMAND_BYTES
"""Twice the limit for commands, so that one that is only a little too long gets its sentence."""


class Protocol(WebSocketProtocol):  # type: ignore[misc]
    """A protocol that closes a socket whose incoming message is too long, even if it comes in many frames.

    Autobahn has one limit for incoming and outgoing messages, and an outgoing event may contain a whole image.
    """

    def onMessageFrameBegin(self, length: int) -> None:  # noqa: N802
        super().onMessageFrameBegin(length)
        if self.message_data_total_length > MAX_MESSAGE_BYTES:
            self.dropConnection(abort=True)


WebSocketFactory.protocol = Protocol
