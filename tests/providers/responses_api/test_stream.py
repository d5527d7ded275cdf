"""What providers answer with, read as events: each by what it says, wherever the network cuts it."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.failures import Failure
from providers.responses_api.events import Delta, Event
from providers.responses_api.output import Output
from providers.responses_api.stream import EventStream, decode_object
from standin.odd import all_answers

KIND = "response.output_text.delta"


def read(data: bytes, *cuts: int) -> list[Event]:
    """The events of a stream that comes in pieces."""
    stream, events, start = EventStream(), [], 0
    for cut in [*sorted(cuts), len(data)]:
        events += stream.feed(data[start:cut])
        start = max(start, cut)
    return events + stream.finish()


def framed(*events: Any) -> bytes:
    return b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in events)


def delta(text: str, **fields: Any) -> dict[str, Any]:
    return {"type": KIND, "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": text} | fields


def text(events: list[Event]) -> str:
    return "".join(event.delta for event in events if isinstance(event, Delta))


def normal(events: list[Event]) -> tuple[Any, ...]:
    """What the events say, whatever deltas their texts come in."""
    output = Output()
    for event in events:
        output.add(event)
    return output.items(), [event for event in events if not isinstance(event, Delta)]


@given(name=st.sampled_from(sorted(all_answers())), cuts=st.lists(st.integers(0, 1600), max_size=20))
def test_odd_answer_is_read_the_same_wherever_it_is_cut(name, cuts):
    body = all_answers()[name].body
    assert normal(read(body, *cuts)) == normal(read(body))


class TestHalfCharacters:
    @given(said=st.text(st.characters(codec="utf-8"), min_size=1), cuts=st.lists(st.integers(0, 60), max_size=8))
    def test_characters_cut_into_surrogates_are_joined(self, said, cuts):
        units = said.encode("utf-16-le")
        edges = [0, *sorted(min(2 * cut, len(units)) for cut in cuts), len(units)]
        pieces = [units[start:end].decode("utf-16-le", "surrogatepass") for start, end in pairwise(edges)]
        assert text(read(framed(*map(delta, pieces)))) == said.replace("\0", "\N{REPLACEMENT CHARACTER}")

    @given(
        said=st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters='"\\'), min_size=1),
        cuts=st.lists(st.integers(0, 60), max_size=8),
    )
    def test_characters_cut_into_bytes_are_joined(self, said, cuts):
        content = said.encode()
        edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
        frames = [
            b'data: {"type": "%b", "delta": "%b"}\n\n' % (KIND.encode(), content[start:end])
            for start, end in pairwise(edges)
        ]
        assert text(read(b"".join(frames))) == said

    @pytest.mark.parametrize(
        ("pieces", "said"),
        [
            (["a\ud83c", "b"], "a\ufffdb"),
            (["a\ud83c"], "a\ufffd"),
            (["\udf0aa"], "\ufffda"),
            (["a\ud83c", "\ud83c\udf0a"], "a\ufffd🌊"),
            (["a\ud83c", "", "\udf0a"], "a🌊"),
        ],
    )
    def test_half_without_its_other_half_is_replaced(self, pieces, said):
        assert text(read(framed(*map(delta, pieces)))) == said

    def test_halves_of_different_texts_are_not_joined(self):
        thought = {"type": "response.reasoning_text.delta", "item_id": "rs_1", "content_index": 0, "delta": "a\ud83c"}
        first, second, half = read(framed(thought, delta("\udf0ab")))
        assert [event.delta for event in (first, second, half)] == ["a", "\ufffdb", "\ufffd"]
        assert half.type == first.type

    def test_half_comes_before_the_end_of_its_text(self):
        done = {"type": "response.output_text.done", "text": "a"}
        assert [getattr(event, "delta", None) for event in read(framed(delta("a\ud83c"), done))] == [
            "a",
            "\ufffd",
            None,
        ]

    def test_whole_objects_have_whole_characters(self):
        item = {"type": "message", "content": [{"text": "a\ud83c\udf0a \ud83c", "k\udf0a": 1}]}
        (event,) = read(framed({"type": "response.output_item.done", "item": item}))
        assert event["item"]["content"] == [{"text": "a🌊 \ufffd", "k\ufffd": 1}]


class TestOddFrames:
    @pytest.mark.parametrize(
        "noise",
        [
            b"data: ping\n\n",
            b"data: null\n\n",
            b"data: [1, 2]\n\n",
            b'data: "words"\n\n',
            b"data: {\n\n",
            b"data:\n\n",
            b"data: [DONE] \n\n",
            b"event: ping\n\n",
            b": comment\n\n",
            b"retry: 10\nid: 7\n\n",
            b"data: " + b"[" * 100_000 + b"\n\n",
            b"data: {}\n\n",
            b'data: {"no": "type"}\n\n',
            b"\xff\xfe\n\n",
        ],
    )
    def test_noise_costs_itself_alone(self, noise):
        assert text(read(framed(delta("High ")) + noise + framed(delta("water")))) == "High water"

    @pytest.mark.parametrize("number", ["-Infinity", "NaN", "1e999", "-1e999"])
    def test_number_that_is_none_becomes_null(self, number):
        data = framed(delta("High")).replace(b"}", b', "logprobs": [%b]}' % number.encode())
        assert text(read(data)) == "High"
        (event,) = read(b'data: {"type": "x", "n": [%b, 2.5]}\n\n' % number.encode())
        assert event == {"type": "x", "n": [None, 2.5]}

    @pytest.mark.parametrize("wrong", [None, "x", 1.5, True, [0], {}])
    def test_place_of_a_wrong_type_is_none(self, wrong):
        (event,) = read(
            framed(delta("High", item_id=wrong if wrong != "x" else 0, output_index=wrong, sequence_number=wrong))
        )
        assert event == Delta(KIND, "High", content_index=0)

    def test_place_may_be_written_as_a_text(self):
        (event,) = read(framed(delta("High", output_index="2", sequence_number="7")))
        assert isinstance(event, Delta)
        assert (event.output_index, event.sequence_number) == (2, 7)

    @pytest.mark.parametrize("fields", [{"text": "High"}, {"delta": {"type": "text", "text": "High"}}])
    def test_text_of_a_delta_may_be_elsewhere(self, fields):
        assert text(read(framed({"type": KIND} | fields))) == "High"

    def test_event_without_a_blank_line_after_it_is_read_at_the_end(self):
        assert text(read(framed(delta("High"), delta(" water")).rstrip(b"\n"))) == "High water"

    @pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
    def test_events_without_blank_lines_are_read(self, end):
        data = framed(delta("High"), delta(" water")).replace(b"\n\n", end)
        assert text(read(data)) == "High water"

    def test_byte_order_mark_is_skipped(self):
        assert text(read(b"\xef\xbb\xbf" + framed(delta("High")))) == "High"

    def test_name_of_the_event_is_its_type_if_it_has_none(self):
        (event,) = read(b'event: response.output_text.delta\ndata: {"delta": "High"}\n\n')
        assert event == Delta(KIND, "High")
        assert read(b'event: message\ndata: {"delta": "High"}\n\n') == []
        (error,) = read(b'event: error\ndata: {"code": "rate_limit_exceeded"}\n\n')
        assert error == {"type": "error", "code": "rate_limit_exceeded"}

    def test_response_named_by_its_event_is_one(self):
        (event,) = read(b'event: response.completed\ndata: {"object": "response", "id": "resp_1"}\n\n')
        assert event == {"type": "response.completed", "response": {"object": "response", "id": "resp_1"}}

    def test_json_between_events_is_one(self):
        error = {"error": {"message": "no"}}
        line = json.dumps(error).encode()
        for data in (line + b"\n\n", line + b"\n" + framed(delta("x")), framed(delta("x")) + line):
            assert error in read(data)
        assert read(json.dumps(error, indent=2).encode()) == [error]
        assert (
            text(read(b"".join(json.dumps(delta(word)).encode() + b"\n" for word in ("High ", "water"))))
            == "High water"
        )

    @pytest.mark.parametrize(
        ("status", "end"),
        [
            ({}, "response.completed"),
            ({"status": "completed"}, "response.completed"),
            ({"status": "canceled"}, "response.cancelled"),
            ({"status": "failed"}, "response.failed"),
            ({"status": "in_progress"}, None),
            ({"status": 7}, None),
        ],
    )
    def test_whole_response_is_its_beginning_and_its_end(self, status, end):
        response = {"id": "resp_1", "object": "response", "output": []} | status
        begun, *ended = read(json.dumps(response).encode())
        assert (begun["type"], begun["response"]["id"]) == ("response.created", "resp_1")
        assert ended == ([{"type": end, "response": response}] if end else [])

    def test_beginning_is_kept_for_the_admin(self):
        stream = EventStream()
        stream.feed(b"<html>no</html>\n\ndata: ping\n\n")
        stream.feed(b"more")
        assert stream.beginning == b"<html>no</html>\n\ndata: ping\n\n"

    def test_mark_of_the_end_ends_words_only(self):
        mark = b"data: [DONE]\n\n"
        assert read(mark) == []
        assert read(framed(delta("x")) + mark)[-1] == {"type": "response.done"}

    @given(st.lists(st.binary(max_size=20).map(lambda data: data.replace(b"\0", b"{")), max_size=8))
    def test_no_bytes_raise(self, chunks):
        stream = EventStream()
        for chunk in chunks:
            stream.feed(b'data: {"type": "' + chunk)
        stream.finish()

    @given(st.recursive(st.none() | st.booleans() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)))
    def test_no_json_raises(self, value):
        names = ("type", "object", "error", "choices", "output", "delta", "usage", "status")
        for name in names:
            read(json.dumps(dict.fromkeys(names, value) | {name: "response"}).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"<html>", b"{"])
def test_answer_that_is_no_object_is_a_failure(data):
    with pytest.raises(Failure):
        decode_object(data)


def test_answer_is_read_leniently():
    assert decode_object(b'{"text": "\\ud83c\\udf0a \\ud83c\\u0000", "n": NaN}') == {
        "text": "🌊 \ufffd\ufffd",
        "n": None,
    }
