"""What a server refuses of tools: those of the request, and what they did earlier."""

import json
from typing import Any

import pytest

from providers.failures import Failure, failure_of_body
from providers.parameters import EFFORT, without
from providers.refusals import (
    CHAIN,
    CODE,
    EARLIER_CALLS,
    ENCRYPTED_REASONING,
    HOSTED,
    IMAGES,
    guessed_parts,
    is_lasting,
    named_parts,
    refused_values,
)

ALL = {CHAIN, ENCRYPTED_REASONING, IMAGES, "background", "include", "metadata", "store"}


def refused(status: int, body: Any) -> Failure:
    """The refusal with this status and body."""
    return failure_of_body(body.encode() if isinstance(body, str) else json.dumps(body).encode(), status=status)


def error(message: str = "No.", **fields: Any) -> dict[str, Any]:
    return {"type": "error", "error": {"message": message, "type": "invalid_request_error", "code": None, **fields}}


TOOLS = {"tools.web_search", "tools.image_generation", "tools.function"}
MINIMAL = "The following tools cannot be used with reasoning.effort 'minimal': image_gen, web_search."


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (error(MINIMAL, param="tools"), {"tools.web_search", "tools.image_generation"}),
        (error(MINIMAL), {"tools.web_search", "tools.image_generation"}),
        (error("Web Search cannot be used with JSON mode"), {"tools.web_search"}),
        (error("Hosted tool 'web_search' is not supported with gpt-4.1-nano."), {"tools.web_search"}),
        (error("Unsupported tool type: image_generation"), {"tools.image_generation"}),
        (error("Your organization must be verified to use the model `gpt-image-2`."), {"tools.image_generation"}),
        (
            error("Invalid value: 'web_search'. Supported values are: 'function'.", param="tools[0].type"),
            {"tools.web_search"},
        ),
        (error("Invalid schema for function 'tide': 'x' is missing.", param="tools[0].parameters"), {"tools.function"}),
        (error("Function tools with reasoning_effort are not supported for gpt-9."), {"tools.function"}),
        (error("registry.ollama.ai/library/tide does not support tools"), TOOLS),
        (error('"auto" tool choice requires --enable-auto-tool-choice'), TOOLS),
        (error("No endpoints found that support tool use"), TOOLS),
        ({"detail": [{"type": "extra_forbidden", "loc": ["body", "tools"], "msg": "Extra inputs"}]}, TOOLS),
        (error("No tool output found for function call call_x."), {CHAIN}),
        (error("No tool call found for function call output with call_id call_x."), set()),
        (error("messages with role 'tool' must follow a message with 'tool_calls'", param="messages"), set()),
    ],
)
def test_refusal_names_tools(body, named):
    assert named_parts(refused(400, body), ALL | TOOLS) == named


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (error("Invalid value: 'function_call'. It isn't known.", param="input[1].type"), {EARLIER_CALLS}),
        (error("Invalid role: tool", param="messages[2].role"), {EARLIER_CALLS}),
        (error("messages with role 'tool' must follow a message with 'tool_calls'", param="messages"), {EARLIER_CALLS}),
        (error("Only user and assistant roles are supported!"), {EARLIER_CALLS}),
        (error("This model does not support tools"), {EARLIER_CALLS}),
        (error("tool_use is not supported"), {EARLIER_CALLS}),
        (error("Container is expired."), {CODE}),
        (error("Container with id 'cntr_1' not found."), {CODE}),
        (error("Item 'ws_1' of type 'web_search_call' was provided without its required item."), {"web_search_call"}),
        (error("Previous response with id 'resp_1' not found."), set()),
    ],
)
def test_refusal_names_what_tools_did_earlier(body, named):
    assert named_parts(refused(400, body), {EARLIER_CALLS, *HOSTED}) == named


def test_refusal_of_earlier_calls_lasts_unless_they_are_not_paired():
    assert is_lasting(refused(400, error("Invalid role: tool")), EARLIER_CALLS, ())
    assert not is_lasting(refused(400, error("Invalid role: tool")), EARLIER_CALLS, {EARLIER_CALLS})
    assert not is_lasting(refused(400, error("No tool call found for function_call_output x")), EARLIER_CALLS, ())
    assert not is_lasting(refused(400, error("Container is expired.")), CODE, ())


@pytest.mark.parametrize("words", ["Container is expired.", "Container with id 'cntr_1' not found."])
def test_container_that_is_gone_ends_one_chain(words):
    problem = refused(404, error(words))
    assert named_parts(problem, ALL) == {CHAIN}
    assert not is_lasting(problem, CHAIN, ())


def test_earlier_calls_are_guessed_before_images():
    assert guessed_parts(refused(500, ""), {EARLIER_CALLS, CODE, IMAGES}, ()) == {EARLIER_CALLS, CODE}


@pytest.mark.parametrize(
    ("words", "values", "learnt"),
    [
        (MINIMAL, {EFFORT: "minimal"}, {"tools.web_search with reasoning.effort=minimal"}),
        (MINIMAL, {}, {"tools.web_search"}),
        (
            "Web Search cannot be used with JSON mode",
            {"text.format": {"type": "json_object"}, EFFORT: "low"},
            {"tools.web_search with text.format=json_object"},
        ),
        ("Unsupported tool type: web_search", {EFFORT: "low"}, {"tools.web_search"}),
    ],
)
def test_tool_is_refused_together_with_what_it_is_named_with(words, values, learnt):
    problem = refused(400, error(words))
    assert refused_values(problem, "tools.web_search", values) == learnt
    body = {
        "tools": [{"type": "web_search"}, {"type": "function", "name": "tide"}],
        "include": ["reasoning.encrypted_content", "web_search_call.action.sources"],
        "reasoning": {"effort": values.get(EFFORT)},
        "text": {"format": values.get("text.format")},
    }
    left = without(body, learnt)
    assert (left["tools"], left["include"]) == (body["tools"][1:], ["reasoning.encrypted_content"])
    conditions = {name: each for name, each in body.items() if name not in {"reasoning", "text"}}
    assert ("web_search" in str(without(conditions, learnt))) == ("with" in str(learnt))


SOURCES, LOGS = "web_search_call.action.sources", "code_interpreter_call.outputs"
ENTRIES = ["reasoning.encrypted_content", SOURCES, LOGS]


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (error(f"Invalid value: '{SOURCES}'. Supported values are: '{LOGS}'.", param="include[1]"), [ENTRIES[0], LOGS]),
        (error(f"Invalid value: '{SOURCES}'. Supported values are: '{LOGS}'.", param="include"), [ENTRIES[0], LOGS]),
        (error("code_interpreter_call.outputs can't be included"), ENTRIES[:2]),
        (error("Encrypted content is not supported with this model.", param="include"), ENTRIES[1:]),
        (error("Unknown parameter: 'include'."), None),
    ],
)
def test_what_is_included_is_left_out_entry_by_entry(body, left):
    problem = refused(400, body)
    assert "include" in named_parts(problem, {"include"})
    omitted = refused_values(problem, "include", {"include": ENTRIES})
    assert without({"include": ENTRIES}, omitted).get("include") == left


def test_wrong_function_says_nothing_of_the_others():
    problem = refused(400, error("Invalid schema for function 'tide'.", code="invalid_function_parameters"))
    assert not is_lasting(problem, "tools.function", ())
    assert is_lasting(refused(400, error("does not support tools")), "tools.function", ())


def test_tools_are_guessed_last():
    assert guessed_parts(refused(400, ""), {"metadata", *TOOLS}, ()) == {"metadata"}
    assert guessed_parts(refused(400, ""), {*TOOLS}, ()) == TOOLS


@pytest.mark.parametrize(
    "body",
    [
        error("tools.3.custom.input_schema: JSON schema is invalid."),
        error("It has no type.", param="tools[3].parameters"),
        error("Function tools are malformed."),
    ],
)
def test_server_of_one_person_is_suspected_before_what_all_use(body):
    problem, server = refused(400, body), "tools.mcp-tracker"
    assert named_parts(problem, TOOLS | {server}) == {server}
    assert not is_lasting(problem, server, ())
    assert named_parts(problem, TOOLS) <= TOOLS
    assert guessed_parts(refused(400, ""), {*TOOLS, server}, ()) == {server}
