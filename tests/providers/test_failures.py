"""What a server's error says: its sentence, its code, its words for the admin, and whether waiting helps."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.failures import (
    CREDIT,
    MAX_DETAIL,
    NO_API,
    NO_IMAGES,
    SENTENCES,
    TOO_LONG,
    failure,
    failure_of_body,
    failure_of_event,
    failure_of_response,
    keep_secret,
)

DAY = 24 * 3600.0


def body(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        ({"error": {"message": "No.", "type": "invalid_request_error", "param": "input", "code": None}}, "No."),
        ({"detail": "Unsupported parameter: metadata"}, "Unsupported parameter: metadata"),
        ({"error": "The model is not loaded"}, "The model is not loaded"),
        ({"message": "No such route"}, "No such route"),
        (
            {
                "detail": [
                    {"type": "extra_forbidden", "loc": ["body", "store"], "msg": "Not permitted", "input": "mine"}
                ]
            },
            "body.store; Not permitted",
        ),
        ([{"error": {"code": 400, "message": "Not valid", "status": "INVALID_ARGUMENT"}}], "Not valid"),
        (["First", "second"], "First.second"),
        (
            {
                "error": {"code": "invalid_prompt", "message": "Invalid request"},
                "metadata": {"raw": '{"path": "user"}'},
            },
            'Invalid request; {"path": "user"}',
        ),
        ("<html><style>p {color: red}</style><h1>502 Bad Gateway</h1><p>nginx</p></html>", "502 Bad Gateway nginx"),
        ("upstream connect error", "upstream connect error"),
        ({"error": {"type": "odd"}}, '{"error": {"type": "odd"}}'),
        ("", ""),
        ("null", "null"),
    ],
)
def test_words_of_any_body_reach_the_admin(said, detail):
    assert " ".join(failure_of_body(body(said), status=502).detail.split()) == detail


@pytest.mark.parametrize(
    ("status", "error", "meaning"),
    [
        (402, {"message": "More is needed, or fewer max_tokens.", "code": 402}, CREDIT),
        (429, {"message": "Check your plan.", "type": "insufficient_quota", "code": None}, CREDIT),
        (429, {"message": "Not active.", "code": "billing_not_active"}, CREDIT),
        (403, {"message": "Your credit balance is too low."}, CREDIT),
        (429, {"message": "Slow down.", "type": "rate_limit_error", "code": None}, 429),
        (400, {"code": 400, "message": "Increase it", "type": "exceed_context_size_error", "n_ctx": 4096}, TOO_LONG),
        (
            400,
            {"object": "error", "message": "This model's maximum context length is 4096 tokens.", "code": 400},
            TOO_LONG,
        ),
        (400, {"message": "Input exceeds the context window", "code": "invalid_prompt"}, TOO_LONG),
        (
            500,
            {"code": 500, "message": "image input is not supported - hint: mmproj", "type": "server_error"},
            NO_IMAGES,
        ),
        (404, {"message": "No endpoints found that support image input", "code": 404}, NO_IMAGES),
        (404, {"message": "model 'none' not found, try pulling it first"}, 404),
        (404, {"message": "Not there.", "code": "model_not_found"}, 404),
        (404, {"message": "Response with id 'resp_1' not found."}, "stream_cut"),
        (404, {"message": "File Not Found", "code": 404, "type": "not_found_error"}, NO_API),
        (405, {"message": "Method Not Allowed"}, NO_API),
        (400, {"message": "This model does not support images."}, NO_IMAGES),
        (400, {"message": "Not this one.", "code": "image_content_policy_violation"}, "image_refused"),
        (
            400,
            {"message": "Your request was rejected by the safety system.", "code": "moderation_blocked"},
            "moderation_blocked",
        ),
        (529, {"type": "overloaded_error", "message": "Overloaded"}, 503),
        (500, {"message": "The server had an error"}, 500),
        (418, {"message": "I'm a teapot"}, 400),
    ],
)
def test_status_type_code_and_words_say_together_what_is_wrong(status, error, meaning):
    problem = failure_of_body(body({"error": error}), status=status)
    assert (problem.meaning, problem.message) == (meaning, SENTENCES[meaning])


@pytest.mark.parametrize(
    ("error", "code", "meaning"),
    [
        ({"type": "insufficient_quota", "code": None, "message": "None remaining."}, CREDIT, CREDIT),
        ({"code": "server_is_overloaded", "message": "Later."}, "server_is_overloaded", 503),
        ({"code": 429, "message": "Later."}, "http_429", 429),
        ({"code": "429", "message": "Later."}, "http_429", 429),
        ({"code": 7, "message": "?"}, "7", 500),
        ({"code": None, "type": "exceed_context_size_error"}, "exceed_context_size_error", TOO_LONG),
        ({}, "server_error", 500),
    ],
)
def test_error_in_a_stream_says_what_is_wrong(error, code, meaning):
    flat = {"type": "error", "sequence_number": 2, **error}
    problems = [failure_of_response(error), failure_of_event({"type": "error", "error": error})]
    problems += [failure_of_event(flat)] if error.get("type") is None else []
    for problem in problems:
        assert (problem.code, problem.meaning, problem.status) == (code, meaning, None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "in a moment"),
        (60.0, "in a moment"),
        (600.0, "in a few minutes"),
        (3600.0, "in about an hour"),
        (5 * 3600.0, "in a few hours"),
        (DAY, "tomorrow"),
        (3 * DAY, "in a few days"),
    ],
)
def test_sentence_says_when_the_model_is_available_again(seconds, words):
    error = {"message": "The usage limit has been reached", "type": "usage_limit_reached", "code": None}
    by_header = failure_of_body(body({"error": error}), status=429, retry_after=seconds)
    by_body = failure_of_body(body({"error": error | {"resets_in_seconds": seconds}}), status=429, retry_after=0.0)
    for problem in (by_header, by_body):
        assert words in problem.message
        assert problem.retry_after == seconds


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["error", "detail", "message", "code", "type", "param", "loc", "resets_in_seconds"])
                | st.text(),
                inner,
            )
        ),
    ),
    st.sampled_from([None, 200, 400, 404, 422, 429, 500, 503]),
)
def test_no_body_is_an_error_of_the_site(value, status):
    problem = failure_of_body(json.dumps(value).encode(), status=status, retry_after=0.0)
    assert problem.message in SENTENCES.values()
    assert len(problem.detail) <= MAX_DETAIL


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[" * 100_000, b"{" + b'"error":{' * 5000, b"<style>" * 50_000])
def test_hostile_body_is_words(content):
    assert failure_of_body(content, status=500).meaning == 500


def test_no_part_of_a_failure_repeats_a_key():
    key = "sk-a-key-of-somebody"
    keep_secret(key)
    problem = failure(f"invalid_{key}", kind=f"kind {key}", param=f"param {key}", detail=f"No: {key}.", status=400)
    assert key not in f"{problem} {problem.code} {problem.param} {problem.detail} {problem.as_error()}"
    assert problem.code == "invalid_[key]"
