"""The server: Daphne on uvloop, with this site's limits, and an end that loses nothing."""

import asyncio
import contextlib
import errno
import gc
import logging
import socket
import sys
from collections.abc import Callable

from chatsite.environment import environment

logger = logging.getLogger(__name__)

# Daphne's limit holds for what we send as well, and an event may carry a whole picture.
MAX_EVENT_BYTES = 64 * 1024 * 1024


def check_port() -> None:
    """Exit with a sentence if the port can't be used, before anything is started that a second site would disturb."""
    env = environment()
    try:
        socket.create_server(
            (env.host, env.port), family=socket.AF_INET6 if ":" in env.host else socket.AF_INET
        ).close()
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]
        problem = "is already in use" if error.errno == errno.EADDRINUSE else f"can't be used: {reason}"
        sys.exit(f"PORT: {env.port} on {env.host} {problem}. Set another PORT or HOST.")


def serve(on_listening: Callable[[], None], *, endpoint: str | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then store what running answers have.

    `endpoint` is where to listen, as Twisted describes it, instead of at HOST and PORT.
    """
    # The policy must be set before Daphne is imported, which makes the loop.
    with contextlib.suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    from daphne.endpoints import build_endpoint_description_strings
    from twisted.internet.error import ReactorNotRunning

    from chatsite.asgi import application
    from chatsite.daphne import GracefulServer
    from chatsite.protocol import MAX_MESSAGE_BYTES
    from chatsite.services import Services
    from conversations.live.process import this_process

    # What is alive now stays alive: without it, each full collection stops every stream for a tenth of a second.
    gc.collect()
    gc.freeze()
    env = environment()

    def begin() -> None:
        services.start()
        on_listening()

    def fail() -> None:
        with contextlib.suppress(ReactorNotRunning):
            server.stop()

    services = Services(this_process(), fail)
    server = GracefulServer(
        application,
        endpoints=[endpoint] if endpoint else build_endpoint_description_strings(host=env.host, port=env.port),
        begin=begin,
        end=services.stop,
        server_name="chatsite",
        websocket_max_message_size=MAX_EVENT_BYTES,
        websocket_max_frame_size=MAX_MESSAGE_BYTES,
    )
    server.run()
    if services.has_failed or not server.listening_addresses:
        sys.exit(1)
