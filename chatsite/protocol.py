"""Daphne's WebSocket protocol, with a limit for what comes. Import it after Daphne's server, which makes the loop."""

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings

MAX_MESSAGE_BYTES = 2 * settings.MAX_COMMAND_BYTES
"""A command that is only a little too long shall get its sentence."""


class Protocol(WebSocketProtocol):  # type: ignore[misc]
    """Autobahn has one limit for messages that come and that go, and an event that goes may carry a whole picture.

    So what comes in many frames is counted here.
    """

    def onMessageFrameBegin(self, length: int) -> None:  # noqa: N802
        super().onMessageFrameBegin(length)
        if self.message_data_total_length > MAX_MESSAGE_BYTES:
            self.dropConnection(abort=True)


WebSocketFactory.protocol = Protocol
