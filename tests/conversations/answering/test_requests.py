"""From a stored response to the request: by the chain, or replayed from our own rows."""

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.answering.history import EARLIER_FAILED, EARLIER_IMAGES, INPUT, NO_IMAGE
from conversations.answering.replay import Reader, as_input
from conversations.answering.requests import build, is_at_hand, safety_identifier
from conversations.attachments import store
from conversations.models import Attachment, Conversation, Item, Response
from providers.items import has_unanswered
from providers.refusals import CHAIN, ENCRYPTED_REASONING, IMAGES
from tests.support.assistants import make_assistant
from tests.support.contract import check_request
from tests.support.conversations import begin, finish, queue_message
from tests.support.images import encoded, image

ITEMS: dict[str, Item] = {
    "reasoning": {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "c2VjcmV0"},
    "message": {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "Two"}],
    },
    "empty": {"type": "message", "id": "msg_1", "role": "assistant", "content": []},
    "web_search_call": {"type": "web_search_call", "id": "ws_1", "status": "completed"},
}


@pytest.fixture
def conversation(ada, settings, tmp_path) -> Conversation:
    settings.MEDIA_ROOT = tmp_path
    return Conversation.objects.create(user=ada)


@pytest.fixture
def attachment(conversation) -> Attachment:
    attachment = store(SimpleUploadedFile("harbour.png", encoded(image())), conversation.user)
    attachment.conversation = conversation
    attachment.save()
    return attachment


def ask(conversation: Conversation, text: str, previous: Response | None = None, *parts) -> Response:
    content = [{"type": "input_text", "text": text}, *parts]
    message = {"type": "message", "role": "user", "content": content}
    return queue_message(conversation, user=conversation.user, input=[message], previous=previous)[0]


def answer(response: Response, text: str, status: str = "completed", **reasoning) -> Response:
    begin(response, f"resp_{response.pk}")
    content = [{"type": "output_text", "text": text, "annotations": []}]
    output: list[Item] = [
        {"type": "reasoning", "id": "rs_1", "summary": [], **reasoning},
        {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": content},
    ]
    finish(response, status, output=output, sequence_number=9, usage=None, error=None, incomplete_details=None)
    response.refresh_from_db()
    return response


def texts(body: dict) -> list[str]:
    """What was said, in order."""
    return [
        item["content"] if isinstance(item["content"], str) else item["content"][0]["text"] for item in body["input"]
    ]


def test_first_question_has_no_chain(conversation):
    first = ask(conversation, "How high?")
    body = build(first)
    assert CHAIN not in body
    assert texts(body) == ["How high?"]


def test_chained_request_contains_only_new_input(conversation):
    first = answer(ask(conversation, "How high?"), "Two metres.")
    body = build(ask(conversation, "And tomorrow?", first))
    check_request(body)
    assert body["previous_response_id"] == first.response_id
    assert texts(body) == ["And tomorrow?"]


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_failed_or_cancelled_response_is_no_link_of_the_chain(conversation, status):
    first = answer(ask(conversation, "How high?"), "Two", status)
    assert CHAIN not in build(ask(conversation, "And tomorrow?", first))


@pytest.mark.parametrize(
    ("items", "is_chained"),
    [
        ([{"type": "apply_patch_call", "call_id": "call_1", "operation": {"type": "delete_file", "path": "a"}}], False),
        ([{"type": "computer_call", "call_id": "call_1", "actions": [{"type": "screenshot"}]}], False),
        ([{"type": "local_shell_call", "call_id": "call_1", "action": {"type": "exec", "command": ["ls"]}}], False),
        ([{"type": "shell_call", "call_id": "call_1"}], False),
        ([{"type": "shell_call", "call_id": ["call_1"]}, {"type": "shell_call_output", "call_id": "call_2"}], False),
        ([{"type": "shell_call", "call_id": "call_1"}, {"type": "shell_call_output", "call_id": "call_1"}], True),
        ([{"type": "tool_search_call", "call_id": "call_1", "execution": "client"}], False),
        ([{"type": "tool_search_call", "call_id": None, "execution": "server"}], True),
    ],
)
def test_call_that_nobody_answers_is_neither_chained_nor_sent_again(items, is_chained):
    assert has_unanswered(items) != is_chained
    reader = Reader(is_author=True, reads_reasoning=True)
    assert as_input([{"type": "reasoning", "encrypted_content": "sealed"}, *items], reader) == []


def test_replay_contains_one_branch_as_plain_messages(conversation):
    root = answer(ask(conversation, "How high?"), "Two metres.")
    answer(ask(conversation, "a sibling", root), "left out")
    child = answer(ask(conversation, "And tomorrow?", root), "Three metres.")
    body = build(ask(conversation, "And then?", child), {CHAIN})
    check_request(body)
    assert texts(body) == ["How high?", "Two metres.", "And tomorrow?", "Three metres.", "And then?"]
    assert [item["role"] for item in body["input"]] == ["user", "assistant", "user", "assistant", "user"]
    assert "previous_response_id" not in body


def test_encrypted_reasoning_is_replayed_if_nothing_is_stored(conversation, settings):
    settings.STORE, settings.BACKGROUND = False, "always"
    first = answer(ask(conversation, "How high?"), "Two metres.", encrypted_content="c2VjcmV0")
    second = ask(conversation, "And tomorrow?", first)
    body = build(second)
    check_request(body)
    assert not {CHAIN, "background"} & body.keys()
    assert (body["store"], body["include"]) == (False, ["reasoning.encrypted_content"])
    assert body["input"][1] == {"type": "reasoning", "summary": [], "encrypted_content": "c2VjcmV0"}
    second.refused = [ENCRYPTED_REASONING]
    assert [item["type"] for item in build(second)["input"]] == ["message"] * 3


@pytest.mark.parametrize(
    ("output", "sent"),
    [
        (["reasoning", "message"], ["reasoning", "message"]),
        (["reasoning", "reasoning", "message"], ["reasoning", "reasoning", "message"]),
        (["message", "reasoning"], ["message"]),
        (["reasoning"], []),
        (["reasoning", "empty"], []),
        (["reasoning", "web_search_call", "message"], ["message"]),
        (["reasoning", "web_search_call", "reasoning", "message"], ["reasoning", "message"]),
    ],
)
def test_reasoning_is_sent_only_with_its_message(conversation, settings, output, sent):
    """An answer may be stopped before its first word, and the API takes no reasoning without what follows it."""
    settings.STORE = False
    first = answer(ask(conversation, "How high?"), "", "cancelled")
    Response.objects.filter(pk=first.pk).update(output=[ITEMS[kind] for kind in output])
    first.refresh_from_db()
    body = build(ask(conversation, "And tomorrow?", first), {CHAIN})
    check_request(body)
    assert [item["type"] for item in body["input"][1:-1]] == sent


@pytest.mark.parametrize(
    ("background", "model", "is_in_background"),
    [
        ("auto", "gpt-5.5", True),
        ("auto", "o4-mini", True),
        ("auto", "gpt-5.5-chat-latest", False),
        ("auto", "qwen3:8b", False),
        ("always", "qwen3:8b", True),
        ("never", "gpt-5.5", False),
    ],
)
def test_reasoning_models_answer_in_the_background(conversation, settings, background, model, is_in_background):
    settings.BACKGROUND, settings.MODEL = background, model
    response = ask(conversation, "How high?")
    assert build(response).get("background", False) == is_in_background
    assert "background" not in build(response, {"background"})


def test_images_are_sent_whole_in_chain_and_replay(conversation, attachment):
    first = answer(ask(conversation, "What is this?", None, part(attachment)), "A harbour.")
    second = ask(conversation, "And this?", first, part(attachment))
    whole = base64.b64encode(Path(attachment.file.path).read_bytes()).decode()
    whole_conversation = build(second, {CHAIN})
    for body, position in ((build(first), 0), (build(second), 0), (whole_conversation, 0), (whole_conversation, 2)):
        check_request(body)
        sent = body["input"][position]["content"][1]
        assert sent["image_url"] == f"data:image/png;base64,{whole}"
        assert sent["detail"] == "auto"


@pytest.mark.parametrize(
    ("first", "second", "third", "omitted", "sent"),
    [
        ([], [], [], set(), [True, True, True]),
        ([IMAGES], [], [], set(), [False, True, True]),
        ([], [EARLIER_IMAGES], [], set(), [False, True, True]),
        ([], [IMAGES], [], set(), [True, False, True]),
        ([], [], [EARLIER_IMAGES], set(), [False, False, True]),
        ([], [], [IMAGES, EARLIER_IMAGES], set(), [False, False, False]),
        ([], [], [], {IMAGES}, [False, False, False]),
    ],
)
def test_refused_images_are_not_sent_again(conversation, attachment, first, second, third, omitted, sent):
    previous = None
    for text, refused in (("One", first), ("Two", second)):
        response = ask(conversation, text, previous, part(attachment))
        response.refused = refused
        previous = answer(response, text)
    last = ask(conversation, "Three", previous, part(attachment))
    last.refused = third
    body = build(last, omitted | {CHAIN})
    check_request(body)
    parts = [item["content"][1] for item in body["input"] if item["role"] == "user"]
    assert [part["type"] == "input_image" for part in parts] == sent
    assert {part["text"] for part in parts if part["type"] == "input_text"} <= {NO_IMAGE}
    assert (CHAIN in build(last, omitted)) == (EARLIER_IMAGES not in third)


def test_refused_message_is_not_sent_again(conversation):
    first = answer(ask(conversation, "How high?"), "Two metres.")
    flagged = ask(conversation, "Flagged", first)
    flagged.refused = [INPUT]
    failed = answer(ask(conversation, "Unlucky", answer(flagged, "", "failed")), "", "failed")
    last = ask(conversation, "And tomorrow?", failed)
    assert texts(build(last)) == ["How high?", "Two metres.", "Unlucky", "And tomorrow?"]
    last.refused = [EARLIER_FAILED]
    assert texts(build(last)) == ["How high?", "Two metres.", "And tomorrow?"]


def test_missing_image_is_replaced_by_a_note(conversation, attachment):
    Path(attachment.file.path).unlink()
    body = build(ask(conversation, "What is this?", None, part(attachment)))
    check_request(body)
    assert body["input"][0]["content"][1] == {"type": "input_text", "text": "[an image that no longer exists]"}


def test_newest_of_many_earlier_images_are_sent(conversation, attachment, monkeypatch):
    first = answer(ask(conversation, "What is this?", None, part(attachment)), "A harbour.")
    second = answer(ask(conversation, "And this?", first, part(attachment)), "The same harbour.")
    third = ask(conversation, "And these?", second, part(attachment), part(attachment))
    for fitting, sent in ((4, [1, 1, 2]), (3, [0, 1, 2]), (2, [0, 0, 2]), (0, [0, 0, 2])):
        monkeypatch.setattr("conversations.answering.requests.MAX_IMAGE_BYTES", fitting * attachment.size)
        body = build(third, {CHAIN})
        check_request(body)
        shown = [[part["type"] for part in item["content"][1:]] for item in body["input"] if item["role"] == "user"]
        assert [types.count("input_image") for types in shown] == sent
        assert [len(types) for types in shown] == [1, 1, 2]


def test_image_of_another_conversation_is_not_sent(conversation, attachment, mallory):
    theirs = Conversation.objects.create(user=mallory)
    body = build(ask(theirs, "What is this?", None, part(attachment)))
    assert [item["type"] for item in body["input"][0]["content"]] == ["input_text", "input_text"]


def part(attachment: Attachment) -> dict[str, str]:
    return {"type": "input_image", "detail": "auto", "file_id": str(attachment.pk)}


def test_what_is_at_hand_is_built_without_the_database(conversation, attachment, django_assert_num_queries):
    first = answer(ask(conversation, "How high?"), "Two")
    more, elsewhere = ask(conversation, "And tomorrow?", first), ask(conversation, "Else?")
    image_part = {"type": "input_image", "detail": "auto", "file_id": str(attachment.pk)}
    shown = ask(conversation, "What is this?", first, image_part)
    with django_assert_num_queries(0):
        for response in (more, elsewhere):
            assert is_at_hand(response, set())
            assert texts(build(response)) == [response.message()]
        assert build(more)[CHAIN] == first.response_id
        assert not is_at_hand(more, {CHAIN})
        assert not is_at_hand(shown, set())
        # Taken over, it doesn't know what it continues.
        assert not is_at_hand(Response(conversation=conversation, previous_id=first.pk, input=[]), set())


class TestCaching:
    """A provider reads for less what it has read lately, as long as requests begin with the same bytes."""

    @settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(turns=st.lists(st.tuples(st.text(max_size=20), st.integers(0, 5)), min_size=2, max_size=8))
    def test_request_begins_with_the_one_before_on_its_branch(self, conversation, settings, turns):
        settings.STORE = False
        settings.INSTRUCTIONS = "Be brief."
        responses: list[Response] = []
        for text, place in turns:
            previous = responses[place % len(responses)] if responses else None
            response = answer(ask(conversation, text.replace("\x00", ""), previous), text.replace("\x00", "") or "Yes")
            responses.append(response)
            if previous is not None:
                assert beginning(build(response)).startswith(beginning(build(previous)))

    def test_key_is_the_conversation_or_an_assistant_with_long_instructions(self, conversation, ada):
        response = ask(conversation, "Count")
        assert build(response)["prompt_cache_key"] == str(conversation.pk)
        version = make_assistant(ada, instructions="Be brief. " * 500).newest
        response.assistant_version, response.instructions = version, version.instructions
        assert build(response)["prompt_cache_key"] == str(version.pk)

    @pytest.mark.parametrize(("model", "options"), [("gpt-5.6", {"mode": "implicit", "ttl": "30m"}), ("gpt-5.5", None)])
    def test_models_that_have_options_of_the_cache_get_them(self, conversation, settings, model, options):
        settings.MODEL = model
        request = build(ask(conversation, "Count"))
        assert request.get("prompt_cache_options") == options
        check_request(request)

    def test_person_is_named_by_a_hash_that_stays(self, conversation, ada, grace):
        one, other = build(ask(conversation, "Count")), build(ask(conversation, "More"))
        assert one["safety_identifier"] == other["safety_identifier"] == safety_identifier(ada.pk)
        assert safety_identifier(grace.pk) != safety_identifier(ada.pk)
        assert len(one["safety_identifier"]) == 64
        assert str(ada.pk) not in str(one)


def beginning(body: dict[str, Any]) -> bytes:
    """Return the bytes of a request up to the end of its input."""
    names = [*body]
    kept = {name: body[name] for name in names[: names.index("input") + 1]}
    return msgspec.json.encode(kept).removesuffix(b"]}")
