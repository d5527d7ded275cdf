"""The states of an answer: which may follow which, and what each change forgets."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.answering.state import MAX_CHECKPOINT_SECONDS, TRANSITIONS, Answer, State
from conversations.models import Conversation, Response
from conversations.streams.logs import Log, Schedule
from providers.responses_api.events import Delta, Event

REACH = {State.QUEUED: [], State.IN_PROGRESS: ["begin"], State.ENDED: ["end"]}
"""What leads a new answer to each state."""
ENTER = {State.QUEUED: "requeue", State.IN_PROGRESS: "begin", State.ENDED: "end"}


def new_answer(*, is_taken_over: bool = False, **fields) -> Answer:
    response = Response(conversation=Conversation(), **fields)
    return Answer(response, Log(str(response.pk), Schedule()), is_taken_over=is_taken_over)


@pytest.mark.parametrize(("before", "after"), list(itertools.product(State, State)))
def test_only_listed_transitions_are_possible(before, after):
    answer = new_answer()
    for step in REACH[before]:
        getattr(answer, step)()
    assert answer.state is before
    if after in TRANSITIONS[before]:
        getattr(answer, ENTER[after])()
        assert answer.state is after
    else:
        with pytest.raises(ValueError, match=f"{before.value} can't become {after.value}"):
            getattr(answer, ENTER[after])()
        assert answer.state is before


@pytest.mark.parametrize("is_taken_over", [False, True])
def test_taken_over_answer_counts_as_begun(is_taken_over):
    assert new_answer(is_taken_over=is_taken_over).has_begun == is_taken_over


def test_requeued_answer_forgets_its_output():
    answer = new_answer(is_taken_over=True, starting_after=7, output=[{"type": "message", "content": []}])
    assert answer.is_in_background
    answer.requeue()
    assert (answer.output.items(), answer.is_in_background, answer.has_begun) == ([], False, False)


def test_resumed_stream_yields_each_event_once():
    answer = new_answer(is_taken_over=True, starting_after=3)
    events: list[Event] = [
        {"type": "response.in_progress", "sequence_number": 2},
        Delta("response.output_text.delta", "High", sequence_number=3),
        Delta("response.output_text.delta", " tide", sequence_number=4),
        {"type": "response.output_item.done", "sequence_number": 5},
        {"type": "response.output_item.done", "sequence_number": 4},
        {"type": "without a number"},
    ]
    assert [answer.is_new(event, is_resumed=True) for event in events] == [False, False, True, True, False, True]
    assert answer.starting_after == 5


def test_foreground_stream_ignores_event_numbers():
    answer = new_answer()
    assert [answer.is_new({"sequence_number": 0}, is_resumed=False) for _ in range(2)] == [True, True]


@pytest.mark.parametrize("number", [3, 2, -1, 2**63])
def test_stream_whose_numbers_do_not_grow_is_read_but_cannot_be_resumed(number):
    answer = new_answer(is_taken_over=True, starting_after=3)
    assert [answer.is_new({"sequence_number": at}, is_resumed=False) for at in (4, number, 5)] == [True] * 3
    assert not answer.is_in_background


def test_long_output_that_grew_by_little_is_stored_less_often():
    answer = new_answer()
    answer.begin()
    assert not answer.is_checkpoint_due(100.0)
    stored = []
    for number in range(1000):
        answer.log.append(Delta("response.output_text.delta", "word "))
        if answer.is_checkpoint_due(100.0):
            answer.checkpointed, answer.checkpointed_at = answer.log.last, 100.0
            stored.append(number)
    assert stored[:4] == [0, 1, 2, 3]
    assert len(stored) < 60
    assert stored[-1] < 999
    assert not answer.is_checkpoint_due(100.0 + MAX_CHECKPOINT_SECONDS / 2)
    assert answer.is_checkpoint_due(100.0 + MAX_CHECKPOINT_SECONDS)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)


@given(st.lists(st.tuples(WORDS, st.integers(0, 2), st.sampled_from(["", "end", "other event"]))), st.integers(0, 20))
def test_log_and_output_share_their_texts(steps, seen):
    answer = new_answer(output=[{"type": "message", "content": [{"type": "output_text", "text": "Stored. "}]}])
    said, texts = [], {0: "Stored. "}
    for words, index, then in steps:
        delta = Delta("response.output_text.delta", words, output_index=index, content_index=0)
        answer.append(delta)
        # After the end of its text, it may only repeat what came.
        if delta.delta:
            said.append((answer.log.last, delta.delta))
            texts[delta.output_index] = texts.get(delta.output_index, "") + delta.delta
        if then == "end":
            end = {"type": "response.output_text.done", "output_index": index, "content_index": 0}
            answer.output.add({**end, "text": texts[delta.output_index]})
        elif then == "other event":
            answer.log.append({"type": "response.web_search_call.searching"})

    assert [item["content"][0]["text"] for item in answer.output.items()] == [*texts.values()]
    unseen = [(number, text) for number, text in said if number >= seen]
    apart = [event for event in map(json.loads, answer.log.apart(seen)) if "delta" in event]
    assert [(event["sequence_number"], event["delta"]) for event in apart] == unseen
    joined = [event for event in map(json.loads, answer.log.joined(seen)) if "delta" in event]
    assert "".join(event["delta"] for event in joined) == "".join(text for _, text in unseen)
