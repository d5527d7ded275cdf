"""The server: Daphne on uvloop, with this site's limits, and an end that loses nothing."""

import asyncio
import contextlib
import errno
import gc
import logging
import socket
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from chatsite.environment import environment

logger = logging.getLogger(__name__)

# Daphne's limit holds for what we send as well, and an event may carry a whole picture.
MAX_EVENT_BYTES = 64 * 1024 * 1024

GRACE_SECONDS = 5.0
"""What running answers get to end by themselves when the server is told to stop."""

LAST_FRAMES_SECONDS = 0.1
"""What the end of an answer takes to the sockets and to Redis."""


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
    from conversations.answering.claims import claims
    from conversations.answering.runner import runner
    from conversations.live.presence import presence
    from conversations.live.sessions import keep_looking
    from conversations.retention.deleted import keep_removing
    from conversations.streams.redis import logs

    # What is alive now stays alive: without it, each full collection stops every stream for a tenth of a second.
    gc.collect()
    gc.freeze()
    env = environment()
    keeping: list[asyncio.Task[None]] = []
    broken: list[BaseException] = []

    def begin() -> None:
        keep(logs.share())
        keep(claims.keep(runner.take_over, runner.is_answering))
        keep(presence.keep())
        keep(keep_removing())
        keep(keep_looking())
        on_listening()

    def keep(work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        task.add_done_callback(watch)
        keeping.append(task)

    def watch(task: asyncio.Task[None]) -> None:
        """A server that lacks one of these looks well and is not; one that is started anew has them all."""
        if not task.cancelled() and (error := task.exception()):
            logger.critical("what must go on as long as the server broke; the server ends", exc_info=error)
            broken.append(error)
            with contextlib.suppress(ReactorNotRunning):
                server.stop()

    async def end() -> None:
        runner.stop_accepting()
        claims.stop_claiming()
        await runner.stop(GRACE_SECONDS)
        await asyncio.sleep(LAST_FRAMES_SECONDS)
        # The claim goes last: what still ends by itself shall not be taken over meanwhile.
        for task in keeping:
            task.remove_done_callback(watch)
            task.cancel()
        await asyncio.wait(keeping, timeout=GRACE_SECONDS)

    server = GracefulServer(
        application,
        endpoints=[endpoint] if endpoint else build_endpoint_description_strings(host=env.host, port=env.port),
        begin=begin,
        end=end,
        server_name="chatsite",
        websocket_max_message_size=MAX_EVENT_BYTES,
        websocket_max_frame_size=MAX_MESSAGE_BYTES,
    )
    server.run()
    if broken or not server.listening_addresses:
        sys.exit(1)
