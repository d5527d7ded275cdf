"""The bytes of a chat completion: each chunk counts, wherever the network cuts it and whatever it is framed as."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.chat_completions.stream import ChunkStream
from providers.responses_api.events import Delta, Event
from tests.support.chat import chunk, end, framed, output, texts


def read(data: bytes, *cuts: int) -> list[Event]:
    """The events of a stream that comes in pieces."""
    stream = ChunkStream()
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    events = [event for start, end in pairwise(edges) for event in stream.feed(data[start:end])]
    return events + stream.finish()


def normal(events: list[Event]) -> tuple[Any, ...]:
    """What the events say, whatever deltas their texts come in."""
    return output(events), end(events), [event for event in events if not isinstance(event, Delta)]


CALL = {"index": 0, "id": "a", "type": "function", "function": {"name": "tide", "arguments": '{"city":"Brest"}'}}
ANSWER = [
    chunk(role="assistant", content=""),
    chunk(reasoning_content="The moon "),
    chunk(reasoning_content="pulls."),
    chunk(content="Two "),
    chunk(content="mètres 🌊."),
    chunk(tool_calls=[CALL]),
    chunk("tool_calls"),
    {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}},
]
WHOLE = framed(*ANSWER) + b"data: [DONE]\n\n"


@given(cuts=st.lists(st.integers(0, 4000), max_size=30), line=st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_answer_is_read_the_same_wherever_it_is_cut(cuts, line):
    assert normal(read(WHOLE.replace(b"\n", line), *cuts)) == normal(read(WHOLE))


@pytest.mark.parametrize(
    "noise",
    [
        b": keep-alive\n\n",
        b"data: ping\n\n",
        b"data: null\n\n",
        b"data: \n\n",
        b"data: {}\n\n",
        b'data: {"object":"chat.completion.chunk"}\n\n',
        b'data: {"choices":"none"}\n\n',
        b'data: {"choices":[null,7,{"index":0,"delta":null}]}\n\n',
        b'data: {"choices":[{"index":0,"delta":{"content":5,"tool_calls":[null,{}],"annotations":7}}]}\n\n',
        b"data: {broken\n\n",
        b"event: ping\ndata: {}\n\n",
    ],
)
def test_noise_is_skipped(noise):
    data = framed(chunk(content="Two ")) + noise + framed(chunk(content="metres."), chunk("stop"))
    assert texts(read(noise + data)) == [("message", "Two metres.")]


@given(
    said=st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip),
    cuts=st.lists(st.integers(0, 60), max_size=8),
    field=st.sampled_from(["content", "reasoning"]),
)
def test_characters_cut_into_surrogates_are_joined(said, cuts, field):
    units = said.encode("utf-16-le")
    edges = [0, *sorted(min(2 * cut, len(units)) for cut in cuts), len(units)]
    pieces = [units[start:end].decode("utf-16-le", "surrogatepass") for start, end in pairwise(edges)]
    events = read(framed(*(chunk(**{field: piece}) for piece in pieces), chunk("length")))
    assert texts(events)[0][1] == said.replace("\0", "\N{REPLACEMENT CHARACTER}")


def test_half_of_a_character_at_the_end_is_replaced():
    assert texts(read(framed(chunk(content="Two \ud83c"), chunk("stop")))) == [("message", "Two �")]


@given(said=st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip), cuts=st.lists(st.integers(1, 60)))
def test_characters_cut_into_bytes_are_joined(said, cuts):
    data = json.dumps(said, ensure_ascii=False)[1:-1].encode()
    edges = [0, *sorted({cut for cut in cuts if cut < len(data) and data[cut - 1] != 0x5C}), len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges) if b"\\" not in data]
    if not pieces:
        return
    frames = [b'data: {"choices":[{"index":0,"delta":{"content":"%b"}}]}\n\n' % piece for piece in pieces]
    assert texts(read(b"".join(frames) + framed(chunk("stop"))))[0][1] == said


def test_nul_is_replaced():
    said = read(framed(chunk(content="Two\0"), chunk(tool_calls=[CALL | {"id": "a\0"}]), chunk("stop")))
    assert "\\u0000" not in json.dumps([event for event in said if isinstance(event, dict)])
    assert output(said)[0]["content"][0]["text"] == "Two�"


def test_infinite_number_costs_nothing():
    infinite = framed(chunk(content="Two.")).replace(b'"index": 0', b'"index": 0, "logprobs": {"content": -Infinity}')
    assert texts(read(infinite + framed(chunk("stop")))) == [("message", "Two.")]


def test_last_chunk_needs_no_blank_line():
    assert texts(read(framed(chunk(content="Two."), chunk("stop")).rstrip())) == [("message", "Two.")]


def test_chunks_without_blank_lines_between_are_read():
    data = framed(chunk(content="Two "), chunk(content="metres."), chunk("stop")).replace(b"\n\n", b"\n")
    assert texts(read(data)) == [("message", "Two metres.")]


@pytest.mark.parametrize(
    "error",
    [
        b'event: error\ndata: {"code": "overloaded", "message": "The server is overloaded."}\n\n',
        b"event: error\ndata: The server is overloaded.\n\n",
        b'{"error": {"message": "The server is overloaded."}}\n',
        b'data: {"error": {"message": "The server is overloaded."}}\n\n',
        b'data: {"type": "error", "error": {"message": "The server is overloaded."}}\n\n',
    ],
)
def test_error_is_one_in_whatever_form(error):
    events = read(framed(chunk(content="Two ")) + error)
    assert isinstance(events[-1], dict)
    assert events[-1]["type"] == "error"
    assert "overloaded" in json.dumps(events[-1])


def test_beginning_of_what_is_no_answer_is_kept():
    stream = ChunkStream()
    assert stream.feed(b"<html>Bad gateway</html>") == stream.finish() == []
    assert stream.beginning == b"<html>Bad gateway</html>"
    assert not stream.is_finished
