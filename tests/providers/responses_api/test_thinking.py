"""What a model thinks between tags in its text becomes a reasoning item, however the stream cuts it."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from providers.items import item_text
from providers.responses_api.ends import end_of, is_end
from providers.responses_api.events import Delta, Event
from providers.responses_api.output import Output
from providers.responses_api.thinking import TaggedText, Thinking, split, split_unopened, without_tags

pieces = st.lists(st.sampled_from(["<think>", "</think>", "<thi", "nk>", "</", "think>", " ", "\n", "a", "b c", "<"]))


def cut(text: str, places: list[int]) -> list[str]:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


@pytest.mark.parametrize(
    ("text", "thought", "said"),
    [
        ("<think>Tides.</think>Two metres.", "Tides.", "Two metres."),
        ("\n<think>\nTides.\n</think>\n\nTwo metres.", "Tides.\n", "Two metres."),
        ("<think>\n\n</think>\n\nTwo metres.", "", "Two metres."),
        ("<think>Tides", "Tides", ""),
        ("<think>Tides</thi", "Tides</thi", ""),
        ("<thi", "", "<thi"),
        ("Two <think>metres</think>", "", "Two <think>metres</think>"),
        ("<thinking>", "", "<thinking>"),
        ("<think>a</think>b</think>c", "a", "b</think>c"),
        ("  Two", "", "  Two"),
        ("", "", ""),
    ],
)
def test_thought_at_the_beginning_is_split_from_what_is_said(text, thought, said):
    assert split(text) == (thought, said)


@pytest.mark.parametrize(
    ("text", "thought", "said"),
    [
        ("Tides.\n</think>\n\nTwo metres.", "Tides.", "Two metres."),
        ("</think>\n\nTwo metres.", "", "Two metres."),
        ("The tag </think>\nends it.", "", "The tag </think>\nends it."),
        ("Tides.\n</think> ends it.", "", "Tides.\n</think> ends it."),
        ("As in\n<think>\nTides.\n</think>\nTwo.", "", "As in\n<think>\nTides.\n</think>\nTwo."),
        ("Tides.\n</think>\n\n", "", "Tides.\n</think>\n\n"),
    ],
)
def test_thought_without_an_opening_tag_ends_with_a_line_of_its_own(text, thought, said):
    assert split_unopened(text) == (thought, said)


@given(pieces.map("".join), st.lists(st.integers(0, 100)))
def test_any_cut_splits_alike(text, places):
    tagged = TaggedText()
    fed = [*map(tagged.feed, cut(text, places)), tagged.finish()]
    assert ("".join(thought for thought, _ in fed), "".join(said for _, said in fed)) == split(text)


@given(st.text(), st.lists(st.integers(0, 100)))
def test_text_without_tags_stays_as_it_is(text, places):
    tagged = TaggedText()
    fed = [*map(tagged.feed, cut(text, places)), tagged.finish()]
    assert "".join(said for _, said in fed) == text
    assert not any(thought for thought, _ in fed)


def message(text: str, *, status: str = "completed") -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": status, "content": content}


def streamed(text: str, places: list[int], *, skipped: str = "", index: dict[str, Any]) -> list[Event]:
    """The events of an answer with this text; `skipped` are kinds that a server doesn't send."""
    about = {"item_id": "msg_1", "content_index": 0, **index}
    empty = {**message("", status="in_progress"), "content": []}
    deltas: list[Event] = [
        Delta(type="response.output_text.delta", delta=piece, item_id="msg_1", content_index=0, **index)
        for piece in cut(text, places)
        if piece
    ]
    part = {"type": "output_text", "text": text, "annotations": []}
    events: list[tuple[str, Event]] = [
        ("created", {"type": "response.created", "response": {"id": "resp_1"}}),
        ("added", {"type": "response.output_item.added", "item": empty, **index}),
        ("added", {"type": "response.content_part.added", "part": {**part, "text": ""}, **about}),
        *(("delta", delta) for delta in deltas),
        ("text", {"type": "response.output_text.done", "text": text, **about}),
        ("done", {"type": "response.content_part.done", "part": part, **about}),
        ("done", {"type": "response.output_item.done", "item": message(text), **index}),
        ("end", {"type": "response.completed", "response": {"status": "completed", "output": [message(text)]}}),
    ]
    return [event for kind, event in events if kind not in skipped.split()]


def heard(batches: list[list[Event]]) -> tuple[list[tuple[str, str]], str]:
    """Return the types and texts of the final items, and the text of the messages while they were streamed."""
    thinking, output, said = Thinking(), Output(), ""
    final: Any = None
    for event in [event for batch in batches for event in thinking.feed(batch)] + thinking.finish():
        if isinstance(event, dict) and is_end(event):
            final = end_of(event)["response"].get("output")
            continue
        output.add(event)
        if isinstance(event, Delta) and event.type == "response.output_text.delta":
            said += event.delta
    # As of an answer that is cut, if no end came.
    return [(item["type"], text_of(item)) for item in output.complete(final)], said


def text_of(item: dict[str, Any]) -> str:
    return item_text([item]) or "".join(part["text"] for part in item.get("content", []) if item["type"] == "reasoning")


@given(
    st.sampled_from(["<think>\nTides.</think>\n\nTwo metres.", " <think>Tides.</think>Two metres."]),
    st.lists(st.integers(0, 100)),
    st.sampled_from(["", "end", "done", "text done", "text done end", "added", "added text done end", "delta"]),
    st.sampled_from([{}, {"output_index": 0}, {"output_index": 3}]),
)
def test_thought_becomes_an_item_before_the_message_wherever_it_is_cut(text, places, skipped, index):
    items, said = heard([streamed(text, places, skipped=skipped, index=index)])
    assert items == [("reasoning", "Tides."), ("message", "Two metres.")]
    assert said == "Two metres."


@example("<think></think><think><think>", [], "")
@example("<think>a</think><think>b</think>c", [], "")
@example("<think>a</think>b\n</think>\nc", [], "end")
@example("<think></think>b\n</think>\nc", [], "end")
@given(pieces.map("".join), st.lists(st.integers(0, 100)), st.sampled_from(["", "end", "text done", "text done end"]))
def test_no_word_is_lost(text, places, skipped):
    items, _ = heard([streamed(text, places, skipped=skipped, index={"output_index": 0})])
    thought, said = split(text)
    if not thought:
        thought, said = split_unopened(said)
    texts = dict(items)
    assert (texts.get("reasoning", ""), texts.get("message", "")) == (thought, said)


def test_events_of_an_ordinary_answer_stay_as_they_are():
    events = streamed("Two metres.", [3, 5], index={"output_index": 0})
    thinking = Thinking()
    assert [event for each in events for event in thinking.feed([each])] == events
    assert thinking.finish() == []


def test_tags_are_taken_out_of_a_whole_output():
    items = without_tags([message("<think>Tides.</think>Two metres."), {"type": "function_call"}, None])
    assert [item["type"] for item in items[:-1]] == ["reasoning", "message", "function_call"]
    assert [text_of(item) for item in items[:2]] == ["Tides.", "Two metres."]
