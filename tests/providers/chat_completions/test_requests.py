"""What is asked of a chat completion: the same as of a response, as far as it can be said."""

from typing import Any

import pytest

from providers.chat_completions.requests import NO_OUTPUT, parts_of, to_chat
from providers.chat_completions.servers import Server, server_at
from tests.support.contract import check_chat_request

OTHER, OPENAI, DEEPSEEK = Server(), Server(is_openai=True), Server(is_deepseek=True)
SCHEMA = {"type": "object", "properties": {"metres": {"type": "number"}}, "required": ["metres"]}
FORMAT = {"type": "json_schema", "name": "tide", "schema": SCHEMA, "strict": True}
DATA = "data:image/png;base64,AAAA"


def user(*content: Any) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": content[0] if len(content) == 1 else list(content)}


def assistant(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": text}


def call(call_id: str, arguments: str = "{}") -> dict[str, Any]:
    return {"type": "function_call", "call_id": call_id, "name": "tide", "arguments": arguments}


def called(call_id: str, arguments: str = "{}") -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": "tide", "arguments": arguments}}


def result(call_id: str, value: Any) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": value}


def asked(server: Server = OTHER, omitted: frozenset[str] = frozenset(), **body: Any) -> dict[str, Any]:
    """The request, checked against the API's contract."""
    request = to_chat({"model": "small", "input": "Tide?", **body}, server, omitted)
    if "thinking" not in request:
        check_chat_request(request)
    return request


def messages(*items: Any, server: Server = OTHER, **body: Any) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = asked(server, input=list(items), **body)["messages"]
    return read


def test_plain_question():
    assert asked(instructions="Be brief.") == {
        "model": "small",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Tide?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


@pytest.mark.parametrize(
    ("server", "model", "omitted", "role"),
    [
        (OTHER, "gpt-5", set(), "system"),
        (OPENAI, "gpt-5", set(), "developer"),
        (OPENAI, "gpt-5", {"developer"}, "system"),
        (OPENAI, "gpt-4o", set(), "system"),
    ],
)
def test_role_of_the_instructions_is_the_servers(server, model, omitted, role):
    request = asked(server, frozenset(omitted), model=model, instructions="Be brief.")
    assert request["messages"][0] == {"role": role, "content": "Be brief."}
    assert parts_of(request) == {role, "stream_options"}


def test_instructions_are_the_users_if_there_is_no_other_role():
    said = asked(OTHER, frozenset({"system"}), instructions="Be brief.")["messages"]
    assert said == [{"role": "user", "content": "Be brief.\n\nTide?"}]
    said = asked(OTHER, frozenset({"system"}), instructions="Be brief.", input=[assistant("Two.")])["messages"]
    assert said[0] == {"role": "user", "content": "Be brief."}


def test_instructions_among_the_input_are_in_the_one_first_message():
    developer = {"type": "message", "role": "developer", "content": "In metres."}
    assert messages(user("Tide?"), developer, instructions="Be brief.")[0] == {
        "role": "system",
        "content": "Be brief.\n\nIn metres.",
    }


def test_turns_alternate():
    said = messages(user("One."), user("Two."), assistant("A."), assistant("B."), user("Three."))
    assert said == [
        {"role": "user", "content": "One.\n\nTwo."},
        {"role": "assistant", "content": "A.\n\nB."},
        {"role": "user", "content": "Three."},
    ]


def test_answers_are_sent_without_annotations():
    content = [{"type": "output_text", "text": "Two.", "annotations": [{"type": "url_citation"}]}]
    assert messages(user("Tide?"), assistant(content), user("Moon?"))[1] == {"role": "assistant", "content": "Two."}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("server", "message"),
    [
        (OPENAI, {"role": "assistant", "content": None, "refusal": "No."}),
        (OTHER, {"role": "assistant", "content": "No."}),
    ],
)
def test_refusal_is_sent_where_it_is_known(server, message):
    answer = {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}
    assert messages(user("Tide?"), answer, user("Moon?"), server=server)[1] == message


@pytest.mark.parametrize(
    ("detail", "sent"), [("original", "high"), ("high", "high"), ("low", "low"), ("auto", "auto"), (None, None)]
)
def test_image_is_sent_with_its_detail(detail, sent):
    image = {"type": "input_image", "image_url": DATA, "detail": detail}
    said = messages(user({"type": "input_text", "text": "What is it?"}, image))
    url = {"url": DATA} | ({"detail": sent} if sent else {})
    assert said[0]["content"] == [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": url}]


def test_what_cannot_be_sent_is_said():
    said = messages(
        user({"type": "input_image", "file_id": "file-1"}, {"type": "input_file", "file_url": "https://a.b"})
    )
    assert said == [{"role": "user", "content": "[an image that can't be sent]\n\n[a file that can't be sent]"}]


def test_file_is_sent_with_its_data():
    file = {"filename": "tides.pdf", "file_data": "data:application/pdf;base64,AAAA"}
    assert messages(user({"type": "input_text", "text": "Read."}, {"type": "input_file", **file}))[0]["content"][1] == {
        "type": "file",
        "file": file,
    }


def test_calls_and_words_of_a_turn_are_one_message_and_outputs_follow_it():
    said = messages(
        user("Tide?"),
        {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Moon."}]},
        assistant("Let me look."),
        call("a", ""),
        call("b", '{"city":"Brest"}'),
        result("b", "4.2"),
        result("a", "1.8"),
        assistant("Two."),
        user("Thanks."),
    )
    assert said[1:] == [
        {
            "role": "assistant",
            "content": "Let me look.",
            "tool_calls": [called("a"), called("b", '{"city":"Brest"}')],
        },
        {"role": "tool", "tool_call_id": "a", "content": "1.8"},
        {"role": "tool", "tool_call_id": "b", "content": "4.2"},
        {"role": "assistant", "content": "Two."},
        {"role": "user", "content": "Thanks."},
    ]


def test_calls_in_several_steps_are_several_messages():
    said = messages(user("Tide?"), call("a"), result("a", "1.8"), call("b"), result("b", "4.2"))
    assert [message["role"] for message in said] == ["user", "assistant", "tool", "assistant", "tool"]
    assert said[1] == {"role": "assistant", "content": None, "tool_calls": [called("a")]}


def test_each_call_has_an_output():
    said = messages(user("Tide?"), call("a"), user("Never mind."))
    assert said[2] == {"role": "tool", "tool_call_id": "a", "content": NO_OUTPUT}


def test_output_without_a_call_is_not_sent():
    assert messages(user("Tide?"), result("a", "1.8")) == [{"role": "user", "content": "Tide?"}]


def test_images_of_an_output_follow_in_a_message_of_the_user():
    parts = [{"type": "input_text", "text": "A chart."}, {"type": "input_image", "image_url": DATA}]
    said = messages(user("Tide?"), call("a"), call("b"), result("a", parts), result("b", "4.2"), assistant("Two."))
    assert [message["role"] for message in said] == ["user", "assistant", "tool", "tool", "user", "assistant"]
    assert said[2]["content"] == "A chart."
    assert said[4]["content"] == [{"type": "image_url", "image_url": {"url": DATA}}]


@pytest.mark.parametrize(
    ("server", "model", "sent"), [(OTHER, "small", None), (DEEPSEEK, "chat", "Moon."), (OTHER, "deepseek-v4", "Moon.")]
)
def test_thoughts_go_back_with_calls_only_where_they_must(server, model, sent):
    thought = {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Moon."}]}
    body = {"model": model, "input": [user("Tide?"), thought, call("a"), result("a", "2"), thought, assistant("Two.")]}
    said = to_chat(body, server)["messages"]
    assert said[1].get("reasoning_content") == sent
    assert "reasoning_content" not in said[3]


def test_hosted_items_and_tools_vanish():
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    request = asked(
        input=[user("Tide?"), search, assistant("Two.")], tools=[{"type": "web_search"}], tool_choice="auto"
    )
    assert [message["role"] for message in request["messages"]] == ["user", "assistant"]
    assert not request.keys() & {"tools", "tool_choice"}


TOOL = {"type": "function", "name": "tide", "description": "The tide", "parameters": SCHEMA, "strict": True}


@pytest.mark.parametrize(("server", "is_strict"), [(OTHER, False), (OPENAI, True)])
def test_function_is_declared(server, is_strict):
    request = asked(server, tools=[TOOL], tool_choice={"type": "function", "name": "tide"}, parallel_tool_calls=False)
    function = {"name": "tide", "description": "The tide", "parameters": SCHEMA} | (
        {"strict": True} if is_strict else {}
    )
    assert request["tools"] == [{"type": "function", "function": function}]
    assert request["tool_choice"] == {"type": "function", "function": {"name": "tide"}}
    assert request["parallel_tool_calls"] is False


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("required", "required"),
        ("none", "none"),
        ({"type": "allowed_tools", "mode": "required", "tools": []}, "required"),
        ({"type": "web_search"}, None),
    ],
)
def test_choice_of_tools_is_sent(choice, sent):
    assert asked(tools=[TOOL], tool_choice=choice).get("tool_choice") == sent


def test_custom_tool_is_for_openai_alone():
    tool = {"type": "custom", "name": "note"}
    note = {"type": "custom_tool_call", "call_id": "a", "name": "note", "input": "Two."}
    items = [user("Tide?"), note, {"type": "custom_tool_call_output", "call_id": "a", "output": "Noted."}]
    request = asked(OPENAI, input=items, tools=[tool])
    assert request["tools"] == [{"type": "custom", "custom": {"name": "note"}}]
    assert request["messages"][1]["tool_calls"][0]["custom"] == {"name": "note", "input": "Two."}
    assert "tools" not in asked(input=items, tools=[tool])


@pytest.mark.parametrize(
    ("server", "omitted", "sent"),
    [
        (OTHER, set(), "json_schema"),
        (OTHER, {"json_schema"}, "json_object"),
        (OTHER, {"json_schema", "json_object"}, None),
        (DEEPSEEK, set(), "json_object"),
    ],
)
def test_format_is_the_strictest_that_is_taken(server, omitted, sent):
    request = asked(server, frozenset(omitted), text={"format": FORMAT}, instructions="Be brief.")
    answer_format = request.get("response_format", {})
    assert answer_format.get("type") == sent
    # What the parameter doesn't say is said in words.
    assert ('"metres"' in request["messages"][0]["content"]) == (sent != "json_schema")
    assert parts_of(request) & {"json_schema", "json_object"} == ({sent} if sent else set())
    if sent == "json_schema":
        assert answer_format["json_schema"] == {"name": "tide", "schema": SCHEMA, "strict": True}


def test_json_mode_says_json():
    request = asked(text={"format": {"type": "json_object"}})
    assert request["response_format"] == {"type": "json_object"}
    assert "JSON" in request["messages"][0]["content"]


@pytest.mark.parametrize(
    ("server", "model", "effort", "sent"),
    [
        (OTHER, "small", "low", {"reasoning_effort": "low"}),
        (OTHER, "qwen3-8b", "none", {"chat_template_kwargs": {"enable_thinking": False}}),
        (OTHER, "qwen3-8b", "high", {"chat_template_kwargs": {"enable_thinking": True}}),
        (DEEPSEEK, "chat", "none", {"thinking": {"type": "disabled"}}),
        (DEEPSEEK, "chat", "low", {"thinking": {"type": "enabled"}, "reasoning_effort": "high"}),
        (DEEPSEEK, "chat", "xhigh", {"thinking": {"type": "enabled"}, "reasoning_effort": "max"}),
    ],
)
def test_effort_is_said_in_the_servers_words(server, model, effort, sent):
    body = {"model": model, "input": "Tide?", "reasoning": {"effort": effort, "summary": "auto"}}
    names = ("reasoning_effort", "chat_template_kwargs", "thinking")
    request = to_chat(body, server)
    assert {name: request[name] for name in names if name in request} == sent
    assert "reasoning.effort" in parts_of(request)
    assert not to_chat(body, server, {"reasoning"}).keys() & set(names)


@pytest.mark.parametrize(
    ("server", "omitted", "name"),
    [
        (OTHER, set(), "max_tokens"),
        (OTHER, {"max_tokens"}, "max_completion_tokens"),
        (OPENAI, set(), "max_completion_tokens"),
        (OPENAI, {"max_completion_tokens"}, "max_tokens"),
        (OTHER, {"max_tokens", "max_completion_tokens"}, None),
    ],
)
def test_limit_has_the_name_that_is_taken(server, omitted, name):
    request = asked(server, frozenset(omitted), max_output_tokens=100)
    assert {key for key in request if key.startswith("max_")} == ({name} if name else set())
    assert name is None or request[name] == 100


OPENAIS: dict[str, Any] = {
    "metadata": {"response_id": "1"},
    "store": True,
    "service_tier": "flex",
    "prompt_cache_key": "c",
    "safety_identifier": "u",
}
SAME: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.9,
    "stop": ["."],
    "frequency_penalty": 0.1,
    "presence_penalty": 0.2,
    "seed": 7,
    "logit_bias": {"5": -1},
}


def test_parameters_of_openai_are_sent_to_openai_alone():
    assert OPENAIS.items() <= asked(OPENAI, **OPENAIS).items()
    assert "metadata" not in asked(OPENAI, **OPENAIS | {"store": False})
    assert not OPENAIS.keys() & asked(**OPENAIS).keys()


@pytest.mark.parametrize("server", [OTHER, OPENAI])
def test_parameters_that_all_have_are_sent(server):
    request = asked(server, **SAME, text={"verbosity": "low"})
    assert (SAME | {"verbosity": "low"}).items() <= request.items()
    assert SAME.keys() | {"text.verbosity", "stream_options"} <= parts_of(request)


def test_what_is_omitted_is_not_sent():
    request = asked(OTHER, frozenset({"stream_options", "seed"}), **SAME)
    assert not request.keys() & {"stream_options", "seed"}
    assert parts_of(request) == SAME.keys() - {"seed"}


def test_memory_of_the_provider_is_not_asked_for():
    request = asked(previous_response_id="resp_1", background=True, include=["reasoning.encrypted_content"])
    assert request.keys() == {"model", "messages", "stream", "stream_options"}


@pytest.mark.parametrize(
    ("base_url", "server"),
    [
        ("https://api.openai.com/v1", OPENAI),
        ("https://eu.api.openai.com/v1", OPENAI),
        ("https://tides.openai.azure.com/openai/v1/", OPENAI),
        ("https://tides.services.ai.azure.com/openai/v1/", OPENAI),
        ("https://api.deepseek.com", DEEPSEEK),
        ("https://notdeepseek.com/v1", OTHER),
        ("https://api.openai.com.example.org/v1", OTHER),
        ("http://127.0.0.1:8080/v1", OTHER),
    ],
)
def test_server_is_known_by_its_address(base_url, server):
    assert server_at(base_url) == server
