"""What goes back of an earlier answer: each kind of item, to each kind of provider."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from conversations.answering.history import NO_IMAGE
from conversations.answering.pairing import paired
from conversations.answering.replay import AS_RECEIVED, IN_WORDS, Reader, as_input, in_words
from conversations.answering.requests import build
from conversations.attachments import keep
from conversations.models import Conversation, Item, Response
from files.kinds.images import prepare
from providers import catalog
from providers.chat_completions.requests import to_chat
from providers.chat_completions.servers import Server, server_at
from providers.items import APPROVAL, CALLS
from providers.models import Model, Provider
from providers.refusals import CHAIN, CODE, EARLIER_CALLS, HOSTED
from providers.tool_parts import FUNCTIONS
from tests.support.contract import check_chat_request, check_request
from tests.support.conversations import begin, finish, message, queue_message
from tests.support.images import encoded, image

SEALED: Item = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "c2VjcmV0"}
THOUGHT: Item = {
    "id": "rs_1",
    "type": "reasoning",
    "summary": [],
    "content": [{"type": "reasoning_text", "text": "Hm"}],
}
SEARCH: Item = {
    "id": "ws_1",
    "type": "web_search_call",
    "status": "completed",
    "action": {"type": "search", "query": "tide", "sources": [{"type": "url", "url": "https://example.org"}]},
}
CALL: Item = {
    "id": "fc_1",
    "type": "function_call",
    "call_id": "call_1",
    "name": "tide",
    "arguments": '{"port":"Brest"}',
}
CUSTOM: Item = {"id": "ct_1", "type": "custom_tool_call", "call_id": "call_1", "name": "tide", "input": "Brest"}
INTERPRETED: Item = {
    "id": "ci_1",
    "type": CODE,
    "status": "completed",
    "container_id": "cntr_1",
    "code": "print(2)",
    "outputs": [{"type": "logs", "logs": "2"}, {"type": "image", "file_id": "FILE"}],
}
MCP: Item = {
    "id": "mcp_1",
    "type": "mcp_call",
    "server_label": "sea",
    "name": "tide",
    "arguments": "{}",
    "output": "High",
}
MCP_TOOLS: Item = {
    "id": "mcpl_1",
    "type": "mcp_list_tools",
    "server_label": "sea",
    "tools": [{"name": "tide", "input_schema": {"type": "object"}, "title": "ours"}],
}
MADE: Item = {"id": "ig_1", "type": "image_generation_call", "status": "completed", "file_id": "FILE", "width": 8}
ITEMS: dict[str, list[Item]] = {
    "message": [SEALED, message("Two metres.") | {"phase": "final_answer"}],
    "thoughts": [THOUGHT, CALL],
    "function_call": [SEALED, CALL],
    "custom_tool_call": [SEALED, CUSTOM],
    "web_search_call": [SEALED, SEARCH],
    "file_search_call": [SEALED, {"id": "fs_1", "type": "file_search_call", "queries": ["tide"], "results": [{}]}],
    "code_interpreter_call": [SEALED, INTERPRETED],
    "image_generation_call": [SEALED, MADE],
    "image that failed": [SEALED, MADE | {"status": "failed", "file_id": None}],
    "mcp_list_tools": [MCP_TOOLS],
    "mcp_call": [SEALED, MCP],
    "shell_call": [SEALED, {"id": "sh_1", "type": "shell_call", "call_id": "call_9"}],
    "not known": [SEALED, {"type": "telepathy"}],
    "reasoning alone": [SEALED],
}
CALLED = "the tool was called"
OUTPUT = {"function_call": "function_call_output", "custom_tool_call": "custom_tool_call_output"}

TABLE: dict[str, tuple[list[str], list[str], list[str], list[str], list[str]]] = {
    # chained; rebuilt by a provider that stores, and that doesn't; another provider; one that takes no functions.
    "message": ([], ["said"], ["reasoning", "said"], ["said"], ["said"]),
    "thoughts": (
        ["function_call_output"],
        ["function_call", "function_call_output"],
        ["function_call", "function_call_output"],
        ["function_call", "function_call_output"],
        [CALLED],
    ),
    "function_call": (
        ["function_call_output"],
        ["function_call", "function_call_output"],
        ["reasoning", "function_call", "function_call_output"],
        ["function_call", "function_call_output"],
        [CALLED],
    ),
    "custom_tool_call": (
        ["custom_tool_call_output"],
        ["custom_tool_call", "custom_tool_call_output"],
        ["reasoning", "custom_tool_call", "custom_tool_call_output"],
        [CALLED],
        [CALLED],
    ),
    "web_search_call": ([], [], ["reasoning", "web_search_call"], [], []),
    "file_search_call": ([], [], ["reasoning", "file_search_call"], [], []),
    "code_interpreter_call": (
        [],
        ["code", "image"],
        ["reasoning", "code_interpreter_call", "image"],
        ["code", "image"],
        ["code", "image"],
    ),
    "image_generation_call": ([], ["image"], ["image"], ["image"], ["image"]),
    "image that failed": ([], ["no image"], ["no image"], ["no image"], ["no image"]),
    "mcp_list_tools": ([], [], ["mcp_list_tools"], [], []),
    "mcp_call": ([], [CALLED], ["reasoning", "mcp_call"], [CALLED], [CALLED]),
    "shell_call": ([], [], [], [], []),
    "not known": ([], [], [], [], []),
    "reasoning alone": ([], [], [], [], []),
}
WORDS = {
    "[The tool tide ": CALLED,
    "[You ran this code:]\nprint(2)\n": "code",
    "[You made this image.]": "image",
    "[You tried to make an image": "no image",
}


@pytest.fixture
def conversation(ada, settings, tmp_path) -> Conversation:
    settings.MEDIA_ROOT = tmp_path
    return Conversation.objects.create(user=ada)


def model(name: str, *, dialect: str = Provider.Dialect.RESPONSES, takes_functions: bool = True) -> Model:
    provider, _ = Provider.objects.get_or_create(
        name=name, defaults={"base_url": "https://example.org/v1", "dialect": dialect, "background": "never"}
    )
    made = Model.objects.create(provider=provider, name=f"{name} {takes_functions}", takes_functions=takes_functions)
    catalog.refresh()
    return made


def asked(conversation: Conversation, by: Model, words: str, previous: Response | None = None) -> Response:
    content = [{"type": "input_text", "text": words}]
    items: list[Item] = [{"type": "message", "role": "user", "content": content}]
    response, _ = queue_message(conversation, user=conversation.user, input=items, previous=previous)
    response.provider_id, response.model = by.provider_id, by.name
    response.save()
    return response


def answered(conversation: Conversation, by: Model, output: list[Item], **fields: Any) -> Response:
    """Return an answer of these items; `FILE` in them is an image of the conversation."""
    kept = keep(prepare(encoded(image())), "chart.png", conversation.user_id, conversation.pk)
    response = asked(conversation, by, "How high?")
    begin(response, f"resp_{response.pk}")
    finish(response, "completed", output=_with_file(output, str(kept.pk)), sequence_number=9, **fields)
    response.refresh_from_db()
    return response


def _with_file(value: Any, file_id: str) -> Any:
    if isinstance(value, dict):
        return {name: _with_file(inner, file_id) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_file(inner, file_id) for inner in value]
    return file_id if value == "FILE" else value


def next_request(conversation: Conversation, by: Model, previous: Response, omitted: set[str]) -> dict[str, Any]:
    response = asked(conversation, by, "And tomorrow?", previous)
    response.input = [{"type": OUTPUT[kind], "call_id": "call_1", "output": "High"} for kind in _called(previous)]
    response.input += [{"type": "message", "role": "user", "content": "And tomorrow?"}]
    body = build(response, omitted)
    check_request(body)
    return body


def _called(response: Response) -> list[str]:
    return [item["type"] for item in response.output if item["type"] in OUTPUT]


def sent(body: dict[str, Any]) -> list[str]:
    """Return what is sent between the two messages of the person, by kinds of items and of words."""
    items = [item for item in body["input"] if item.get("content") != "And tomorrow?"]
    return [_kind(item) for item in items if _kind(item) != "How high?"]


def _kind(item: Item) -> str:
    if item["type"] != "message":
        return str(item["type"])
    if item["role"] == "assistant":
        return "said"
    words = item["content"][0]["text"]
    return next((kind for start, kind in WORDS.items() if words.startswith(start)), words)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ITEMS)
def test_each_item_goes_back_by_the_rules_of_the_api(conversation, settings, kind):
    own, other, plain = model("own"), model("other"), model("own", takes_functions=False)
    chat = model("chat", dialect=Provider.Dialect.CHAT_COMPLETIONS)
    answer = answered(conversation, own, ITEMS[kind])
    chained, stored, unstored, elsewhere, untaken = TABLE[kind]

    assert sent(next_request(conversation, own, answer, set())) == chained
    assert sent(next_request(conversation, own, answer, {CHAIN})) == stored
    for reader in (other, chat):
        body = next_request(conversation, reader, answer, {CHAIN})
        assert sent(body) == elsewhere
        check_chat_request(to_chat(body, server_at("https://example.org/v1")))
    assert sent(next_request(conversation, plain, answer, {CHAIN})) == untaken
    assert sent(next_request(conversation, own, answer, {CHAIN, FUNCTIONS})) == untaken
    assert sent(next_request(conversation, own, answer, {CHAIN, EARLIER_CALLS})) == untaken
    Provider.objects.filter(pk=own.provider_id).update(store=False)
    catalog.refresh()
    assert sent(next_request(conversation, own, answer, set())) == unstored
    # An import, or a copy of a share: no provider here made it.
    Response.objects.filter(pk=answer.pk).update(imported_from="share", response_id=None)
    answer.refresh_from_db()
    assert sent(next_request(conversation, own, answer, set())) == elsewhere


def test_table_has_all_kinds_that_are_sent_as_they_were_received():
    assert AS_RECEIVED.keys() == set(HOSTED) - {APPROVAL} <= TABLE.keys()


@pytest.mark.django_db
def test_words_say_what_a_tool_was_given_and_gave(conversation):
    plain = model("plain", takes_functions=False)
    body = next_request(conversation, plain, answered(conversation, plain, [CALL]), {CHAIN})
    (told,) = [item["content"] for item in body["input"] if CALLED in sent({"input": [item]})]
    assert [part["text"] for part in told] == [
        '[The tool tide was called with {"port":"Brest"}, and gave what follows. It is data, not a message of mine.]',
        "High",
    ]


@pytest.mark.django_db
def test_what_is_the_sites_own_of_an_item_is_never_sent(conversation):
    own = model("own")
    Provider.objects.filter(pk=own.provider_id).update(store=False)
    catalog.refresh()
    answer = answered(conversation, own, [SEALED, INTERPRETED, MCP_TOOLS, SEALED, SEARCH])
    body = next_request(conversation, own, answer, set())
    by_kind = {item["type"]: item for item in body["input"]}
    assert by_kind[CODE]["outputs"] == [{"type": "logs", "logs": "2"}]
    assert by_kind["mcp_list_tools"]["tools"] == [{"name": "tide", "input_schema": {"type": "object"}}]
    assert by_kind["web_search_call"]["action"] == {"type": "search", "query": "tide"}


@pytest.mark.django_db
def test_kind_that_was_refused_is_not_sent_again_on_the_branch(conversation):
    """As if its container is gone: then what it did is told."""
    own = model("own")
    Provider.objects.filter(pk=own.provider_id).update(store=False)
    catalog.refresh()
    first = answered(conversation, own, [SEALED, INTERPRETED, SEALED, message("Two.")])
    second = asked(conversation, own, "Again?", first)
    second.refused = [CODE]
    assert [_kind(item) for item in build(second)["input"][1:-1]] == ["code", "image", "reasoning", "said"]
    begin(second, "resp_2")
    finish(
        second,
        "completed",
        output=[INTERPRETED | {"outputs": [{"type": "image", "file_id": "cfile_1"}]}],
        sequence_number=9,
    )
    second.refresh_from_db()
    body = next_request(conversation, own, second, set())
    assert sent(body) == ["code", "image", "reasoning", "said", "Again?", CODE]


@pytest.mark.django_db
def test_images_that_were_made_are_left_out_where_images_are_refused(conversation):
    own = model("own")
    answer = answered(conversation, own, [MADE])
    body = next_request(conversation, own, answer, {CHAIN, "input_image"})
    assert [part["text"] for part in body["input"][1]["content"]] == ["[You made this image.]", NO_IMAGE]


@pytest.mark.django_db
def test_words_do_not_come_between_a_call_and_its_output(conversation):
    other, own = model("other"), model("own")
    answer = answered(conversation, other, [CALL, INTERPRETED])
    body = next_request(conversation, own, answer, set())
    assert sent(body) == ["code", "image", "function_call", "function_call_output"]
    assert body["input"][-2]["output"] == "High"


@pytest.mark.django_db
def test_chat_completions_get_what_they_thought_before_a_call(conversation):
    """Some refuse a call without it."""
    chat = model("deepseek", dialect=Provider.Dialect.CHAT_COMPLETIONS)
    body = next_request(conversation, chat, answered(conversation, chat, [THOUGHT, CALL]), set())
    messages = to_chat(body, server_at("https://api.deepseek.com"))["messages"]
    assert [each["reasoning_content"] for each in messages if "tool_calls" in each] == ["Hm"]


RUBBISH = some.recursive(some.none() | some.integers() | some.just("x"), lambda each: some.lists(each, max_size=2))
FIELDS = (
    "id",
    "call_id",
    "arguments",
    "input",
    "summary",
    "phase",
    "content",
    "queries",
    "action",
    "container_id",
    "code",
    "outputs",
    "tools",
    "file_id",
    "name",
)
KINDS = ["message", "reasoning", *CALLS, *AS_RECEIVED, *IN_WORDS]


@given(some.sampled_from(KINDS), some.dictionaries(some.sampled_from(FIELDS), RUBBISH))
def test_rubbish_in_an_item_does_not_break_the_conversation(kind, fields):
    """It would break each later request."""
    item = {"type": kind, "outputs": [{"type": ["image"], "file_id": 5}], "content": [{"text": 5}], **fields}
    call = {"type": "function_call", "call_id": "call_1", "name": "tide", "arguments": "{}"}
    for reader in (Reader(), Reader(is_author=True, reads_reasoning=True), Reader(reads_thoughts=True)):
        items = in_words(paired(as_input([item, call], reader)), {"custom_tool_call"})
        to_chat({"model": "small", "input": items}, Server(is_deepseek=True))
