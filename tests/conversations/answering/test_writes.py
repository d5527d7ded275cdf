"""Beginnings, checkpoints and ends that are stored together: each as if it were alone."""

import asyncio
from dataclasses import replace

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from common.threads import in_thread
from conversations.answering import ownership
from conversations.answering.ownership import Beginning, Checkpoint, Ending
from conversations.answering.writes import MAX_BYTES, Writes
from conversations.models import Conversation, Response
from tests.support.conversations import ask, begin, text

pytestmark = pytest.mark.django_db(transaction=True)


def output(words: str) -> list[dict]:
    return [{"type": "message", "role": "assistant", "content": [text(words)]}]


def ending(response: Response, words: str = "Noon.", status: str = "completed", **fields) -> Ending:
    return Ending(response, status, output(words), sequence_number=9, **fields)


@pytest.fixture
def conversation(ada) -> Conversation:
    return Conversation.objects.create(user=ada, title="Tides")


@pytest.fixture
def responses(conversation) -> list[Response]:
    return [ask(conversation) for _ in range(4)]


async def finish_together(*endings: Ending) -> list:
    writes = Writes()
    return await asyncio.gather(*map(writes.finish, endings), return_exceptions=True)


def count_rows(monkeypatch) -> list[int]:
    """Return a list of how many rows each statement stores from now on."""
    counts = []

    def counted(store):
        def call(rows):
            counts.append(len(rows))
            return store(rows)

        return call

    for name in ("begin", "checkpoint", "finish"):
        monkeypatch.setattr(ownership, name, counted(getattr(ownership, name)))
    return counts


def statuses(responses: list[Response]) -> list[str]:
    by_id = dict(Response.objects.values_list("pk", "status"))
    return [by_id[response.pk] for response in responses]


async def test_what_comes_at_the_same_moment_is_one_statement(responses, monkeypatch):
    stored = count_rows(monkeypatch)
    writes = Writes()
    begun = await asyncio.gather(*(writes.begin(Beginning(each, f"resp_{each.pk}")) for each in responses))
    ended = await asyncio.gather(*(writes.finish(ending(each)) for each in responses))
    assert (begun, [conversation.title for conversation in ended if conversation]) == ([True] * 4, ["Tides"] * 4)
    assert stored == [4, 4]


async def test_long_outputs_are_several_statements(responses, monkeypatch):
    stored = count_rows(monkeypatch)
    long = [ending(response, "Noon. " * (MAX_BYTES // 14)) for response in responses]
    assert None not in await finish_together(*long)
    assert stored == [2, 2]


def test_ends_and_their_marks_are_one_statement(responses):
    with CaptureQueriesContext(connection) as queries:
        ownership.finish([ending(response) for response in responses])
    # The statement itself is prepared, past Django: nothing else is asked.
    assert len(queries) == 0
    assert statuses(responses) == ["completed"] * 4


def rows_of(responses: list[Response]) -> list[tuple[list[dict], int, int | None]]:
    rows = Response.objects.in_bulk([response.pk for response in responses])
    return [(rows[each.pk].output, rows[each.pk].sequence_number, rows[each.pk].starting_after) for each in responses]


async def test_checkpoints_are_one_statement_and_change_no_row_that_ended_or_is_of_another_process(
    responses, server_process, monkeypatch
):
    await in_thread(Response.objects.filter(pk=responses[0].pk).update)(process=server_process.name)
    await Writes().finish(ending(responses[1]))
    stored, writes = count_rows(monkeypatch), Writes()
    outcomes = await asyncio.gather(
        *(writes.checkpoint(Checkpoint(each, output("High"), 3, number)) for number, each in enumerate(responses))
    )
    assert (stored, outcomes) == ([4], [False, False, True, True])
    assert await in_thread(rows_of)(responses) == [
        ([], 0, None),
        (output("Noon."), 9, None),
        (output("High"), 3, 2),
        (output("High"), 3, 3),
    ]


@pytest.mark.parametrize("words", ["a\0b", "\ud800"])
async def test_checkpoint_that_cannot_be_stored_hurts_no_other(responses, words):
    writes = Writes()
    outcomes = await asyncio.gather(
        writes.checkpoint(Checkpoint(responses[0], output("High"), 3, None)),
        writes.checkpoint(Checkpoint(responses[1], output(words), 3, None)),
        return_exceptions=True,
    )
    assert (outcomes[0], isinstance(outcomes[1], Exception)) == (True, True)
    assert await in_thread(rows_of)(responses[:2]) == [(output("High"), 3, None), ([], 0, None)]


async def test_id_that_two_responses_share_hurts_no_third(responses):
    writes = Writes()
    ids = ["resp_1", "resp_2", "resp_2", "resp_3"]
    begun = await asyncio.gather(*map(writes.begin, map(Beginning, responses, ids)))
    assert begun == [True] * 4
    rows = await in_thread(lambda: dict(Response.objects.values_list("pk", "response_id")))()
    assert [rows[response.pk] for response in responses] == ["resp_1", None, None, "resp_3"]


@pytest.mark.parametrize("response_id", ["resp_\0", "", None, 7, "r" * 1001, "ü" * 501])
async def test_odd_id_hurts_no_other(responses, response_id):
    writes = Writes()
    odd, *others = responses
    results = await asyncio.gather(
        writes.begin(Beginning(odd, response_id, 3)),
        *(writes.begin(Beginning(response, f"resp_{response.pk}")) for response in others),
        return_exceptions=True,
    )
    assert results[1:] == [True] * 3
    assert await in_thread(Response.objects.exclude(response_id=None).count)() == 3
    assert (results[0] is True) == (response_id != "resp_\0")


@pytest.mark.parametrize(
    "unstorable",
    [
        {"output": [{"type": "message", "content": [text("a\0b")]}]},
        {"output": [{"type": "message", "content": [text("\ud800")]}]},
        {"output": {"type": "message"}},
        {"status": "done"},
        {"sequence_number": 2**70},
    ],
)
async def test_end_that_cannot_be_stored_hurts_no_other(responses, unstorable):
    odd, *others = responses
    results = await finish_together(replace(ending(odd), **unstorable), *map(ending, others))
    assert isinstance(results[0], Exception)
    assert [conversation.title for conversation in results[1:]] == ["Tides"] * 3
    assert await in_thread(statuses)(responses) == ["queued"] + ["completed"] * 3


async def test_row_of_another_process_is_left_alone(responses, server_process):
    theirs = responses[0]
    await in_thread(Response.objects.filter(pk=theirs.pk).update)(process=server_process.name)
    writes = Writes()
    begun = await asyncio.gather(*(writes.begin(Beginning(each, f"resp_{each.pk}")) for each in responses))
    assert begun == [False, True, True, True]
    ends = await finish_together(*map(ending, responses))
    assert ends[0] is None
    assert None not in ends[1:]
    assert await in_thread(statuses)(responses) == ["queued"] + ["completed"] * 3


async def test_end_is_stored_once_and_storing_it_again_succeeds(responses):
    first = await finish_together(*map(ending, responses))
    again = await finish_together(*map(ending, responses[:2]), ending(responses[2], status="cancelled"))
    assert None not in first
    assert again[:2] == first[:2]
    assert again[2] is None
    assert not await in_thread(begin)(responses[3], "resp_late")


async def test_ends_wait_for_the_database(responses, monkeypatch):
    store, failures = ownership.finish, [OperationalError("the connection broke"), OperationalError("no connection")]

    def fail_first(rows):
        if failures:
            raise failures.pop()
        return store(rows)

    monkeypatch.setattr(ownership, "finish", fail_first)
    assert None not in await finish_together(*map(ending, responses))
    assert failures == []
    assert await in_thread(statuses)(responses) == ["completed"] * 4


async def test_end_without_output_keeps_what_is_stored(responses):
    response = responses[0]
    await in_thread(Response.objects.filter(pk=response.pk).update)(output=output("High"), sequence_number=5)
    await Writes().finish(Ending(response, "failed", error={"code": "server_error"}))
    row = await in_thread(Response.objects.get)(pk=response.pk)
    assert (row.status, row.output, row.sequence_number) == ("failed", output("High"), 6)
    assert (row.error, row.usage) == ({"code": "server_error"}, None)


@pytest.mark.parametrize(
    ("status", "fields", "is_unseen"),
    [
        ("completed", {}, True),
        ("failed", {}, True),
        ("cancelled", {}, False),
        ("completed", {"is_temporary": True}, False),
    ],
)
def test_conversation_is_unseen_after_an_end(ada, status, fields, is_unseen):
    conversation = Conversation.objects.create(user=ada, title="Tides", **fields)
    [shown] = ownership.finish([ending(ask(conversation), status=status)])
    conversation.refresh_from_db()
    assert (conversation.unseen_at is not None, conversation.unseen_at) == (is_unseen, shown.unseen_at)
    assert (shown.user_id, shown.is_temporary, shown.is_running) == (ada.pk, conversation.is_temporary, False)

    # A mark that is set already keeps its time.
    [again] = ownership.finish([ending(ask(conversation))])
    assert again.is_temporary or again.unseen_at >= (shown.unseen_at or again.unseen_at)
    if is_unseen:
        assert again.unseen_at == shown.unseen_at


def test_conversation_runs_until_its_last_answer_ends(responses):
    some = ownership.finish([ending(response) for response in responses[:3]])
    assert [conversation.is_running for conversation in some] == [True] * 3
    assert [conversation.is_running for conversation in ownership.finish([ending(responses[3])])] == [False]
