"""What of a request a server refuses: named by its parameter, its code or its words, or guessed."""

import json
from typing import Any

import pytest

from providers.failures import Failure, failure_of_body, failure_of_event
from providers.parameters import parameters_of, without
from providers.refusals import (
    CHAIN,
    ENCRYPTED_REASONING,
    IMAGES,
    guessed_parts,
    is_lasting,
    named_parts,
    parts_of,
    refused_values,
    refuses_input,
)

BODY: dict[str, Any] = {
    "model": "small",
    "input": [
        {"type": "reasoning", "summary": [], "encrypted_content": "c2VjcmV0"},
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_image", "image_url": "https://a.example/b.png"}],
        },
    ],
    "store": True,
    "metadata": {"response_id": "1"},
    "include": ["reasoning.encrypted_content"],
    "background": True,
    "previous_response_id": "resp_1",
}
ALL = {CHAIN, ENCRYPTED_REASONING, IMAGES, "background", "include", "metadata", "store"}


def refused(status: int | None, body: Any) -> Failure:
    """The refusal with this status and body; without a status, the body is that of an error in the stream."""
    if status is None:
        return failure_of_event(body)
    return failure_of_body(body.encode() if isinstance(body, str) else json.dumps(body).encode(), status=status)


def error(message: str = "No.", **fields: Any) -> dict[str, Any]:
    return {"type": "error", "error": {"message": message, "type": "invalid_request_error", "code": None, **fields}}


def test_parts_are_those_without_which_the_same_can_be_asked():
    assert parts_of(BODY) == ALL
    assert parts_of({"model": "small", "input": "Title?", "store": False, "max_output_tokens": 20}) == {
        "max_output_tokens"
    }


@pytest.mark.parametrize(
    ("status", "body", "named"),
    [
        (400, error(code="previous_response_not_found"), CHAIN),
        (404, error("Response with id 'resp_1' not found."), CHAIN),
        (400, error("llama.cpp does not support 'previous_response_id'."), CHAIN),
        (400, error("Previous response cannot be used for this organization due to Zero Data Retention."), CHAIN),
        (400, error("No tool output found for function call call_1."), CHAIN),
        (400, error("Unsupported parameter", param="previous_response_id", code="unsupported_parameter"), CHAIN),
        (
            422,
            {"detail": [{"type": "extra_forbidden", "loc": ["body", CHAIN], "msg": "No", "input": "metadata"}]},
            CHAIN,
        ),
        (403, {"error": "previous_response_id belongs to another session"}, CHAIN),
        (500, error("previous_response_id is not supported", type="not_implemented"), CHAIN),
        (501, error("previous_response_id is not supported", type="not_implemented"), CHAIN),
        (None, error("Invalid `previous_response_id`.", code="invalid_request_error"), CHAIN),
        (None, error("Response with id 'resp_1' not found", code="not_found"), CHAIN),
        (400, {"error": {"message": "Invalid request"}, "metadata": {"raw": f'[{{"path":["{CHAIN}"]}}]'}}, CHAIN),
        (400, {"detail": "Unsupported parameter: metadata"}, "metadata"),
        (400, error("Unknown parameter.", param="metadata", code="unknown_parameter"), "metadata"),
        (400, error("Unsupported parameter.", param="background", code="unsupported_parameter"), "background"),
        (422, {"detail": "background: Extra inputs are not permitted"}, "background"),
        (501, error("background mode is not implemented"), "background"),
        (500, error("background mode is not implemented", type="server_error"), "background"),
        (None, error("Background is not available for this model."), "background"),
        (400, error("Encrypted content is not supported with this model.", param="include"), "include"),
        (400, error("Invalid value: 'reasoning.encrypted_content'.", param="include[0]"), "include"),
        (400, error("Unrecognized request argument supplied: include"), "include"),
        (400, error("Unsupported parameter: store"), "store"),
        (400, error(code="invalid_encrypted_content"), ENCRYPTED_REASONING),
        (400, error("The encrypted content for item rs_1 could not be verified."), ENCRYPTED_REASONING),
        (400, error("Item 'rs_1' of type 'reasoning' was provided without its required item."), ENCRYPTED_REASONING),
        (400, error("The image data is not valid.", param="input", code="invalid_image"), IMAGES),
        (400, error("Not a URL.", param="input[0].content[1].image_url"), IMAGES),
        (500, error("image input is not supported - hint: mmproj", code=500, type="server_error"), IMAGES),
        (404, error("No endpoints found that support image input", code=404), IMAGES),
        (None, error("This model is not multimodal."), IMAGES),
        (413, "<html><h1>413 Request Entity Too Large</h1></html>", IMAGES),
        (400, error("Your request was refused. Please include the request id in your message to the store."), None),
        (400, error("Your prompt was flagged.", code="invalid_prompt"), None),
        (429, error("Too many background responses.", code="rate_limit_exceeded"), None),
        (404, error("The model 'none' does not exist.", code="model_not_found"), None),
        (401, error("previous_response_id needs a key"), None),
        (400, error("previous_response_id has a context length of 5"), None),
    ],
)
def test_refusal_names_a_part_of_the_request(status, body, named):
    assert named_parts(refused(status, body), ALL) == ({named} if named else set())


SETTINGS: dict[str, Any] = {
    "reasoning": {"effort": "minimal", "summary": "auto"},
    "text": {"verbosity": "low", "format": {"type": "json_schema", "name": "tide", "schema": {}}},
    "temperature": 0.7,
    "max_output_tokens": 99_999,
    "stop": ["\n"],
}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (error("No.", param="reasoning.effort", code="unsupported_parameter"), "reasoning.effort"),
        (error("No.", param="reasoning_effort", code="unsupported_parameter"), "reasoning.effort"),
        (error("Unsupported parameter: 'reasoning.effort' is not supported with this model."), "reasoning.effort"),
        (error("Unrecognized request argument supplied: reasoning_effort"), "reasoning.effort"),
        (error("No.", param="reasoning", code="unknown_parameter"), "reasoning.effort reasoning.summary"),
        (error("reasoning is not supported by this model"), "reasoning.effort reasoning.summary"),
        (error("Your organization must be verified to generate reasoning summaries."), "reasoning.summary"),
        (error("'temperature' does not support 0.7 with this model."), "temperature"),
        (error("'verbosity' does not support 'low' with this model.", param="text.verbosity"), "text.verbosity"),
        (error("No.", param="response_format", code="unsupported_parameter"), "text.format"),
        (error("This model does not support the `json_schema` response format."), "text.format"),
        (error("No.", param="text.format.schema", code="invalid_json_schema"), ""),
        (error("Invalid schema for response_format 'tide': In context=(), 'default' is not permitted."), ""),
        (error("max_tokens is too large: 99999. This model supports at most 16384 tokens."), "max_output_tokens"),
        (error("Unknown parameter: 'stop'."), "stop"),
        (error("We must stop here, in spite of our best efforts and best effort."), ""),
    ],
)
def test_refusal_names_a_setting(body, named):
    assert named_parts(refused(400, body), parts_of(SETTINGS)) == set(named.split())


@pytest.mark.parametrize(
    ("part", "body", "values"),
    [
        (
            "reasoning.effort",
            error(
                "Unsupported value: 'minimal' is not supported with the 'gpt-5.1' model. Supported values are: 'none', "
                "'low', 'medium', and 'high'.",
                param="reasoning.effort",
                code="unsupported_value",
            ),
            ["reasoning.effort=minimal", "reasoning.effort=xhigh", "reasoning.effort=max"],
        ),
        (
            "reasoning.effort",
            error("Input should be 'low', 'medium' or 'high'"),
            ["reasoning.effort=none", "reasoning.effort=minimal", "reasoning.effort=xhigh", "reasoning.effort=max"],
        ),
        ("reasoning.effort", error(code="unsupported_value"), ["reasoning.effort=minimal"]),
        ("reasoning.effort", error(code="unsupported_parameter"), ["reasoning.effort"]),
        ("temperature", error("Only the default (1) value is supported.", code="unsupported_value"), ["temperature"]),
        ("temperature", error("temperature: invalid value"), ["temperature=0.7"]),
        ("max_output_tokens", error("max_tokens is too large: 99999."), ["max_output_tokens=99999"]),
        ("metadata", error("metadata: Input should be a valid string"), ["metadata"]),
        (CHAIN, error("Invalid value for previous_response_id"), [CHAIN]),
    ],
)
def test_refusal_of_a_value_refuses_no_other_one_that_is_supported(part, body, values):
    value = {**dict(parameters_of(SETTINGS)), "metadata": {"response_id": "1"}}.get(part)
    assert refused_values(refused(400, body), part, {part: value}) == set(values)


def test_refused_parameters_and_values_are_left_out_and_no_others():
    body = {**SETTINGS, "model": "small", "store": False}
    omitted = {"reasoning.effort=minimal", "text.format", "temperature=0.8", "store", "stop"}
    assert without(body, omitted) == {
        "model": "small",
        "reasoning": {"summary": "auto"},
        "text": {"verbosity": "low"},
        "temperature": 0.7,
        "max_output_tokens": 99_999,
        "store": False,
    }
    assert "reasoning" not in without(body, {"reasoning.effort", "reasoning.summary"})


def test_all_parts_are_named_at_once():
    detail = [{"type": "extra_forbidden", "loc": ["body", name], "msg": "No"} for name in ("metadata", CHAIN, "store")]
    assert named_parts(refused(422, {"detail": detail}), ALL) == {"metadata", CHAIN, "store"}


@pytest.mark.parametrize(
    ("status", "body", "parts", "accepted", "guessed"),
    [
        (400, error(), ALL, set(), {CHAIN}),
        (404, "Not Found", {CHAIN, IMAGES}, set(), {CHAIN}),
        (500, "", {CHAIN, IMAGES}, {CHAIN}, {IMAGES}),
        (400, "", {CHAIN, "metadata", "include", IMAGES}, {CHAIN}, {"metadata", "include"}),
        (400, "", {CHAIN, "metadata", "include"}, {CHAIN, "metadata"}, {"include"}),
        (400, "", {"metadata", "reasoning.effort"}, set(), {"metadata"}),
        (400, "", {"metadata", "reasoning.effort", "temperature"}, {"metadata"}, {"reasoning.effort", "temperature"}),
        (500, "", {"metadata"}, set(), set()),
        (400, error("Invalid Responses API request", code="invalid_prompt"), {CHAIN}, set(), {CHAIN}),
        (400, error("Invalid prompt: it was flagged", code="invalid_prompt"), {CHAIN, "metadata"}, set(), set()),
        (None, error(), {CHAIN}, set(), {CHAIN}),
        (429, "", {CHAIN}, set(), set()),
        (503, "", {CHAIN}, set(), set()),
        (401, "", {CHAIN, "metadata"}, set(), set()),
        (402, "", {CHAIN, "metadata"}, set(), set()),
        (404, error(code="model_not_found"), {CHAIN}, set(), set()),
    ],
)
def test_unclear_refusal_may_mean_what_was_never_accepted(status, body, parts, accepted, guessed):
    assert guessed_parts(refused(status, body), parts, accepted) == guessed


@pytest.mark.parametrize(
    ("status", "body", "part", "accepted", "lasts"),
    [
        (400, error("Not supported."), CHAIN, set(), True),
        (404, error("Response with id 'resp_1' not found."), CHAIN, set(), True),
        (404, error("Response with id 'resp_1' not found."), CHAIN, {CHAIN}, False),
        (400, error(code="previous_response_not_found"), CHAIN, set(), False),
        (400, error("No tool output found for function call call_1."), CHAIN, set(), False),
        (400, error("Unsupported parameter"), "metadata", {"metadata"}, True),
        (500, error("image input is not supported"), IMAGES, set(), True),
        (400, error(code="invalid_image"), IMAGES, set(), False),
        (400, error(code="invalid_encrypted_content"), ENCRYPTED_REASONING, set(), False),
    ],
)
def test_refusal_of_a_parameter_lasts_and_that_of_one_item_does_not(status, body, part, accepted, lasts):
    assert is_lasting(refused(status, body), part, accepted) == lasts


@pytest.mark.parametrize(
    ("status", "body", "refuses"),
    [
        (400, error("It was flagged.", code="invalid_prompt"), True),
        (None, error("It was flagged.", code="invalid_prompt"), True),
        (400, error(code="invalid_image"), True),
        (413, "", True),
        (400, error(code="context_length_exceeded"), True),
        (500, "", False),
        (401, "", False),
        (404, error(code="model_not_found"), False),
        (429, "", False),
        (None, error(code="server_error"), False),
    ],
)
def test_refused_input_is_told_from_a_provider_in_trouble(status, body, refuses):
    assert refuses_input(refused(status, body)) == refuses


CHAT_PARTS = {
    *(
        "developer",
        "json_object",
        "json_schema",
        "max_completion_tokens",
        "max_tokens",
        "reasoning.effort",
        "seed",
        "stop",
    ),
    "stream_options",
    "system",
}


@pytest.mark.parametrize(
    ("status", "body", "named"),
    [
        (400, error("Unexpected message role."), {"developer"}),
        (
            422,
            {"detail": [{"type": "enum", "loc": ["body", "messages", 0, "role"], "msg": "Input should be 'system'"}]},
            {"developer"},
        ),
        (400, error("max_completion_tokens: Extra inputs are not permitted"), {"max_completion_tokens"}),
        (
            400,
            error(
                "Unsupported parameter: 'max_tokens'. Use another.", param="max_tokens", code="unsupported_parameter"
            ),
            {"max_tokens"},
        ),
        (400, error("stream_options is not supported"), {"stream_options"}),
        (400, error("No.", param="reasoning_effort"), {"reasoning.effort"}),
        (400, error("reasoning_effort is not supported with this model"), {"reasoning.effort"}),
        (400, error("Invalid parameter: 'response_format' of type 'json_schema'."), {"json_object", "json_schema"}),
        (400, error("No.", param="response_format"), {"json_object", "json_schema"}),
        (400, error("Structured outputs are off."), {"json_schema"}),
        (400, error("Invalid schema for response_format 'tide'.", code="invalid_json_schema"), {"json_object"}),
        (400, error("Invalid schema for response_format 'tide'.", param="response_format"), {"json_object"}),
        (400, error("Unknown parameter: 'seed'."), {"seed"}),
        (400, error("Unknown parameter: 'stop'."), {"stop"}),
        (400, error("Please stop."), set()),
        (500, error("Jinja Exception: System role not supported"), {"developer", "system"}),
        (400, error("Conversation roles must alternate user/assistant/user/assistant/..."), {"developer", "system"}),
    ],
)
def test_refused_part_of_a_chat_completion_is_named(status, body, named):
    problem = refused(status, body)
    assert named_parts(problem, CHAT_PARTS) == named
    assert all(is_lasting(problem, part, ()) for part in named)
