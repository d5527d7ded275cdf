"""The server: Daphne on uvloop, with this site's limits, and with a stop that loses nothing."""

import asyncio
import contextlib
import errno
import gc
import socket
import sys
from collections.abc import Callable

from chatsite.environment import environment

MAX_EVENT_BYTES = 64 * 1024 * 1024
"""Daphne's limit also holds for what we send, and an event may contain a whole image."""

YOUNG_OBJECTS = 10_000
"""So many new objects are looked through for garbage. By Python's default, a few answers that begin are enough, and an
answer has hardly any garbage that isn't freed by itself."""


def check_port() -> None:
    """Exit with a sentence if the port can't be used, before anything is started that a second site would disturb."""
    env = environment()
    try:
        socket.create_server(
            (env.host, env.port), family=socket.AF_INET6 if ":" in env.host else socket.AF_INET
        ).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sys.exit(f"Port {env.port} on {env.host} is already in use. Set another PORT.")
        reason = str(error.strerror).partition(" (")[0]
        sys.exit(f"Port {env.port} on {env.host} can't be used: {reason}. Set another PORT or HOST.")


def serve(on_listening: Callable[[], None], *, endpoint: str | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then let answers in progress end, or hand them off.

    `endpoint` is where to listen instead of `HOST` and `PORT`, in the form of Twisted's endpoint descriptions.
    """
    # The policy must be set before Daphne is imported, because Daphne creates the event loop.
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

    # Exempt everything that exists now from garbage collection: each full one would pause every stream.
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
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
