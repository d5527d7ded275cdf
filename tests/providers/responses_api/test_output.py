"""The output as its events say it: each text in its own item, whatever names it, and never shorter than it was."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.items import has_answer, item_text
from providers.responses_api.events import Delta, Event
from providers.responses_api.output import Output

TEXT, THOUGHT = "response.output_text.delta", "response.reasoning_text.delta"


def delta(text: str, kind: str = TEXT, **place: Any) -> Delta:
    return Delta(type=kind, delta=text, **place)


def added(item: dict[str, Any], **place: Any) -> dict[str, Any]:
    return {"type": "response.output_item.added", "item": item, **place}


def done(item: dict[str, Any], **place: Any) -> dict[str, Any]:
    return {"type": "response.output_item.done", "item": item, **place}


def text_done(text: str, **place: Any) -> dict[str, Any]:
    return {"type": "response.output_text.done", "text": text, **place}


def message(item_id: Any = None, *texts: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    return {"type": "message", "role": "assistant", "content": content} | ({"id": item_id} if item_id else {})


def reasoning(item_id: Any = None, *texts: str) -> dict[str, Any]:
    content = [{"type": "reasoning_text", "text": text} for text in texts]
    return {"type": "reasoning", "summary": [], "content": content} | ({"id": item_id} if item_id else {})


def gathered(*events: Event) -> tuple[Output, list[int]]:
    """The output, and the index that each event has in it."""
    output = Output()
    for event in events:
        output.add(event)
    return output, [
        event.output_index if isinstance(event, Delta) else event.get("output_index", 0) for event in events
    ]


def said(output: Output) -> list[tuple[str, str]]:
    """The type and the text of each item."""
    return [
        (item["type"], "|".join(part["text"] for part in [*item.get("content", []), *item.get("summary", [])]))
        for item in output.items()
    ]


class TestPlaces:
    def test_items_without_indexes_are_told_apart_by_their_ids(self):
        output, indexes = gathered(
            added(reasoning("rs_1")),
            delta("Hm", THOUGHT, item_id="rs_1"),
            added(message("msg_1")),
            delta("High ", item_id="msg_1"),
            delta(", well", THOUGHT, item_id="rs_1"),
            delta("water", item_id="msg_1"),
            done(reasoning("rs_1", "Hm, well")),
            text_done("High water", item_id="msg_1"),
        )
        assert said(output) == [("reasoning", "Hm, well"), ("message", "High water")]
        assert indexes == [0, 0, 1, 1, 0, 1, 0, 1]

    def test_items_without_indexes_and_ids_are_told_apart_by_their_types(self):
        output, indexes = gathered(delta("Hm", THOUGHT), delta("High "), delta("water"))
        assert (said(output), indexes) == ([("reasoning", "Hm"), ("message", "High water")], [0, 1, 1])

    def test_two_messages_under_one_index_are_two(self):
        first, second = message("a"), message("b")
        output, indexes = gathered(
            added(first), delta("1", item_id="a"), done(message("a", "1")), added(second), delta("2", item_id="b")
        )
        assert (said(output), indexes) == ([("message", "1"), ("message", "2")], [0, 0, 0, 1, 1])

    def test_messages_that_were_never_announced_are_told_apart_by_their_ids(self):
        output, indexes = gathered(delta("1", item_id="a"), delta("2", item_id="b"), delta("1", item_id="a"))
        assert (said(output), indexes) == ([("message", "11"), ("message", "2")], [0, 1, 0])

    def test_items_with_one_id_are_told_apart_by_their_indexes(self):
        output, indexes = gathered(
            added(message("x"), output_index=0),
            added(message("x"), output_index=1),
            delta("1", item_id="x"),
            delta("2", item_id="x", output_index=1),
            {"type": "response.of_tomorrow", "item_id": "x", "output_index": 1},
        )
        assert (said(output), indexes) == ([("message", "1"), ("message", "2")], [0, 1, 0, 1, 1])

    def test_item_whose_id_changes_with_each_event_is_one(self):
        output, indexes = gathered(
            added(message("a"), output_index=1),
            delta("High ", item_id="b", output_index=1),
            delta("water", item_id="c", output_index=1),
            text_done("High water", item_id="d", output_index=1),
            done(message("e", "High water"), output_index=1),
        )
        assert (said(output), indexes) == ([("message", "High water")], [0] * 5)

    def test_deltas_may_lack_the_index_of_their_announced_item(self):
        output, indexes = gathered(
            added(reasoning("rs_1"), output_index=0),
            added(message("msg_1"), output_index=1),
            delta("High ", item_id="msg_1"),
            delta("water"),
            delta("Hm", THOUGHT),
        )
        assert said(output) == [("reasoning", "Hm"), ("message", "High water")]
        assert indexes == [0, 1, 1, 1, 0]

    def test_indexes_have_no_gaps_so_that_a_page_loaded_in_mid_answer_has_the_same(self):
        events = [delta("1", output_index=3, item_id="a"), delta("2", output_index=7), delta("3", output_index=3)]
        output, indexes = gathered(*events)
        assert (said(output), indexes) == ([("message", "13"), ("message", "2")], [0, 1, 0])

    def test_tool_that_was_never_announced_has_a_place_of_its_own(self):
        output, indexes = gathered(
            {"type": "response.web_search_call.searching", "item_id": "ws_1", "output_index": 0},
            delta("High", item_id="msg_1", output_index=0),
            {"type": "response.web_search_call.completed", "item_id": "ws_1", "output_index": 0},
        )
        assert indexes == [0, 1, 0]
        assert [item["type"] for item in output.items()] == ["web_search_call", "message"]

    @pytest.mark.parametrize("wrong", [None, "x", True, 1.0, []])
    def test_index_of_a_wrong_type_is_none(self, wrong):
        output, indexes = gathered(text_done("High", output_index=wrong, content_index=None))
        assert (said(output), indexes) == ([("message", "High")], [0])

    def test_other_events_get_the_index_of_their_item(self):
        _, indexes = gathered(
            added(reasoning("rs_1")),
            added({"type": "web_search_call", "id": "ws_1"}),
            {"type": "response.web_search_call.searching", "item_id": "ws_1"},
            {"type": "response.reasoning_summary_part.added", "item_id": "rs_1"},
            {"type": "response.in_progress"},
        )
        assert indexes == [0, 1, 1, 0, 0]

    def test_stored_items_are_continued_by_their_ids(self):
        stored = Output([reasoning("rs_1", "Hm"), message("msg_1", "High ")])
        late = [delta("water", item_id="msg_1", output_index=5), delta(".", THOUGHT, item_id="rs_1")]
        for event in late:
            stored.add(event)
        assert said(stored) == [("reasoning", "Hm."), ("message", "High water")]
        assert [event.output_index for event in late] == [1, 0]

    @pytest.mark.parametrize("wrong", [-1, 10**9, 2**64, True])
    def test_part_at_an_impossible_index_is_the_first(self, wrong):
        late = delta(" water", content_index=wrong)
        output, _ = gathered(delta("High"), late, text_done("High water.", content_index=wrong))
        assert (said(output), late.content_index) == ([("message", "High water.")], 0)

    def test_refusal_in_the_place_of_a_text_takes_nothing_from_it(self):
        output, _ = gathered(delta("High"), delta("No.", "response.refusal.delta"))
        assert [part["type"] for part in output.items()[0]["content"]] == ["output_text", "refusal"]

    @given(st.data())
    def test_texts_stay_whole_in_any_order_of_items(self, data):
        """Each item has an index, an id, or a type of its own, and its events come in order."""
        scheme = data.draw(st.sampled_from(["index", "id", "both", "type"]))
        kinds = (
            [THOUGHT, TEXT] if scheme == "type" else data.draw(st.lists(st.sampled_from([THOUGHT, TEXT]), max_size=4))
        )
        order = data.draw(st.lists(st.integers(0, max(0, len(kinds) - 1)), max_size=30)) if kinds else []
        is_announced = data.draw(st.booleans())
        output, expected = Output(), [""] * len(kinds)

        def place(number: int) -> dict[str, Any]:
            return ({"output_index": number} if scheme in {"index", "both"} else {}) | (
                {"item_id": f"item_{number}"} if scheme in {"id", "both"} else {}
            )

        for number, kind in enumerate(kinds):
            item_id = place(number).get("item_id")
            item = message(item_id) if kind == TEXT else reasoning(item_id)
            first: Event = added(item, **place(number)) if is_announced else delta(".", kind, **place(number))
            output.add(first)
            expected[number] = "" if is_announced else "."
        for step, number in enumerate(order):
            output.add(delta(f"{step} ", kinds[number], **place(number)))
            expected[number] += f"{step} "
        assert [text for _, text in said(output)] == expected

    @given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.sampled_from(["a", "b", None])), max_size=12))
    def test_nothing_that_was_said_is_lost(self, steps):
        output = Output()
        for number, (is_announced, index, item_id) in enumerate(steps):
            if is_announced:
                output.add(added(message(item_id), output_index=index))
            output.add(delta(f"<{number}>", output_index=index, item_id=item_id))
        everything = "".join(text for _, text in said(output))
        assert sorted(everything.split("<")) == sorted(
            "".join(f"<{number}>" for number in range(len(steps))).split("<")
        )


class TestLengths:
    def test_longer_of_streamed_and_final_text_wins(self):
        for streamed, final, longest in (("Hi", "High", "High"), ("High", "", "High"), ("High", "Low!", "Low!")):
            output, _ = gathered(delta(streamed), text_done(final))
            assert said(output) == [("message", longest)]

    @pytest.mark.parametrize("kind", ["content_part", "reasoning_summary_part"])
    def test_done_part_ends_its_text(self, kind):
        part = {"type": "output_text" if kind == "content_part" else "summary_text", "text": "High"}
        output, _ = gathered({"type": f"response.{kind}.done", "part": part, "output_index": 0})
        assert said(output)[0][1] == "High"

    @pytest.mark.parametrize("again", [["at ", "six."], ["High water ", "at ", "six."], ["six."], ["a"]])
    def test_deltas_that_repeat_a_text_add_nothing(self, again):
        words = "High water at six."
        output, _ = gathered(delta(words), text_done(words))
        assert [output.add(delta(word)) for word in again] == [False] * len(again)
        assert said(output) == [("message", words)]

    def test_deltas_that_go_on_after_an_early_end_are_kept(self):
        output, _ = gathered(delta("High water"), text_done("High water"))
        late = [delta(" wa"), delta("ves"), delta(" too")]
        assert [output.add(event) for event in late] == [False, True, True]
        assert [event.delta for event in late] == ["", " waves", " too"]
        assert said(output) == [("message", "High water waves too")]

    def test_text_that_is_sent_again_and_goes_on_is_there_once(self):
        output, _ = gathered(delta("High water"), text_done("High water"), delta("High water at six"))
        assert said(output) == [("message", "High water at six")]

    @pytest.mark.parametrize("content", [[], None, "", [{"type": "output_text", "text": "six."}], [None], [{}]])
    def test_done_item_takes_no_words_back(self, content):
        item = {"type": "message", "id": "msg_1", "status": "completed", "content": content}
        output, _ = gathered(delta("High water at six.", item_id="msg_1"), done(item))
        assert item_text(output.items()) == "High water at six."

    def test_done_item_keeps_what_it_alone_has(self):
        sealed = {"type": "reasoning", "id": "rs_1", "summary": None, "encrypted_content": "sealed"}
        output, _ = gathered(delta("Hm", THOUGHT, item_id="rs_1"), done(sealed))
        (item,) = output.items()
        assert (item["content"][0]["text"], item["encrypted_content"]) == ("Hm", "sealed")


class TestComplete:
    """The final output, beside what was streamed."""

    streamed = (
        added(reasoning("rs_1")),
        delta("The tables.", THOUGHT, item_id="rs_1"),
        delta("High water ", item_id="msg_1", output_index=1),
        delta("at six.", item_id="msg_1", output_index=1),
    )

    @pytest.mark.parametrize(
        "final",
        [
            None,
            [],
            "",
            [None, 7],
            [message("msg_1")],
            [message("m", "six.")],
            [{"type": "message", "content": None}],
            [{"type": "reasoning", "summary": None}, {"id": "m", "type": "message", "content": "High water at six."}],
            [{"role": "assistant", "content": [{"type": "text", "text": "High water at six."}]}],
            [message("m", "six."), reasoning("rs_1")],
            [message("m", "High water"), message("n", "at six")],
        ],
    )
    def test_no_words_are_lost(self, final):
        output, _ = gathered(*self.streamed)
        items = output.complete(final)
        assert item_text(items) == "High water at six."
        assert "The tables." in json.dumps(items)
        assert sorted(item["type"] for item in items) == ["message", "reasoning"]

    def test_final_output_is_the_output_if_it_is_no_shorter(self):
        final = [reasoning("rs_1", "The tables."), message("msg_1", "High water", "at six, or so.")]
        output, _ = gathered(*self.streamed)
        assert output.complete(final) == final

    @pytest.mark.parametrize("final", ["High.", [message(None, "High.")], [{"type": "message", "content": "High."}]])
    def test_final_words_are_the_answer_if_none_were_streamed(self, final):
        assert item_text(Output().complete(final)) == "High."

    def test_item_that_the_final_output_lacks_keeps_its_place(self):
        search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
        output, _ = gathered(done(search), delta("High", item_id="msg_1", output_index=1))
        assert output.complete([message("msg_1", "High water")]) == [search, message("msg_1", "High water")]

    def test_refusal_replaces_words(self):
        refused = {"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}
        output, _ = gathered(delta("High water at six."))
        assert output.complete([refused]) == [refused]

    def test_words_that_are_withdrawn_are_gone(self):
        output, _ = gathered(delta("High water at six."))
        assert output.complete([message(None, "High")], is_withdrawn=True) == [message(None, "High")]
        assert output.complete([], is_withdrawn=True) == []

    def test_arguments_are_no_shorter_than_they_were(self):
        output, _ = gathered(delta('{"city": "Brest"}', "response.function_call_arguments.delta", item_id="fc_1"))
        (item,) = output.complete([{"type": "function_call", "id": "fc_1", "name": "tide", "arguments": ""}])
        assert (item["name"], item["arguments"]) == ("tide", '{"city": "Brest"}')

    @given(st.lists(st.sampled_from(["a", "b", "ab", "c"]), max_size=4), st.lists(st.text("ab"), max_size=4))
    def test_answer_is_at_least_as_long_as_either(self, streamed, final):
        output = Output()
        for number, word in enumerate(streamed):
            output.add(delta(word, output_index=number, item_id=f"m{number}"))
        items = output.complete([message(f"m{number}", word) for number, word in enumerate(final)])
        length = len("".join(part["text"] for item in items for part in item["content"]))
        assert max(len("".join(streamed)), len("".join(final))) <= length <= len("".join(streamed + final))


@pytest.mark.parametrize(
    ("items", "is_answer"),
    [
        ([], False),
        ([reasoning(None, "Hm")], False),
        ([message()], False),
        ([message(None, "")], False),
        ([{"type": "web_search_call"}], False),
        ([message(None, "High")], True),
        ([{"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}], True),
        ([{"type": "image_generation_call", "result": "iVBORw=="}], True),
        ([{"type": "of_tomorrow"}], True),
    ],
)
def test_thought_alone_is_no_answer(items, is_answer):
    assert has_answer(items) == is_answer


ENDS = [
    text_done("High tide", item_id="msg_1"),
    {"type": "response.content_part.done", "item_id": "msg_1", "part": {"type": "output_text", "text": "High tide"}},
    done(message("msg_1", "High tide") | {"status": "completed"}),
]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end["type"])
def test_end_that_repeats_what_was_streamed_is_no_news(end):
    output = Output()
    for event in (added(message("msg_1")), delta("High ", item_id="msg_1"), delta("tide", item_id="msg_1")):
        assert output.add(event)
    assert not output.add({**end})
    assert said(output) == [("message", "High tide")]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end["type"])
@pytest.mark.parametrize("streamed", ["High", "High tide at Brest", "Low tide", ""])
def test_end_that_says_something_else_is_news(end, streamed):
    output = Output()
    assert output.add(added(message("msg_1")))
    assert output.add(delta(streamed, item_id="msg_1"))
    assert output.add({**end})


def test_end_of_a_message_with_new_sources_is_news():
    output, _ = gathered(delta("High tide"))
    item = message(None, "High tide")
    item["content"][0]["annotations"] = [{"type": "url_citation", "url": "https://example.org/", "title": "Tides"}]
    assert output.add(done(item))


def test_end_of_another_item_is_news():
    output, _ = gathered(delta("High tide?", THOUGHT))
    assert output.add(done(reasoning(None, "High tide?")))
