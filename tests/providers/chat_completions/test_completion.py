"""What the chunks of a chat completion say, as the Responses API's events."""

import json

import pytest

from providers.chat_completions.stream import ChunkStream
from providers.failures import failure_of_event, failure_of_response, is_error
from providers.responses_api.ends import is_end
from providers.responses_api.events import Delta
from tests.support.chat import chunk, end, events, framed, output, texts, types


def test_words_become_a_message():
    said = events(chunk(role="assistant", content=""), chunk(content="Two "), chunk(content="metres."), chunk("stop"))
    assert types(said) == [
        "created",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_item.done",
        "completed",
    ]
    assert isinstance(said[0], dict)
    assert said[0]["response"]["model"] == "small"
    assert said[0]["response"]["metadata"] == {"chat_completion": "chatcmpl-1"}
    assert said[0]["response"]["id"] is None
    assert [event.delta for event in said if isinstance(event, Delta)] == ["Two ", "metres."]
    assert output(said) == [
        {
            "type": "message",
            "id": "msg_1",
            "status": "completed",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Two metres.", "annotations": []}],
        }
    ]


def test_neighbouring_deltas_can_be_joined():
    said = [event for event in events(chunk(content="Two "), chunk(content="metres.")) if isinstance(event, Delta)]
    assert said[1].continues(said[0])


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thought_becomes_a_reasoning_item_that_ends_before_the_message(field):
    said = events(
        chunk(**{field: "The moon "}), chunk(**{field: "pulls."}), chunk(content="Two metres."), chunk("stop")
    )
    assert types(said)[:5] == [
        "created",
        "output_item.added",
        "reasoning_text.delta",
        "reasoning_text.delta",
        "output_item.done",
    ]
    assert texts(said) == [("reasoning", "The moon pulls."), ("message", "Two metres.")]


def test_thought_under_both_names_is_read_once():
    said = events(chunk(reasoning_content="Moon.", reasoning="Moon."), chunk(content="Two."), chunk("stop"))
    assert texts(said) == [("reasoning", "Moon."), ("message", "Two.")]


def test_thoughts_between_messages_keep_their_places():
    said = events(
        chunk(reasoning="One."), chunk(content="Two."), chunk(reasoning="Three."), chunk(content="Four."), chunk("stop")
    )
    assert texts(said) == [("reasoning", "One."), ("message", "Two."), ("reasoning", "Three."), ("message", "Four.")]


def test_changes_between_thoughts_and_messages_are_bounded():
    pairs = [each for _ in range(150) for each in (chunk(reasoning="Hm."), chunk(content="Two."))]
    assert len(texts(events(*pairs, chunk("stop")))) == 200


def test_blanks_alone_begin_no_message():
    said = events(
        chunk(content=""), chunk(content="\n"), chunk(reasoning="Moon."), chunk(content="Two."), chunk("stop")
    )
    assert texts(said) == [("reasoning", "Moon."), ("message", "\nTwo.")]
    assert "message" not in json.dumps(end(events(chunk(content="\n"), chunk("stop")))["output"])


def test_thoughts_among_the_parts_of_a_content_are_thoughts():
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Moon."}]}, {"type": "text", "text": "Two."}]
    assert texts(events(chunk(content=parts), chunk("stop"))) == [("reasoning", "Moon."), ("message", "Two.")]


@pytest.mark.parametrize(
    "pieces",
    [["<think>Moon.</think>Two."], ["<th", "ink>Mo", "on.</thi", "nk>", "\n\nTwo."]],
)
def test_thought_between_tags_is_split_from_the_answer(pieces):
    assert texts(events(*(chunk(content=piece) for piece in pieces), chunk("stop"))) == [
        ("reasoning", "Moon."),
        ("message", "Two."),
    ]


@pytest.mark.parametrize("pieces", [["Moon.\n</think>\n\nTwo."], ["Mo", "on.\n</th", "ink>\n", "\nTwo."]])
def test_thought_whose_opening_tag_is_missing_is_split_at_the_end(pieces):
    assert texts(events(*(chunk(content=piece) for piece in pieces), chunk("stop"))) == [
        ("reasoning", "Moon."),
        ("message", "Two."),
    ]


def test_thought_alone_is_the_answer():
    said = events(chunk(reasoning="Two metres."), chunk("stop"))
    assert texts(said) == [("reasoning", "Two metres."), ("message", "Two metres.")]
    assert types(said)[-2:] == ["output_item.done", "completed"]


@pytest.mark.parametrize("reason", ["length", "tool_calls"])
def test_thought_alone_is_no_answer_if_it_was_cut(reason):
    assert texts(events(chunk(reasoning="Two metres."), chunk(reason))) == [("reasoning", "Two metres.")]


def test_refusal_is_a_part_of_the_message():
    said = events(chunk(content="Well. "), chunk(refusal="I can't "), chunk(refusal="say."), chunk("stop"))
    assert output(said)[0]["content"] == [
        {"type": "output_text", "text": "Well. ", "annotations": []},
        {"type": "refusal", "refusal": "I can't say."},
    ]


def test_annotation_is_one_of_the_message():
    cited = {"url": "https://a.example/", "title": "Tides", "start_index": 0, "end_index": 3}
    citation = {"type": "url_citation", "url_citation": cited}
    said = events(chunk(content="Two."), chunk(annotations=[citation]), chunk("stop"))
    assert types(said)[4] == "output_text.annotation.added"
    assert said[2]["part"]["annotations"] == []
    assert output(said)[0]["content"][0]["annotations"] == [{"type": "url_citation", **cited}]


@pytest.mark.parametrize(
    ("reason", "status", "details"),
    [
        ("stop", "completed", None),
        ("tool_calls", "completed", None),
        ("function_call", "completed", None),
        ("eos", "completed", None),
        ("length", "incomplete", {"reason": "max_output_tokens"}),
        ("content_filter", "incomplete", {"reason": "content_filter"}),
    ],
)
def test_reason_of_the_end_is_told(reason, status, details):
    response = end(events(chunk(content="Two metres."), chunk(reason)))
    assert (response["status"], response["incomplete_details"]) == (status, details)
    assert response["output"][0]["status"] == status
    assert response["output"][0]["content"][0]["text"] == "Two metres."


def test_answer_that_a_filter_withheld_is_a_refused_message():
    response = end(events(chunk(role="assistant"), chunk("content_filter")))
    assert response["status"] == "failed"
    problem = failure_of_response(response["error"])
    assert (problem.code, problem.meaning, problem.is_clear) == ("content_filter", 400, True)


@pytest.mark.parametrize(("reason", "meaning"), [("error", 500), ("insufficient_system_resource", 503)])
def test_reason_may_be_a_failure(reason, meaning):
    response = end(events(chunk(content="Two "), chunk(reason)))
    assert response["status"] == "failed"
    assert failure_of_response(response["error"]).meaning == meaning
    assert response["output"][0]["content"][0]["text"] == "Two "


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("last", [chunk(content="metres"), chunk("abort")])
def test_stream_without_a_reason_is_cut(last, done):
    said = events(chunk(content="Two "), last, done=done)
    assert not any(isinstance(event, dict) and is_end(event) for event in said)


def test_reason_is_enough_for_an_end():
    assert end(events(chunk("stop", content="Two."), done=False))["status"] == "completed"


USAGE = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
READ = {
    "input_tokens": 7,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 12,
}


@pytest.mark.parametrize(
    "chunks",
    [
        [chunk(content="Two."), chunk("stop"), {"id": "chatcmpl-1", "choices": [], "usage": USAGE}],
        [chunk(content="Two."), chunk("stop"), {"usage": USAGE}],
        [chunk(content="Two."), chunk("stop"), {"choices": None, "usage": USAGE}],
        [chunk(content="Two."), chunk("stop") | {"usage": USAGE}],
        [chunk(content="Two.") | {"usage": USAGE | {"completion_tokens": 1}}, chunk("stop") | {"usage": USAGE}],
        [chunk(content="Two.") | {"usage": None}, chunk("stop") | {"usage": USAGE}],
        [chunk(content="Two.") | {"usage": USAGE}, chunk("stop") | {"usage": None}],
    ],
)
def test_newest_usage_counts_wherever_it_comes(chunks):
    assert end(events(*chunks))["usage"] == READ


@pytest.mark.parametrize(
    ("details", "cached", "reasoning"),
    [
        ({"prompt_tokens_details": {"cached_tokens": 3}}, 3, 0),
        ({"prompt_tokens_details": None, "completion_tokens_details": None}, 0, 0),
        ({"prompt_cache_hit_tokens": 4, "prompt_cache_miss_tokens": 3}, 4, 0),
        ({"completion_tokens_details": {"reasoning_tokens": 2}}, 0, 2),
        ({"prompt_tokens_details": {"cached_tokens": "many"}, "completion_tokens_details": []}, 0, 0),
    ],
)
def test_details_of_usage_may_be_missing(details, cached, reasoning):
    usage = end(events(chunk("stop", content="Two."), {"choices": [], "usage": USAGE | details}))["usage"]
    assert usage["input_tokens_details"] == {"cached_tokens": cached}
    assert usage["output_tokens_details"] == {"reasoning_tokens": reasoning}


@pytest.mark.parametrize(
    "error",
    [
        {"error": {"message": "The server is overloaded.", "code": 503}},
        {"choices": [], "error": {"message": "The server is overloaded.", "type": "overloaded_error"}},
        {"object": "error", "message": "The server is overloaded.", "code": 503},
        chunk(content="") | {"error": "The server is overloaded."},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "error", "error": {"code": 503}}]},
    ],
)
@pytest.mark.parametrize("before", [[], [chunk(content="Two ")]])
def test_error_in_the_stream_is_a_failure(error, before):
    errors = [event for event in events(*before, error) if isinstance(event, dict) and is_error(event)]
    assert len(errors) == 1
    assert failure_of_event(errors[0]).meaning == 503


def test_error_at_once_begins_no_answer():
    assert types(events({"error": {"message": "Busy."}}, done=False)) == ["error"]


def test_other_choices_are_ignored():
    other = {"choices": [{"index": 1, "delta": {"content": "Three."}, "finish_reason": "length"}]}
    said = events(chunk(content="Two."), other, chunk("stop"), other)
    assert texts(said) == [("message", "Two.")]
    assert end(said)["status"] == "completed"


def test_whole_completion_is_read_too():
    whole = {
        "object": "chat.completion",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "Two."}, "finish_reason": "stop", "logprobs": None}
        ],
        "usage": USAGE,
    }
    stream = ChunkStream()
    said = stream.feed(json.dumps(whole, indent=2).encode()) + stream.finish()
    assert texts(said) == [("message", "Two.")]
    assert end(said)["usage"] == READ


def test_extras_of_azure_are_skipped():
    first = {"choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]}
    filtered = chunk(content="Two.")
    filtered["choices"][0]["content_filter_results"] = {"hate": {"filtered": False}}
    assert texts(events(first, filtered, chunk("stop"))) == [("message", "Two.")]


def test_nothing_follows_the_end():
    assert end(events(chunk("stop", content="Two."), done=True))["output"]
    stream = ChunkStream()
    said = stream.feed(framed(chunk("stop", content="Two.")) + b"data: [DONE]\n\n" + framed(chunk(content="Three.")))
    assert texts(said + stream.finish()) == [("message", "Two.")]
