"""The baseline: a bare relay from the provider to a WebSocket, with no accounts, no database and no log.

It does only what it must: it sends each event as a text frame without decoding it.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator

from aiohttp import ClientSession, TCPConnector, web


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("upstream", help="the base URL of the provider")
    asyncio.run(serve(parser.parse_args().upstream))


async def serve(upstream: str) -> None:
    async with ClientSession(connector=TCPConnector(limit=0)) as session:

        async def socket(request: web.Request) -> web.WebSocketResponse:
            viewer = web.WebSocketResponse()
            await viewer.prepare(request)
            async for question in viewer:
                async with session.post(f"{upstream}/responses", data=question.data) as answer:
                    async for event in events(answer.content.iter_any()):
                        await viewer.send_str(event)
            return viewer

        application = web.Application()
        application.router.add_get("/socket/", socket)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Yield the data of each server-sent event."""
    rest = b""
    async for chunk in chunks:
        *blocks, rest = (rest + chunk).split(b"\n\n")
        for block in blocks:
            yield block.partition(b"data: ")[2].decode()


if __name__ == "__main__":
    main()
