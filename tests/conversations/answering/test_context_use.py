"""How many tokens items have, about."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from conversations.answering.context_use import IMAGE_TOKENS, about, of_turn
from conversations.models import Attachment, Conversation, Item
from files.models import Document
from tests.support.conversations import ask

WORDS = "How high is the tide at Brest? "
PART = {"type": "input_text", "text": WORDS}
IMAGE = {"type": "input_image", "image_url": "https://example.org/a.png"}


def output(value: object) -> Item:
    return {"type": "function_call_output", "call_id": "call_1", "output": value}


@pytest.mark.parametrize(
    ("item", "tokens"),
    [
        ({"role": "user", "content": WORDS}, 8),
        ({"type": "message", "role": "user", "content": [PART, IMAGE]}, 8 + IMAGE_TOKENS),
        (output(WORDS), 8),
        (output([PART, IMAGE]), 8 + IMAGE_TOKENS),
        ({"type": "image_generation_call", "file_id": "0198c2f0"}, IMAGE_TOKENS),
        ({"type": "image_generation_call", "status": "failed"}, 0),
        ({"type": "custom_tool_call_output", "call_id": "call_1", "output": WORDS}, 8),
        ({"type": "function_call", "call_id": "call_1", "name": "get_tide", "arguments": WORDS}, 8),
        ({"type": "custom_tool_call", "call_id": "call_1", "name": "note", "input": WORDS}, 8),
        ({"type": "mcp_call", "arguments": "{}", "output": WORDS}, 9),
        ({"type": "code_interpreter_call", "code": WORDS, "outputs": [{"type": "logs", "logs": WORDS}, None]}, 16),
        ({"type": "web_search_call", "action": {"query": WORDS}}, 0),
        ({"type": "reasoning", "summary": [], "encrypted_content": WORDS}, 0),
    ],
)
def test_all_words_that_a_model_reads_are_counted(item, tokens):
    assert about([item]) == tokens
    assert about([item, item]) <= 2 * tokens + 1


RUBBISH = some.recursive(some.none() | some.text() | some.integers(), some.lists, max_leaves=3)


@given(RUBBISH | some.lists(some.fixed_dictionaries({"type": some.just("input_text"), "text": RUBBISH})))
def test_rubbish_of_a_provider_has_some_number_of_tokens(rubbish):
    fields = dict.fromkeys(("content", "arguments", "input", "output", "code", "outputs"), rubbish)
    calls = ("function_call", "custom_tool_call", "function_call_output", "custom_tool_call_output")
    every_kind = ("message", *calls, "mcp_call", "code_interpreter_call")
    assert all(about([{"type": kind, **fields}]) >= 0 for kind in every_kind)


@pytest.mark.django_db
def test_files_of_a_message_are_counted(ada):
    conversation = Conversation.objects.create(user=ada)
    document = Document.objects.create(
        digest="1" * 64, kind="pdf", media_type="application/pdf", size=9, pages=2, tokens=500
    )
    file = Attachment.objects.create(
        user=ada, conversation=conversation, name="tide.pdf", document=document, media_type="application/pdf", size=9
    )
    asked = ask(conversation, None, {"type": "input_file", "file_id": str(file.pk)})
    words = about(asked.input)
    assert of_turn(asked) == words + 500 + 2 * IMAGE_TOKENS
    asked.model = "llama"
    assert of_turn(asked) == words + 500
