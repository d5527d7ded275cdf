"""`python -m standin`: run the stand-in as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys

from aiohttp import web

from standin.server import application


def main() -> None:
    parser = argparse.ArgumentParser(prog="standin", description="A local server that speaks the Responses API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 for any free port")
    parser.add_argument("--delay", type=float, default=0.02, help="seconds before each delta")
    parser.add_argument("--replay-window", type=float, default=300, help="seconds for which a stream can be resumed")
    parser.add_argument("--parent-pid", type=int, help="stop when this process is no longer the parent")
    asyncio.run(serve(parser.parse_args()))


async def serve(options: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    app = application(delay=options.delay, replay_window=options.replay_window)
    # A foreground response learns by the cancelled handler that its client has disconnected.
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, options.host, options.port).start()
    host, port = runner.addresses[0][:2]
    sys.stdout.write(f"standin listening on http://{host}:{port}/v1\n")
    sys.stdout.flush()
    if options.parent_pid is not None:
        asyncio.get_running_loop().call_soon(watch_parent, options.parent_pid, stopped)
    await stopped.wait()
    await runner.cleanup()


def watch_parent(parent: int, stopped: asyncio.Event) -> None:
    if os.getppid() != parent:
        stopped.set()
    else:
        asyncio.get_running_loop().call_later(1, watch_parent, parent, stopped)


if __name__ == "__main__":
    main()
