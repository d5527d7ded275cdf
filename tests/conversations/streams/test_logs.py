"""The log and its cursors: every viewer gets every event once and in order, wherever it starts."""

import asyncio
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.streams.logs import Log, Logs, Schedule
from providers.responses_api.events import Delta, Event
from tests.support.log_viewer import Viewer


def word(text: str) -> Delta:
    return Delta(type="response.output_text.delta", delta=text)


async def test_events_have_numbers_and_the_response_id():
    log, viewer = Logs().open("r1"), Viewer()
    log.append({"type": "response.queued"})
    log.append(word("Hi"))
    log.follow(viewer.send, viewer.write)
    await viewer.sees(1)

    assert viewer.frames == [
        {"type": "response.queued", "response_id": "r1", "sequence_number": 0},
        {"type": "response.output_text.delta", "delta": "Hi", "response_id": "r1", "sequence_number": 1},
    ]


async def test_first_delta_is_sent_at_once_and_later_ones_together():
    log, viewer = Logs().open("r1"), Viewer()
    log.follow(viewer.send, viewer.write)
    log.append(word("a"))
    await viewer.sees(0)
    for text in "bcd":
        log.append(word(text))
        await asyncio.sleep(0)
    await viewer.sees(3)

    assert [frame["delta"] for frame in viewer.frames] == ["a", "bcd"]


async def test_first_delta_is_sent_at_once_after_its_announcement(monkeypatch):
    # Long after the test.
    monkeypatch.setattr("conversations.streams.logs.FRAME_SECONDS", 60)
    log, viewer = Logs().open("r1"), Viewer()
    log.follow(viewer.send, viewer.write)
    events: list[Event] = [{"type": "response.created"}, {"type": "response.output_item.added"}, word("a")]
    for number, event in enumerate(events):
        log.append(event)
        await viewer.sees(number)

    assert [frame["type"] for frame in viewer.frames] == [
        "response.created",
        "response.output_item.added",
        "response.output_text.delta",
    ]


async def test_late_viewer_gets_the_past_in_one_frame():
    log, viewer = Logs().open("r1"), Viewer()
    for text in "abcdef":
        log.append(word(text))
    log.follow(viewer.send, viewer.write)
    await viewer.sees(5)

    assert [frame["delta"] for frame in viewer.frames] == ["abcdef"]


async def test_deltas_of_other_texts_are_not_joined():
    log, viewer = Logs().open("r1"), Viewer()
    other = Delta(type="response.output_text.delta", delta="c", item_id='an "odd" id', output_index=1)
    for event in (word("a"), word("b"), other, word("d"), {"type": "response.in_progress"}, word("e")):
        log.append(event)
    log.follow(viewer.send, viewer.write)
    await viewer.sees(5)

    assert [frame.get("delta") for frame in viewer.frames] == ["ab", "c", "d", None, "e"]
    assert viewer.frames[1] == msgspec.to_builtins(other) | {"response_id": "r1", "sequence_number": 2}
    assert [frame["sequence_number"] for frame in viewer.frames] == [1, 2, 3, 4, 5]


@given(st.lists(st.text(max_size=3), min_size=1), st.integers(0, 50))
def test_viewer_may_have_seen_any_delta(texts, seen):
    log = Log("r1", Schedule())
    for text in texts:
        log.append(word(text))
    (joined,) = log.joined(seen) or [b'{"delta": ""}']
    apart = [json.loads(event) for event in log.apart(seen)]
    assert json.loads(joined)["delta"] == "".join(texts[seen:])
    assert [event["delta"] for event in apart] == texts[seen:]
    assert [event["sequence_number"] for event in apart] == list(range(len(texts)))[seen:]


async def test_closed_log_is_dropped_and_still_read_to_its_end():
    logs, viewer = Logs(), Viewer()
    log = logs.open("r1")
    log.follow(viewer.send, viewer.write)
    log.append(word("a"))
    log.append({"type": "response.completed"})
    logs.close(log)
    await viewer.sees(1)

    assert logs.get("r1") is None
    assert [frame["type"] for frame in viewer.frames] == ["response.output_text.delta", "response.completed"]


async def test_closed_log_that_all_have_read_frees_its_events():
    logs, viewer = Logs(), Viewer()
    log = logs.open("r1")
    cursor = log.follow(viewer.send, viewer.write)
    log.append({"type": "response.completed"})
    logs.close(log)
    assert not log.is_empty
    await viewer.sees(0)

    assert cursor.stopped
    assert log.is_empty


async def test_viewer_that_unfollowed_gets_nothing_more():
    log, viewer, other = Logs().open("r1"), Viewer(), Viewer()
    cursor = log.follow(viewer.send, viewer.write)
    log.follow(other.send, other.write)
    log.append(word("a"))
    log.unfollow(cursor)
    await other.sees(0)

    assert viewer.frames == []


async def test_broken_viewer_does_not_delay_the_others(caplog):
    log, viewer = Logs().open("r1"), Viewer()

    async def broken(_frame: str) -> None:
        raise ConnectionError

    log.follow(broken)
    log.follow(viewer.send, viewer.write)
    log.append(word("a"))
    await viewer.sees(0)
    log.append(word("b"))
    await viewer.sees(1)

    assert viewer.text == "ab"
    assert caplog.text.count("could not be reached") == 1


async def test_slow_viewer_gets_the_rest_in_order():
    log, viewer = Logs().open("r1"), Viewer()
    gate = asyncio.Event()

    async def slow(frame: str) -> None:
        await gate.wait()
        await viewer.send(frame)

    log.follow(slow)
    for text in "abcdef":
        log.append(word(text))
        await asyncio.sleep(0)
    gate.set()
    await viewer.sees(5)

    assert viewer.text == "abcdef"
    assert len(viewer.frames) == 2


async def test_slow_viewer_does_not_delay_the_others():
    log, viewer = Logs().open("r1"), Viewer()

    async def stuck(_frame: str) -> None:
        await asyncio.Event().wait()

    log.follow(stuck)
    log.follow(viewer.send, viewer.write)
    log.append(word("a"))
    await viewer.sees(0)
    log.append(word("b"))
    await viewer.sees(1)

    assert viewer.text == "ab"


async def test_viewer_that_unfollows_while_it_reads_gets_nothing_more():
    log, viewer, other = Logs().open("r1"), Viewer(), Viewer()
    gate = asyncio.Event()

    async def slow(frame: str) -> None:
        await viewer.send(frame)
        await gate.wait()

    log.append({"type": "response.queued"})
    log.append(word("a"))
    cursor = log.follow(slow)
    await viewer.sees(0)
    log.unfollow(cursor)
    gate.set()
    log.follow(other.send, other.write)
    await other.sees(1)

    assert len(viewer.frames) == 1


@pytest.mark.slow
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("append"), st.text(min_size=1, max_size=3)),
            st.tuples(st.just("announce"), st.none()),
            st.tuples(st.just("reconnect"), st.integers(0, 2)),
            st.tuples(st.just("stall"), st.integers(0, 2)),
            st.tuples(st.just("wait"), st.sampled_from([0, 0.001, 0.003])),
        ),
        max_size=40,
    )
)
def test_no_event_is_lost_or_repeated_in_any_order_of_steps(steps):
    asyncio.run(_play(steps))


async def _play(steps):
    log = Logs().open("r1")
    viewers = [Viewer() for _ in range(3)]
    cursors = [log.follow(viewer.send, viewer.write) for viewer in viewers]
    said = ""
    for step, value in steps:
        if step == "append":
            log.append(word(value))
            said += value
        elif step == "reconnect":
            log.unfollow(cursors[value])
            cursors[value] = log.follow(viewers[value].send, viewers[value].write, after=viewers[value].seen)
        elif step == "announce":
            log.append({"type": "response.in_progress"})
        elif step == "stall":
            viewers[value].keeps_up = not viewers[value].keeps_up
        else:
            await asyncio.sleep(value)
    for viewer in viewers:
        await viewer.sees(log.last)
        assert viewer.text == said
        numbers = [frame["sequence_number"] for frame in viewer.frames]
        assert numbers == sorted(set(numbers))
