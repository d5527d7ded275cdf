"""The server as a process: how it starts, what it accepts and sends, and how it stops."""

import asyncio
import contextlib
import fcntl
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import aiohttp
import psutil  # type: ignore[import-untyped]
import psycopg
import pytest

from chatsite.static_files import START_LOCK
from conversations.live.consumer import TRY_AGAIN_LATER
from tests.support.redis_server import running_redis
from tests.support.site import (
    Site,
    cut_database_connections,
    environment_of,
    launch,
    new_database,
    receive_until,
    signed_in_site,
    wait_for,
)
from tests.support.socket import question

pytestmark = pytest.mark.process


@pytest.fixture
def running_site(provider, tmp_path) -> Iterator[Site]:
    with site_with(tmp_path, OPENAI_BASE_URL=provider.base_url) as site:
        yield site


def site_with(folder: Path, **settings: str) -> AbstractContextManager[Site]:
    """Start the site with ada signed in."""
    return signed_in_site(folder, "test_of_the_server", **settings)


def test_starts_that_share_a_data_folder_take_turns(running_site, tmp_path):
    """Two at once would replace each other's static files."""
    running_site.end()
    with (tmp_path / START_LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        restart = threading.Thread(target=running_site.start)
        restart.start()
        # A waiting lock stands in this list with an arrow.
        waiting = re.compile(rf"-> FLOCK .*:{os.fstat(lock.fileno()).st_ino} ")
        while not waiting.search(Path("/proc/locks").read_text()):
            assert restart.is_alive()
            time.sleep(0.05)
    restart.join(timeout=30)
    assert running_site.process.poll() is None


async def test_answer_survives_closed_database_connections(running_site, provider):
    site = running_site
    provider.script(match="tide", text="High tide at noon", deltas=2, at={"5": {"wait": "go"}})
    provider.script(match="long", text="€" * 1_000_000, deltas=3)
    async with site.tab() as tab:
        # An event may be longer than the longest message that a browser may send.
        await tab.send_json(question("Something long"))
        completed = await receive_until(tab, "response.completed")
        assert completed["response"]["output"][0]["content"][0]["text"] == "€" * 1_000_000

        # A database closes all connections when it restarts.
        await tab.send_json(question("Rising tide"))
        await receive_until(tab, "response.output_text.delta")
        site.cut_database_connections()
        provider.release("go")
        await receive_until(tab, "response.completed")
        assert site.stored() == ("completed", None, "High tide at noon")


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "stopped"])
async def test_new_process_begins_interrupted_answers_again(running_site, provider, is_killed):
    provider.script(times=1, match="ebb", text="Low tide at six", deltas=2, at={"5": {"wait": "never"}})
    provider.script(match="ebb", text="Low tide at seven", deltas=2)
    seen = await lose_the_process(running_site, is_killed=is_killed)
    completed = await come_back(running_site, seen)
    assert completed["response_id"] == seen["response_id"]
    assert running_site.stored() == ("completed", None, "Low tide at seven")
    assert running_site.stored(1) == ("failed", "interrupted", seen["delta"])


async def test_new_process_resumes_background_responses(provider, tmp_path):
    provider.script(match="ebb", text="Low tide at six", deltas=2, at={"6": {"wait": "go"}})
    with site_with(tmp_path, OPENAI_BASE_URL=provider.base_url, BACKGROUND="always") as site:
        seen = await lose_the_process(site, is_killed=True)
        provider.release("go")
        await come_back(site, seen)
        assert site.stored() == ("completed", None, "Low tide at six")
        assert site.query("SELECT count(*) FROM conversations_response") == [(1,)]


async def test_stopping_process_shows_what_ends_and_begins_nothing(running_site, provider):
    """A socket that sends a message is closed instead. The page sends the message again over its next one."""
    provider.script(match="ebb", text="Low tide at six", deltas=2, at={"6": {"wait": "go"}})
    async with running_site.tab() as watching, running_site.tab() as asking:
        await watching.send_json(question("And the ebb?"))
        await receive_until(watching, "response.output_text.delta")
        running_site.process.terminate()
        await asyncio.to_thread(wait_for, lambda: not listens(running_site))
        await asking.send_json(question("And the flood?"))
        async for _ in asking:
            pass
        assert asking.close_code == TRY_AGAIN_LATER
        provider.release("go")
        await receive_until(watching, "response.completed")
    assert await asyncio.to_thread(running_site.process.wait, 10) == 0
    assert running_site.query("SELECT status FROM conversations_response") == [("completed",)]


def listens(site: Site) -> bool:
    with (
        contextlib.suppress(ConnectionRefusedError),
        socket.create_connection(("127.0.0.1", int(site.environment["PORT"]))),
    ):
        return True
    return False


async def lose_the_process(site: Site, *, is_killed: bool) -> dict[str, Any]:
    """Send a message and end the process once part of the answer is stored; return the last event that was seen."""
    async with site.tab() as tab:
        await tab.send_json(question("And the ebb?"))
        queued = await receive_until(tab, "response.queued")
        delta = await receive_until(tab, "response.output_text.delta")
        await asyncio.to_thread(site.wait_for_checkpoint)
        assert await asyncio.to_thread(site.end, is_killed=is_killed) == (-signal.SIGKILL if is_killed else 0)
    return delta | {"conversation": queued["response"]["conversation"]["id"]}


async def come_back(site: Site, seen: dict[str, Any]) -> dict[str, Any]:
    """Start a new process, follow the answer from the last event that was seen, and return its end."""
    await asyncio.to_thread(site.start)
    async with site.tab() as tab:
        follow = {"type": "conversation.follow", "conversation": seen["conversation"], "after": seen["response_id"]}
        await tab.send_json(follow | {"seen": {seen["response_id"]: seen["sequence_number"]}})
        return await receive_until(tab, "response.completed")


@pytest.mark.parametrize("in_pieces", [False, True])
async def test_oversized_message_closes_only_its_own_socket(running_site, provider, in_pieces):
    async with running_site.tab() as other:
        async with running_site.tab() as tab:
            # The server closes the connection before it has read everything.
            with contextlib.suppress(ConnectionError):
                if in_pieces:
                    for number in range(4):
                        send_piece(tab, number, b"x" * 1_000_000)
                else:
                    await tab.send_str("x" * 4_000_000)
            message = await asyncio.wait_for(tab.receive(), 15)
            assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
        await other.send_json(question("Still there?"))
        await receive_until(other, "response.completed")


def send_piece(tab: aiohttp.ClientWebSocketResponse, number: int, data: bytes) -> None:
    """Send one of several frames of a message, which aiohttp itself never does (RFC 6455, 5.2)."""
    first_byte, is_masked, mask = (b"\x00" if number else b"\x01"), b"\xff", bytes(4)
    tab._writer.transport.write(first_byte + is_masked + len(data).to_bytes(8) + mask + data)


async def test_open_tabs_go_on_when_redis_stops(provider, tmp_path):
    with (
        running_redis(tmp_path) as (redis, url),
        site_with(tmp_path, REDIS_URL=url, OPENAI_BASE_URL=provider.base_url) as site,
    ):
        async with site.tab() as tab, site.tab() as other:
            await tab.send_json(question("Something"))
            first = await receive_until(tab, "response.completed")
            chain = {
                "conversation": first["response"]["conversation"]["id"],
                "previous_response_id": first["response_id"],
            }
            await other.send_json({"type": "conversation.follow", "conversation": chain["conversation"]})
            await receive_until(other, "response.completed")
            await tab.send_json(question("And again?", **chain))
            second = await receive_until(tab, "response.completed")
            assert (await receive_until(other, "response.completed"))["response_id"] == second["response_id"]

            redis.terminate()
            redis.wait(timeout=60)
            await tab.send_json(question("Still there?", **chain))
            third = await receive_until(tab, "response.completed")
            assert third["response_id"] not in {first["response_id"], second["response_id"]}


@pytest.mark.parametrize(
    ("host", "problem"), [("127.0.0.1", "is already in use. "), ("192.0.2.1", "can't be used: Cannot assign")]
)
def test_unusable_port_stops_the_start_first(tmp_path, host, problem):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        # If the start used this database, it would fail with another message.
        nowhere = "postgresql://127.0.0.1:1/nowhere"
        process = launch(environment_of(tmp_path, nowhere) | {"HOST": host, "PORT": str(port)})
        said, errors = process.communicate(timeout=60)
    assert (process.returncode, said) == (1, "")
    assert errors.startswith(f"Port {port} on {host} {problem}")
    assert errors.count("\n") == 1


async def test_start_retries_when_the_database_closes_the_connection(tmp_path):
    with new_database("test_of_the_start") as database_url:
        environment = environment_of(tmp_path, database_url)
        with launch(environment) as process, psycopg.connect(database_url, autocommit=True) as connection:
            wait_for(lambda: connection.execute("SELECT to_regclass('django_migrations')").fetchone() != (None,))
            cut_database_connections(database_url)
            assert process.stdout is not None
            said = process.stdout.readline()
            process.kill()
            assert process.stderr is not None
            errors = process.stderr.read()
            assert said == f"The chat site is running at http://127.0.0.1:{environment['PORT']}\n", errors
            assert "The database closed the connection; trying again" in errors


async def test_several_processes_share_one_port(provider, tmp_path):
    provider.script(match="tide", text="High tide at noon", deltas=4, at={"5": {"wait": "go"}})
    with (
        running_redis(tmp_path) as (_, url),
        site_with(tmp_path, REDIS_URL=url, PROCESSES="3", OPENAI_BASE_URL=provider.base_url) as site,
    ):
        workers = psutil.Process(site.process.pid).children()
        assert len(workers) == 3
        async with site.tab() as tab:
            await tab.send_json(question("Rising tide"))
            queued = await receive_until(tab, "response.queued")
            await receive_until(tab, "response.output_text.delta")
        follow = {"type": "conversation.follow", "conversation": queued["response"]["conversation"]["id"]}
        # So many tabs that every process gets some.
        async with contextlib.AsyncExitStack() as tabs:
            for tab in [await tabs.enter_async_context(site.tab()) for _ in range(12)]:
                await tab.send_json(follow)
                assert (await receive_until(tab, "response.output_text.delta"))["response_id"] == queued["response_id"]
            provider.release("go")

        await asyncio.to_thread(wait_for, lambda: site.stored()[0] == "completed")
        workers[0].kill()
        await asyncio.to_thread(wait_for, lambda: len(psutil.Process(site.process.pid).children()) == 3)
        assert await asyncio.to_thread(site.end) == 0
        assert [worker for worker in workers if worker.is_running()] == []
