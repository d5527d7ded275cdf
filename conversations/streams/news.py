"""News that every server process must hear: what was asked, what changed, and what must stop."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from providers.responses_api.events import encode

logger = logging.getLogger(__name__)

STREAM = "chat:news"
MAX_LENGTH = 10_000
"""Of the Redis stream: more than a connected process can be behind."""

News = dict[str, Any]
OnNews = Callable[[News], Awaitable[None]]

_decode = msgspec.json.Decoder(News).decode


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
    """The news of several processes: a Redis stream, which redis.py reads together with the logs."""

    def __init__(self, redis: Callable[[], Redis]) -> None:
        super().__init__()
        self._redis = redis

    async def publish(self, news: News) -> None:
        """Let all processes hear the news. If Redis is unavailable, this one does."""
        try:
            await self._redis().xadd(STREAM, {"news": encode(news)}, maxlen=MAX_LENGTH)
        except RedisError:
            logger.warning("other processes do not hear of %s", news.get("type"), exc_info=True)
            await super().publish(news)

    async def newest(self) -> bytes:
        """Return where the stream ends now. Raise `RedisError` if Redis is unavailable."""
        entries: Any = await self._redis().xrevrange(STREAM, count=1)
        return entries[0][0] if entries else b"0-1"

    async def deliver(self, entries: Iterable[tuple[bytes, dict[bytes, bytes]]]) -> None:
        """Hand the stream's entries to the subscriber. If it fails at one, it still gets the next."""
        for _, fields in entries:
            try:
                await self._on_news(_decode(fields[b"news"]))
            except Exception:
                logger.exception("news could not be handled")


async def _ignore(_news: News) -> None:
    pass
