"""The bytes of a streamed response: what has come, at once after a pause, else with the next tick.

Read as they come, the few words of each delta would pass through the layers of four libraries one by one, and that
costs more than all that is done with them.
"""

from collections.abc import AsyncGenerator

import aiohttp
import httpx2

from common.ticker import Ticker

TICK_SECONDS = 0.033
DELTA = b"delta"
"""In the events of every dialect that bring words."""
MUCH_BYTES = 65_536
"""After so much at once, there is more to read already."""


async def chunks(response: httpx2.Response, ticker: Ticker) -> AsyncGenerator[bytes, None]:
    """Yield what comes, until the response ends. Raise what `aiohttp` or `httpx2` raise if it breaks."""
    content = content_of(response)
    if content is None:
        async for chunk in response.aiter_bytes():
            yield chunk
        return
    has_words = False
    while chunk := await _read(content):
        yield chunk
        # The first words must not wait because it was announced just before that they will come.
        has_words = has_words or DELTA in chunk
        if has_words and len(chunk) < MUCH_BYTES:
            await ticker.next()


def content_of(response: httpx2.Response) -> aiohttp.StreamReader | None:
    """Return where aiohttp puts the bytes of the response; None if they are compressed, or if there is no such place.

    The layers above it do nothing with them: httpx2's stream, and the SDK's transport below it.
    """
    if "content-encoding" in response.headers:
        return None
    transported = getattr(response.stream, "_stream", None)
    received = getattr(transported, "_aiohttp_response", None)
    return received.content if isinstance(received, aiohttp.ClientResponse) else None


async def _read(content: aiohttp.StreamReader) -> bytes:
    """Return what has come, as soon as something has; nothing at the end."""
    try:
        return await content.readany()
    except aiohttp.ClientError:
        # What had come before the connection broke is still there.
        rest: bytes = content._read_nowait(-1)
        if not rest:
            raise
        return rest
