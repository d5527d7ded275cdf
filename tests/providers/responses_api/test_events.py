"""Events: cut out of the stream wherever the network cut it, decoded, and gathered into items."""

import json
import time
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.responses_api.events import DELTAS, Delta, decode, encode
from providers.responses_api.output import Output
from providers.responses_api.sse import ServerSentEvents


def delta(text: str, **fields) -> Delta:
    known: dict[str, Any] = {"type": "response.output_text.delta", "item_id": "msg_1", "content_index": 0}
    return Delta(delta=text, **known | fields)


class TestServerSentEvents:
    @given(
        events=st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), min_size=1)),
        end=st.sampled_from(["\n", "\r\n", "\r"]),
        cuts=st.lists(st.integers(0, 400)),
    )
    def test_events_are_whole_wherever_the_stream_is_cut(self, events, end, cuts):
        stream = "".join(f": ping{end}{end}event: e{end}data: {event}{end}{end}" for event in events).encode()
        parser, seen, start = ServerSentEvents(), [], 0
        for cut in [*sorted(cuts), len(stream)]:
            seen += parser.feed(stream[start:cut])
            start = max(start, cut)
        seen += parser.feed(b"\n")

        assert seen == [(event.encode(), b"e") for event in events]

    def test_several_data_lines_make_one_event(self):
        assert ServerSentEvents().feed(b'data: {"a":\ndata:1}\nid: 7\n\n') == [(b'{"a":\n1}', b"")]

    def test_incomplete_event_is_held_back(self):
        parser = ServerSentEvents()
        assert parser.feed(b'data: {"type"') == []
        assert parser.pending == 13
        assert parser.feed(b": 1}\n\n") == [(b'{"type": 1}', b"")]

    def test_large_event_in_small_chunks_is_joined_once(self):
        parser = ServerSentEvents()
        parser.feed(b"data: ")
        began = time.process_time()
        for _ in range(2_000):
            assert parser.feed(b"x" * 10_000) == []
        ((event, _),) = parser.feed(b"\n\n")

        assert len(event) == 20_000_000
        # It is a twentieth of a second; putting it together with each piece takes ten.
        assert time.process_time() - began < 2


class TestDecode:
    def test_text_deltas_are_decoded_to_structs(self):
        data = json.dumps(
            {
                "type": "response.output_text.delta",
                "sequence_number": 4,
                "item_id": "msg_1",
                "output_index": 0,
                "content_index": 0,
                "delta": "High",
                "logprobs": [],
                "obfuscation": "x7",
            }
        )
        assert decode(data.encode()) == delta("High", sequence_number=4)

    @pytest.mark.parametrize(
        "event",
        [
            {"type": "response.completed", "response": {"id": "resp_1"}},
            {"type": "response.audio.delta", "delta": "UklGRg=="},
            {"type": "response.of_tomorrow.delta", "delta": "new"},
            {"type": "response.shell_call_output_content.delta", "delta": {"stdout": "x"}},
            {"type": "response.output_text.delta", "delta": None},
            {"no": "type"},
        ],
    )
    def test_other_events_are_decoded_to_dicts(self, event):
        assert decode(json.dumps(event).encode()) == event

    def test_nul_is_replaced(self):
        assert decode(encode(delta("a\0b"))) == delta("a\N{REPLACEMENT CHARACTER}b")
        for name in ("item_id", "response_id"):
            assert "\0" not in str(
                decode(json.dumps({"type": "response.output_text.delta", "delta": "a", name: "a\0b"}).encode())
            )
        event = {"type": "response.output_item.done", "item": {"content": [{"te\0xt": "\0"}]}}
        assert "\\u0000" not in json.dumps(decode(json.dumps(event).encode()))
        # Somebody writes about it.
        assert decode(encode(delta("\\u0000"))) == delta("\\u0000")

    @pytest.mark.parametrize(
        "data", [b"", b"{", b"[1]", b'"words"', b"\xff", b'{"type":"\xff"}', b'{"type":7,"x":' + b"[" * 100_000]
    )
    def test_json_that_is_no_object_is_an_error(self, data):
        with pytest.raises((ValueError, RecursionError)):
            decode(data)


class TestOutput:
    def test_items_in_mid_answer_are_in_progress(self):
        output = Output()
        output.add({"type": "response.output_item.added", "output_index": 0, "item": message("in_progress")})
        output.add({"type": "response.content_part.added", "output_index": 0, "content_index": 0, "part": {}})
        output.add(delta("High"))
        output.add(delta(" tide"))

        assert output.items() == [message("in_progress", "High tide")]

    @given(st.lists(st.text(max_size=3), max_size=400))
    def test_long_text_has_all_its_deltas(self, texts):
        output = Output()
        for text in texts:
            output.add(delta(text))

        assert [part["text"] for item in output.items() for part in item["content"]] == ["".join(texts)][: len(texts)]

    def test_done_item_replaces_its_deltas(self):
        output = Output()
        output.add(delta("High"))
        output.add({"type": "response.output_item.done", "output_index": 0, "item": message("completed", "High tide.")})

        assert output.items() == [message("completed", "High tide.")]

    def test_done_text_replaces_its_deltas(self):
        output = Output()
        output.add(delta("Hi"))
        output.add({"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": "High"})

        assert output.items()[0]["content"][0]["text"] == "High"

    def test_each_kind_of_delta_creates_its_item(self):
        output = Output()
        for index, kind in enumerate(sorted(DELTAS)):
            output.add(Delta(type=kind, delta="x", output_index=index))

        found = {item["type"] for item in output.items()}
        assert found == {
            "message",
            "reasoning",
            "function_call",
            "mcp_call",
            "custom_tool_call",
            "code_interpreter_call",
        }
        assert encode(output.items()).count(b'"x"') == len(DELTAS)

    def test_annotations_are_gathered(self):
        output = Output()
        output.add(delta("See here"))
        citation = {
            "type": "url_citation",
            "url": "https://example.org",
            "start_index": 4,
            "end_index": 8,
            "title": "T",
        }
        output.add(
            {
                "type": "response.output_text.annotation.added",
                "output_index": 0,
                "content_index": 0,
                "annotation": citation,
            }
        )
        (item,) = output.items()
        assert item["content"][0] | {"type": "output_text"} == {
            "type": "output_text",
            "text": "See here",
            "annotations": [citation],
        }

    def test_gathering_does_not_change_events(self):
        output = Output()
        added = {"type": "response.output_item.added", "output_index": 0, "item": message("in_progress", "")}
        was = deepcopy(added)
        output.add(added)
        place = {"output_index": 0, "content_index": 0}
        output.add({"type": "response.output_text.annotation.added", "annotation": {"url": "x"}} | place)
        assert added == was

    def test_snapshot_of_items_is_independent(self):
        output = Output()
        output.add({"type": "response.output_item.added", "output_index": 0, "item": message("in_progress", "")})
        output.add(delta("High"))
        before = encode(output.items())
        snapshot = output.items()
        output.add(delta(" tide"))
        output.items()

        assert encode(snapshot) == before

    @pytest.mark.parametrize("kind", DELTAS)
    def test_stored_text_is_continued_by_deltas(self, kind):
        known, taken_over = Output(), Output()
        for word in ("Rising", " tide", " at", " noon"):
            known.add(delta(word, type=kind))
            # Each word comes to another process, which has what the one before it stored.
            taken_over = Output(taken_over.items())
            taken_over.add(delta(word, type=kind))

        assert taken_over.items() == known.items()
        assert b"Rising tide at noon" in encode(known.items())

    @pytest.mark.parametrize(
        "event",
        [
            {"type": "response.output_item.added", "output_index": "0", "item": {}},
            {"type": "response.output_item.added", "output_index": 0, "item": None},
            {"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": None},
            {"type": "response.output_text.annotation.added", "output_index": 0, "content_index": None},
            {"type": "response.of_tomorrow", "output_index": 0},
            {"type": ["response.output_item.added"], "output_index": 0, "item": {}},
            {"output_index": 0},
            {"type": "response.in_progress"},
        ],
    )
    def test_malformed_events_are_tolerated(self, event):
        output = Output()
        output.add(event)
        assert output.items() == []

    @pytest.mark.parametrize("content", [None, "x", [None], ["x"], {}])
    def test_malformed_items_are_tolerated(self, content):
        output = Output()
        item = {"type": "reasoning", "content": content}
        output.add({"type": "response.output_item.added", "output_index": 0, "item": item})
        output.add(delta("Hm", type="response.reasoning_text.delta"))
        output.add({"type": "response.output_text.annotation.added", "output_index": 0, "annotation": {}})

        assert output.items()[0]["content"][0]["text"] == "Hm"


def message(status: str, *texts: str) -> dict:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": [{"type": "output_text", "text": text, "annotations": []} for text in texts],
    }
