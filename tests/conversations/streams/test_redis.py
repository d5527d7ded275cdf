"""Logs that several processes share: what one appends, the others have, once and in order, whatever Redis does."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Collection
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from common.threads import in_thread
from conversations.models import Conversation, Response
from conversations.representations import find_ends
from conversations.streams.logs import FindEnds, Log, Logs
from conversations.streams.redis import SharedLogs
from providers.responses_api.events import Delta
from tests.support.conversations import finish, queue_message
from tests.support.log_viewer import Viewer
from tests.support.ports import free_port
from tests.support.redis_server import running_redis

databases = itertools.cycle(range(16))
KEY = "7b1cb5f2-51c8-4ac5-b5f5-0e5fd3a2ab5a"
OTHER = "0c8b1f0e-4f7e-4f0a-9a53-6a3f2f4d1c11"


@pytest.fixture
async def emptied(redis_url) -> str:
    """Another database each time: what an earlier test was just writing may still come."""
    url: str = urlsplit(redis_url)._replace(path=f"/{next(databases)}").geturl()
    async with Redis.from_url(url) as redis:
        await redis.flushdb()
    return url


@pytest.fixture
async def here(emptied) -> AsyncIterator[SharedLogs]:
    async with sharing(emptied) as logs:
        yield logs


@pytest.fixture
async def there(emptied) -> AsyncIterator[SharedLogs]:
    async with sharing(emptied) as logs:
        yield logs


@pytest.fixture
def quick(monkeypatch) -> None:
    monkeypatch.setattr("conversations.streams.redis.SILENCE_SECONDS", 0.05)


@contextlib.asynccontextmanager
async def sharing(url: str, find: FindEnds | None = None) -> AsyncIterator[SharedLogs]:
    """Share logs while the block runs. Unless it is told how to find ends, PostgreSQL has none."""
    logs = SharedLogs(url)
    task = asyncio.create_task(logs.share(find or find_none))
    yield logs
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.wait_for(task, timeout=60)


async def find_none(_response_ids: Collection[str]) -> list[dict[str, Any]]:
    return []


def say(log: Log, text: str) -> None:
    log.append(Delta(type="response.output_text.delta", delta=text))


def end(logs: Logs, log: Log) -> None:
    log.append({"type": "response.completed", "response": {}})
    logs.close(log)


async def test_viewer_in_another_process_gets_every_event_once_in_order(here, there):
    log, early, late = here.open(KEY), Viewer(), Viewer()
    there.awaited(KEY).follow(early.send)
    for word in ("one.", "two.", "six."):
        say(log, word)
        await early.sees(log.last)
    there.awaited(KEY).follow(late.send)
    say(log, "ten.")
    end(here, log)
    # Once its end is written, the log holds no events any more.
    last = log.last
    for viewer in (early, late):
        await viewer.sees(last)
        assert viewer.text == "one.two.six.ten."


async def test_viewer_from_another_process_gets_only_unseen_events(here, there):
    log, viewer = here.open(KEY), Viewer()
    for word in ("one.", "two.", "six."):
        say(log, word)
    there.awaited(KEY).follow(viewer.send, after=1)
    end(here, log)
    await viewer.sees(log.last)
    assert viewer.text == "six."


async def test_viewer_that_returns_at_once_misses_nothing(here, there):
    log, viewer, again = here.open(KEY), Viewer(), Viewer()
    cursor = there.awaited(KEY).follow(viewer.send)
    say(log, "one.")
    say(log, "two.")
    await viewer.sees(1)
    cursor.log.unfollow(cursor)
    # It was told of two, but its connection was gone before that came.
    there.awaited(KEY).follow(again.send, after=0)
    say(log, "six.")
    end(here, log)
    await again.sees(log.last)
    assert again.text == "two.six."


async def test_viewer_ahead_of_the_copy_gets_nothing_twice(here, there):
    log, other, viewer = here.open(KEY), Viewer(), Viewer()
    there.awaited(KEY).follow(other.send)
    say(log, "one.")
    await other.sees(0)
    say(log, "two.")
    there.awaited(KEY).follow(viewer.send, after=1)
    say(log, "six.")
    end(here, log)
    await viewer.sees(log.last)
    assert viewer.text == "six."


async def test_taken_over_log_continues_after_a_gap(here, there):
    log, viewer = here.open(KEY), Viewer()
    there.awaited(KEY).follow(viewer.send)
    say(log, "one.")
    await viewer.sees(0)
    third = here.open(KEY, 1_000_000)
    third.append({"type": "response.in_progress", "response": {"output": ["one."]}})
    # The one that was taken over may still write.
    say(log, "two.")
    say(third, "six.")
    end(here, third)
    await viewer.sees(third.last)
    assert [frame["type"] for frame in viewer.frames] == [
        "response.output_text.delta",
        "response.in_progress",
        "response.output_text.delta",
        "response.completed",
    ]
    assert viewer.text == "one.six."


async def test_viewer_of_a_copy_follows_on_when_the_response_comes_here(here, there):
    log, viewer = here.open(KEY), Viewer()
    there.awaited(KEY).follow(viewer.send)
    say(log, "one.")
    await viewer.sees(0)
    taken = there.open(KEY, 1_000_000)
    taken.append({"type": "response.in_progress", "response": {}})
    say(taken, "two.")
    end(there, taken)
    await viewer.sees(taken.last)
    assert viewer.text == "one.two."


async def test_viewer_follows_on_when_another_process_takes_over(here, there):
    log, viewer = here.open(KEY), Viewer()
    log.follow(viewer.send)
    say(log, "one.")
    await viewer.sees(0)
    taken = there.open(KEY, 1_000_000)
    taken.append({"type": "response.in_progress", "response": {}})
    here.leave(log)
    here.close(log)
    say(taken, "two.")
    end(there, taken)
    await viewer.sees(taken.last)
    assert viewer.text == "one.two."


async def test_log_that_nobody_watches_elsewhere_is_not_written(here, there, emptied):
    unwatched, log, mine, theirs = here.open(OTHER), here.open(KEY), Viewer(), Viewer()
    unwatched.follow(mine.send)
    there.awaited(KEY).follow(theirs.send)
    for each in (unwatched, log):
        say(each, "one.")
        end(here, each)
    await mine.sees(1)
    await theirs.sees(1)
    async with Redis.from_url(emptied) as redis:
        assert await redis.keys("chat:response:*") == [f"chat:response:{KEY}".encode()]


async def test_log_that_begins_after_it_was_wanted_is_copied(quick, here, there):
    viewer, wanted = Viewer(), asyncio.Event()
    there.awaited(KEY).follow(viewer.send)
    record = here._record

    def note(response_id: str) -> None:
        record(response_id)
        wanted.set()

    here._record = note
    await wanted.wait()
    log = here.open(KEY)
    say(log, "one.")
    end(here, log)
    await viewer.sees(1)
    assert viewer.text == "one."


async def test_log_that_ended_is_kept_for_a_moment_only(here, monkeypatch):
    monkeypatch.setattr("conversations.streams.redis.KEPT_SECONDS", 0.01)
    log = here.open(KEY)
    say(log, "one.")
    end(here, log)
    assert not log.is_empty
    async with asyncio.timeout(60):
        while not log.is_empty:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert here._recorders == {}


@pytest.mark.process
async def test_flushed_redis_loses_nothing(there, tmp_path):
    with running_redis(tmp_path) as (redis, url):
        port = int(url.rpartition(":")[2].partition("/")[0])
        async with sharing(url) as here, sharing(url) as there:
            log, early, late = here.open(KEY), Viewer(), Viewer()
            there.awaited(KEY).follow(early.send)
            say(log, "one.")
            await early.sees(0)
            redis.terminate()
            await asyncio.to_thread(redis.wait)
            say(log, "two.")
            with running_redis(tmp_path, port):
                there.awaited(KEY).follow(late.send)
                say(log, "six.")
                for viewer in (early, late):
                    await viewer.sees(log.last)
                end(here, log)
                last = log.last
                for viewer in (early, late):
                    await viewer.sees(last)
                    assert viewer.text == "one.two.six."


async def test_redis_flushed_unnoticed_loses_nothing(emptied, here, there):
    log, early, late = here.open(KEY), Viewer(), Viewer()
    there.awaited(KEY).follow(early.send)
    say(log, "one.")
    await early.sees(0)
    async with Redis.from_url(emptied) as redis, sharing(emptied) as elsewhere:
        # As after a restart between two writes.
        await redis.flushall()
        say(log, "two.")
        await early.sees(1)
        elsewhere.awaited(KEY).follow(late.send)
        await late.sees(1)
        assert early.text == late.text == "one.two."


@pytest.mark.django_db(transaction=True)
async def test_end_missing_in_redis_is_looked_up(quick, emptied, ada):
    response, viewer = await in_thread(asked)(ada), Viewer()
    async with sharing(emptied, find_ends) as there:
        there.awaited(str(response.pk)).follow(viewer.send)
        await in_thread(finish)(response, "completed", output=[], sequence_number=7)
        await viewer.sees(7)
    assert viewer.frames[-1]["type"] == "response.completed"


def asked(user) -> Response:
    return queue_message(Conversation.objects.create(user=user), user=user, input=[])[0]


async def until_listening(*processes: SharedLogs) -> None:
    """Wait until the processes hear what is published."""
    for logs in processes:
        listening = asyncio.Event()

        async def hear(_news: dict[str, Any], listening: asyncio.Event = listening) -> None:
            listening.set()

        logs.news.subscribe(hear)
        async with asyncio.timeout(60):
            while not listening.is_set():
                await logs.news.publish({"type": "hello"})
                await asyncio.sleep(0.02)


async def test_each_process_gets_news_once(here, there):
    heard: list[tuple[str, dict[str, Any]]] = []
    both = asyncio.Event()

    def listener(place: str):
        async def hear(news: dict[str, Any]) -> None:
            if news["type"] == "test":
                heard.append((place, news))
            if len(heard) >= 2 * 3:
                both.set()

        return hear

    await until_listening(here, there)
    here.news.subscribe(listener("here"))
    there.news.subscribe(listener("there"))
    for number in range(3):
        await (here if number % 2 else there).news.publish({"type": "test", "number": number})
    await asyncio.wait_for(both.wait(), 60)
    for place in ("here", "there"):
        assert [news["number"] for at, news in heard if at == place] == [0, 1, 2]


async def test_much_news_at_once_reaches_other_processes(here, there):
    amount, heard, done = 500, [], asyncio.Event()

    async def hear(news: dict[str, Any]) -> None:
        if news["type"] == "test":
            heard.append(news["number"])
        if len(heard) >= amount:
            done.set()

    await until_listening(there)
    there.news.subscribe(hear)
    await asyncio.gather(*(here.news.publish({"type": "test", "number": number}) for number in range(amount)))
    await asyncio.wait_for(done.wait(), 60)
    assert heard == [*range(amount)]


async def test_news_reach_this_process_while_redis_is_unavailable():
    logs, heard = SharedLogs(f"redis://127.0.0.1:{free_port()}/0"), asyncio.Event()

    async def hear(_news: dict[str, Any]) -> None:
        heard.set()

    logs.news.subscribe(hear)
    await logs.news.publish({"type": "test"})
    assert heard.is_set()


async def test_ended_or_unwatched_copies_are_dropped(here, there):
    log, viewer = here.open(KEY), Viewer()
    cursor = there.awaited(KEY).follow(viewer.send)
    say(log, "one.")
    await viewer.sees(0)
    cursor.log.unfollow(cursor)
    async with asyncio.timeout(60):
        while there._read:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    end(here, log)
    async with Redis.from_url(here._url) as redis, asyncio.timeout(60):
        while not 0 < await redis.ttl(f"chat:response:{KEY}") <= 60:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert (here._recorders, here._logs, there._awaited) == ({}, {}, {})


async def test_removed_response_leaves_nothing_in_redis(here, there, emptied):
    log = here.open(KEY)
    there.awaited(KEY).follow(Viewer().send)
    say(log, "a secret")
    async with Redis.from_url(emptied) as redis:
        await until_kept(redis, is_kept=True)
        await there.forget(KEY)
        await until_kept(redis, is_kept=False)
        # What runs on there, until it is told, has lost its beginning and writes it anew.
        say(log, "more of it")
        await until_kept(redis, is_kept=True)
        say(log, "the rest")
        here.leave(log)
        await here.forget(KEY)
        await until_kept(redis, is_kept=False)
        assert (here._outbox, here._lost, here._recorders) == ([], set(), {})


@pytest.mark.parametrize("is_begun", [False, True])
async def test_forgotten_log_is_not_written_again(here, there, emptied, is_begun):
    log, other = here.open(KEY), here.open(OTHER)
    for key in (KEY, OTHER):
        there.awaited(key).follow(Viewer().send)
    async with Redis.from_url(emptied) as redis:
        if is_begun:
            say(log, "a secret")
            await until_kept(redis, is_kept=True)
        say(log, "a secret")
        await here.forget(KEY)
        say(log, "more of it")
        say(other, "something else")
        async with asyncio.timeout(60):
            while not await redis.exists(f"chat:response:{OTHER}"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert not await redis.exists(f"chat:response:{KEY}")


async def until_kept(redis: Redis, *, is_kept: bool) -> None:
    async with asyncio.timeout(60):
        while bool(await redis.exists(f"chat:response:{KEY}")) != is_kept:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
