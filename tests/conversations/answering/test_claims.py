"""Claims: who is gone is taken over, exactly once; who lives keeps what it answers."""

import asyncio
import contextlib
import os
import socket
import uuid
from collections.abc import AsyncIterator

import pytest
from psycopg import AsyncConnection

from common.threads import in_thread
from conversations.answering import ownership
from conversations.answering.claims import KEEPALIVES, Claim, Claims, conninfo, key
from conversations.models import Conversation, Response
from tests.support.conversations import begin, finish, queue_message
from tests.support.network import drop_incoming
from tests.support.ports import free_port
from tests.support.postgres import running_postgres

pytestmark = pytest.mark.django_db(transaction=True)


async def connect() -> Claim:
    return await AsyncConnection.connect(conninfo(), autocommit=True)


@pytest.fixture
async def connection() -> AsyncIterator[Claim]:
    async with await connect() as connection:
        yield connection


@pytest.fixture
async def other() -> AsyncIterator[Claim]:
    async with await connect() as connection:
        yield connection


@in_thread
def running(user, process: uuid.UUID | None, count: int = 1) -> set[uuid.UUID]:
    conversation = Conversation.objects.create(user=user)
    return {queue_message(conversation, user=user, input=[], process=process)[0].pk for _ in range(count)}


@in_thread
def processes() -> set[uuid.UUID | None]:
    return set(Response.objects.values_list("process", flat=True))


async def look_twice(claims: Claims, connection: Claim) -> set[uuid.UUID]:
    """Look for lost responses twice, since only the second look takes them over; return what it took."""
    assert await claims.take_over(connection) == []
    return set(await claims.take_over(connection))


async def test_responses_of_a_dead_process_are_taken_over(connection, ada):
    gone, claims = uuid.uuid4(), Claims(uuid.uuid4())
    theirs = await running(ada, gone, 3)
    assert await look_twice(claims, connection) == theirs
    assert await processes() == {claims.process}
    assert await claims.take_over(connection) == []


async def test_handed_off_response_is_taken_over(connection, ada):
    claims = Claims(uuid.uuid4())
    theirs = await running(ada, None)
    assert set(await claims.take_over(connection)) == theirs


async def test_living_process_keeps_its_responses(connection, other, ada):
    living = Claims(uuid.uuid4())
    await living._lock(other)
    await running(ada, living.process)
    assert await look_twice(Claims(uuid.uuid4()), connection) == set()
    assert await processes() == {living.process}

    await end(other, connection)
    assert len(await look_twice(Claims(uuid.uuid4()), connection)) == 1


async def test_process_with_a_broken_connection_keeps_its_responses(connection, other, ada):
    """A process whose connection breaks keeps its responses, even if another process starts at that moment."""
    living, newcomer = Claims(uuid.uuid4()), Claims(uuid.uuid4())
    await running(ada, living.process)
    assert await newcomer.take_over(connection) == []
    await living._lock(other)
    assert await newcomer.take_over(connection) == []
    await end(other, connection)
    assert len(await look_twice(newcomer, connection)) == 1


async def test_ended_response_keeps_its_process(connection, ada):
    gone = uuid.uuid4()
    (ended,) = await running(ada, gone)
    response = await in_thread(Response.objects.get)(pk=ended)
    assert await in_thread(finish)(response, "completed", output=[], sequence_number=1)
    assert await look_twice(Claims(uuid.uuid4()), connection) == set()


async def test_one_of_many_concurrent_processes_takes_over(ada):
    gone = uuid.uuid4()
    theirs = await running(ada, gone, 5)

    async with contextlib.AsyncExitStack() as stack:
        lookers = [(Claims(uuid.uuid4()), await stack.enter_async_context(await connect())) for _ in range(8)]
        for claims, connection in lookers:
            await claims._lock(connection)
        found: list[uuid.UUID] = []
        # At the same moment they keep the lock from each other.
        while len(found) < len(theirs):
            for taken in await asyncio.gather(*(claims.take_over(connection) for claims, connection in lookers)):
                found += taken
    assert sorted(found) == sorted(theirs)


async def test_process_that_lost_a_response_writes_no_more(connection, ada):
    gone, claims = uuid.uuid4(), Claims(uuid.uuid4())
    (theirs,) = await running(ada, gone)
    response = await in_thread(Response.objects.get)(pk=theirs)
    await look_twice(claims, connection)
    assert not await in_thread(begin)(response, "resp_1")
    assert not await in_thread(finish)(response, "completed", output=[], sequence_number=1)
    assert not await in_thread(ownership.restart)(response, {"code": "interrupted"}, [])


async def test_lock_is_released_with_its_connection(connection, other):
    claims, (first, second) = Claims(uuid.uuid4()), (connection, other)
    await claims._lock(first)
    try_lock = ("SELECT pg_try_advisory_lock(%s)", [key(claims.process)])
    assert await (await second.execute(*try_lock)).fetchone() == (False,)
    await first.close()
    async with asyncio.timeout(60):
        while await (await second.execute(*try_lock)).fetchone() == (False,):
            pass


@pytest.mark.process
async def test_lock_of_a_vanished_machine_is_released_soon(monkeypatch):
    """The lock is released soon, although PostgreSQL by itself would trust such a connection for two hours."""
    monkeypatch.setattr("conversations.answering.claims.KEEPALIVES", dict.fromkeys(KEEPALIVES, "1"))
    claims = Claims(uuid.uuid4())
    with running_postgres() as postgres:
        url = postgres.listen(free_port())
        async with (
            await AsyncConnection.connect(url, autocommit=True) as vanished,
            await AsyncConnection.connect(url, autocommit=True) as other,
        ):
            await claims._lock(vanished)
            with socket.socket(fileno=os.dup(vanished.fileno())) as ours:
                drop_incoming(ours)
            async with asyncio.timeout(15):
                await other.execute("SELECT pg_advisory_lock(%s)", [key(claims.process)])


async def test_response_that_a_process_never_heard_of_is_found(connection, ada):
    """The connection may break after a message was stored and before the process hears of it."""
    claims = Claims(uuid.uuid4())
    told, untold = await running(ada, claims.process), await running(ada, claims.process)
    assert await claims.forgotten(connection, told.__contains__) == []
    # One that began meanwhile may be about to be told.
    await running(ada, claims.process)
    assert set(await claims.forgotten(connection, told.__contains__)) == untold


async def test_stopping_process_takes_nothing_over(connection, ada):
    """A stopping process takes nothing over, least of all what it has handed off."""
    stopping, gone = Claims(uuid.uuid4()), uuid.uuid4()
    await running(ada, None)
    await running(ada, gone)
    await running(ada, stopping.process)
    stopping.stop_claiming()
    for _ in range(2):
        assert await stopping.check(connection, lambda _: False) == []
    assert await processes() == {None, gone, stopping.process}


@pytest.fixture
async def keeping(monkeypatch) -> AsyncIterator[tuple[Claims, asyncio.Queue[uuid.UUID]]]:
    """Run claims while the block runs; yield them with a list of what they take over."""
    monkeypatch.setattr("conversations.answering.claims.GRACE_SECONDS", 0.01)
    claims, found = Claims(uuid.uuid4()), asyncio.Queue[uuid.UUID]()
    task = asyncio.create_task(claims.keep(lambda responses: found.put_nowait(responses[0]), lambda _: True))
    yield claims, found
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.slow
async def test_claims_are_checked_periodically_and_after_a_broken_connection(monkeypatch, keeping, other, ada):
    monkeypatch.setattr("conversations.answering.claims.CHECK_SECONDS", 0.01)
    claims, found = keeping
    for _ in range(2):
        (theirs,) = await running(ada, None)
        assert await asyncio.wait_for(found.get(), 60) == theirs
        await cut(other, await holder(other, claims))


async def test_broken_connection_is_replaced_at_once(monkeypatch, keeping, other):
    monkeypatch.setattr("conversations.answering.claims.CHECK_SECONDS", 1000)
    claims, _ = keeping
    first = await holder(other, claims)
    await cut(other, first)
    assert await holder(other, claims, but=first)


async def test_lock_that_is_not_free_in_time_is_tried_again(monkeypatch, caplog, connection, other):
    """The database may hold the lock for a connection that it doesn't know to be dead."""
    monkeypatch.setattr("conversations.answering.claims.TIMEOUT_SECONDS", 0.3)
    claims = Claims(uuid.uuid4())
    await claims._lock(connection)
    before = await holder(other, claims)
    task = asyncio.create_task(claims.keep(lambda _: None, lambda _: True))
    async with asyncio.timeout(60):
        while "claims broke" not in caplog.text:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await connection.close()
    assert await holder(other, claims, but=before)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def holder(connection: Claim, claims: Claims, *, but: int | None = None) -> int:
    """Wait until a process of the database holds the lock of that name; return its id."""
    query = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = %s::oid"
    async with asyncio.timeout(60):
        while True:
            row = await (await connection.execute(query, [key(claims.process) & 0xFFFFFFFF])).fetchone()
            if row and row[0] != but:
                return int(row[0])


async def end(connection: Claim, seen_by: Claim) -> None:
    """Close a connection, and wait until the database has noticed."""
    pid = connection.info.backend_pid
    await connection.close()
    async with asyncio.timeout(60):
        while await (await seen_by.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid])).fetchone():
            pass


async def cut(connection: Claim, pid: int) -> None:
    await connection.execute("SELECT pg_terminate_backend(%s)", [pid])
