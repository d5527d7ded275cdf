"""News that every server process must hear: what was asked, what changed, and what must stop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn
from uuid import UUID

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from common.batcher import Batcher
from providers.responses_api.events import encode

logger = logging.getLogger(__name__)

STREAM = "chat:news"
MAX_LENGTH = 10_000
"""Of the Redis stream: more than a connected process can be behind."""
MAX_BATCH = 100
BLOCK_MILLISECONDS = 2000
"""For which Redis waits for news. It is shorter than the time in which Redis must answer."""
PAUSE_SECONDS = 0.033
"""Between two reads."""

News = dict[str, Any]
OnNews = Callable[[News], Awaitable[None]]

_decode = msgspec.json.Decoder(News).decode


def response_created(conversation_id: UUID, response_id: UUID, *, is_resumed: bool = False) -> News:
    """Return the news that a conversation has a response to follow: a new one, or one that waited and goes on."""
    return {
        "type": "response.created",
        "conversation": str(conversation_id),
        "response_id": str(response_id),
        "is_resumed": is_resumed,
    }


def response_cancel(response_id: UUID, turn_id: UUID) -> News:
    """Return the news that an answer must stop. `turn_id` is that of the first response of its turn."""
    return {"type": "response.cancel", "response_id": str(response_id), "turn": str(turn_id)}


class NewsChannel:
    """The news of a server process that is alone."""

    def __init__(self) -> None:
        self._on_news: OnNews = _ignore

    def subscribe(self, on_news: OnNews) -> None:
        """Call this for all news from now on, from whichever process it comes."""
        self._on_news = on_news

    async def publish(self, news: News) -> None:
        """Let all processes hear the news."""
        await self._on_news(news)


class SharedNewsChannel(NewsChannel):
    """The news of several processes: a Redis stream that all of them read."""

    def __init__(self, redis: Callable[[], Redis], stream: str = STREAM, max_length: int = MAX_LENGTH) -> None:
        super().__init__()
        self._redis = redis
        self._stream = stream
        self._max_length = max_length
        self._batcher = Batcher(self._publish_together, max_size=MAX_BATCH)

    async def publish(self, news: News) -> None:
        """Let all processes hear the news. If Redis is unavailable, this one does."""
        await self._batcher.call(news)

    async def _publish_together(self, waiting: list[News]) -> list[Exception | None]:
        # One connection for all: hundreds of answers may end at the same moment.
        try:
            async with self._redis().pipeline(transaction=False) as pipeline:
                for news in waiting:
                    pipeline.xadd(self._stream, {"news": encode(news)}, maxlen=self._max_length)
                await pipeline.execute()
        except RedisError:
            kinds = ", ".join(sorted({str(news.get("type")) for news in waiting}))
            logger.warning("other processes do not hear of %s", kinds, exc_info=True)
            for news in waiting:
                await self._deliver(encode(news))
        return [None] * len(waiting)

    async def listen(self) -> NoReturn:
        """Hand all news to the subscriber until cancelled. A process that starts hears only what comes from then on."""
        read: bytes | None = None
        while True:
            try:
                read = read or await self._newest()
                streams: Any = await self._redis().xread({self._stream: read}, block=BLOCK_MILLISECONDS)
                for _, entries in streams or []:
                    read = entries[-1][0]
                    for _, fields in entries:
                        await self._deliver(fields[b"news"])
                # What comes in the meantime is read together.
                await asyncio.sleep(PAUSE_SECONDS)
            except RedisError:
                logger.warning("the news of other processes can't be read from Redis; trying again", exc_info=True)
                await asyncio.sleep(1)
            end_if_cancelled()

    async def _newest(self) -> bytes:
        """Return where the stream ends now. Raise `RedisError` if Redis is unavailable."""
        entries: Any = await self._redis().xrevrange(self._stream, count=1)
        return entries[0][0] if entries else b"0-1"

    async def _deliver(self, news: bytes) -> None:
        try:
            await self._on_news(_decode(news))
        except Exception:
            # The next ones must be heard all the same.
            logger.exception("news could not be handled")


def end_if_cancelled() -> None:
    """Raise `CancelledError` if this task must end. The Redis client may have made an error of its own of it."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _ignore(_news: News) -> None:
    pass
