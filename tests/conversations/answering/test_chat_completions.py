"""A provider that speaks Chat Completions, through the site: nobody else knows the difference."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from common.threads import in_thread
from conversations.attachments import store
from conversations.models import Response
from standin.odd import chat_answers
from tests.support.contract import check_chat_request
from tests.support.images import encoded, image
from tests.support.refusals import learnt
from tests.support.socket import ask_and_wait, image_part, open_socket, question, stored, text_of, until_text

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "High water at Brest is at six."
HALF = "High water at Brest "


@pytest.fixture(autouse=True)
def dialect(settings) -> None:
    settings.OPENAI_DIALECT = "chat_completions"


@pytest.fixture
async def tab(site, ada) -> Any:
    socket = await open_socket(ada)
    yield socket
    await socket.close()


def after(answer: dict[str, Any]) -> dict[str, Any]:
    return {"conversation": answer["conversation"]["id"], "previous_response_id": answer["id"]}


def messages(body: dict[str, Any]) -> list[tuple[str, Any]]:
    check_chat_request(body)
    return [(message["role"], message["content"]) for message in body["messages"] if message["role"] != "system"]


@in_thread
def upload(user: User) -> str:
    return str(store(SimpleUploadedFile("harbour.png", encoded(image())), user).pk)


async def test_each_turn_carries_the_whole_conversation(site, tab):
    site.script(times=1, text="At six.")
    site.script(times=1, text="At seven.")
    first = await ask_and_wait(tab, "How high is the tide?")
    await ask_and_wait(tab, "And tomorrow?", **after(first))
    bodies = site.bodies()
    assert {request["path"] for request in site.requests()} == {"/v1/chat/completions"}
    assert [messages(body) for body in bodies] == [
        [("user", "How high is the tide?")],
        [("user", "How high is the tide?"), ("assistant", "At six."), ("user", "And tomorrow?")],
    ]
    assert bodies[0].keys() == {"model", "messages", "stream", "stream_options", "tools"}
    row = await stored(pk=first["id"])
    assert (row.response_id, row.starting_after, row.answer()) == (None, None, "At six.")


async def test_thought_usage_and_words_are_those_of_a_response(site, tab, settings):
    settings.MODEL = "standin-reasoning"
    await tab.ask("How high is the tide?")
    events = await tab.until_end()
    answer = events[-1]["response"]
    assert [item["type"] for item in answer["output"]] == ["reasoning", "message"]
    assert answer["output"][0]["content"][0]["text"].startswith("**Reading the question**")
    assert "How high is the tide?" in text_of(events)
    row = await stored(pk=answer["id"])
    assert row.usage["output_tokens"] > row.usage["output_tokens_details"]["reasoning_tokens"] > 0
    # Its thoughts don't go back.
    await ask_and_wait(tab, "And tomorrow?", **after(answer))
    assert "Reading the question" not in str(site.bodies()[-1])


async def test_images_are_sent_in_each_turn(site, ada, tab):
    picture = await upload(ada)
    await tab.send(question("What is this?", image_part(file_id=picture)))
    answer = (await tab.until_end())[-1]["response"]
    assert "**Image:** PNG" in answer["output"][0]["content"][0]["text"]
    await ask_and_wait(tab, "And who is it?", **after(answer))
    sent = [content for body in site.bodies() for _, content in messages(body) if isinstance(content, list)]
    assert [[part["type"] for part in content] for content in sent] == [["text", "image_url"]] * 2
    assert sent[0][1]["image_url"]["url"].startswith("data:image/")


async def test_stop_keeps_the_words_and_ends_the_request(site, tab):
    site.script(text=TEXT, deltas=2, at={2: {"wait": "never"}})
    await tab.ask("How high is the tide?")
    events = await until_text(tab, TEXT[: len(TEXT) // 2])
    await tab.send({"type": "response.cancel", "response_id": events[0]["response_id"]})
    answer = (await tab.until_end())[-1]["response"]
    assert (answer["status"], (await stored(pk=answer["id"])).answer()) == ("cancelled", TEXT[: len(TEXT) // 2])
    assert [request["gone"] for request in site.requests(gone=1)] == [True]


@pytest.mark.parametrize("cut", [{"cut": "abort"}, {"cut": "eof"}, {"half": True, "cut": "eof"}])
async def test_cut_answer_is_asked_again_once(site, tab, cut):
    site.script(times=1, text=TEXT, deltas=2, at={2: cut})
    site.script(text=TEXT)
    answer = await ask_and_wait(tab, "How high is the tide?")
    assert (answer["status"], (await stored(pk=answer["id"])).answer()) == ("completed", TEXT)
    assert len(site.bodies()) == 2
    kept = await stored(status=Response.Status.FAILED)
    assert kept.error["code"] == "stream_cut"
    assert TEXT.startswith(kept.answer())


@pytest.mark.parametrize(
    ("status", "body", "asked", "message"),
    [
        (401, {"error": {"message": "No."}}, 1, "The API key was rejected. Tell your admin."),
        (404, {"error": {"message": "The model is gone."}}, 1, "The model wasn't found. Tell your admin."),
        (404, {"detail": "Not Found"}, 1, "No model answers at the provider's address. Tell your admin."),
        (429, {"error": {"message": "Slow down."}}, 4, "The model is busy. Try again in a moment."),
        (402, {"error": {"message": "Pay."}}, 1, "The team's API credit is used up. Tell your admin."),
    ],
)
async def test_error_has_a_sentence(site, tab, status, body, asked, message):
    site.script(error={"status": status, "body": body})
    answer = await ask_and_wait(tab, "How high is the tide?")
    assert (answer["status"], answer["error"]["message"]) == ("failed", message)
    assert len(site.bodies()) == asked


async def test_conversation_that_is_too_long_is_sent_in_part(site, tab):
    answer = await ask_and_wait(tab, "How high is the tide?")
    site.script(
        has="How high is the tide?",
        error={"status": 400, "body": {"error": {"message": "Too long.", "code": "context_length_exceeded"}}},
    )
    answer = await ask_and_wait(tab, "And tomorrow?", **after(answer))
    assert answer["status"] == "completed"
    assert messages(site.bodies()[-1]) == [("user", "And tomorrow?")]


REFUSALS: dict[str, tuple[str, Any, set[str]]] = {
    "role": ('"role":"system"', "Conversation roles must alternate user/assistant", {"system"}),
    "stream_options": ('"stream_options"', "stream_options: Extra inputs are not permitted", {"stream_options"}),
    "no words": ('"stream_options"', "", {"stream_options"}),
}


@pytest.mark.parametrize(("has", "words", "parts"), REFUSALS.values(), ids=REFUSALS)
async def test_refused_option_is_omitted_from_then_on(site, tab, has, words, parts):
    site.script(has=has, error={"status": 400, "body": {"error": {"message": words}} if words else ""})
    answer = await ask_and_wait(tab, "How high is the tide?")
    assert answer["status"] == "completed"
    assert await learnt() == parts
    site.forget_requests()
    assert (await ask_and_wait(tab, "And tomorrow?", **after(answer)))["status"] == "completed"
    assert [has in json.dumps(body, separators=(",", ":")) for body in site.bodies()] == [False]


async def test_refused_image_is_left_out(site, ada, tab):
    site.script(
        has='"image_url"', error={"status": 500, "body": {"error": {"message": "image input is not supported"}}}
    )
    await tab.send(question("What is this?", image_part(file_id=await upload(ada))))
    answer = (await tab.until_end())[-1]["response"]
    assert answer["status"] == "completed"
    assert "image_url" not in str(site.bodies()[-1])
    assert (await stored(pk=answer["id"])).refused == ["input_image"]


async def test_title_is_made(site, tab, settings):
    settings.MAKES_TITLES, settings.TITLE_MODEL = True, "titler"
    site.script(times=1, has='"max_tokens"', error={"status": 400, "body": {"error": {"message": "max_tokens: No."}}})
    await tab.ask("How high is the tide at Brest today?")
    while (await tab.until_updated())["title"] != "How high is the tide":
        pass
    titles = [body for body in site.bodies() if body["model"] == "titler"]
    assert [sorted(name for name in body if name.startswith("max_")) for body in titles] == [
        ["max_tokens"],
        ["max_completion_tokens"],
    ]
    for body in titles:
        check_chat_request(body)


ENDS = {
    "chat/done-without-a-reason": ("failed", HALF, "stream_cut"),
    "chat/half-characters": ("completed", "Water 🌊 rises", None),
    "chat/error": ("failed", "High water ", "http_429"),
    "chat/filtered": ("failed", "", "content_filter"),
    "chat/filtered-late": ("incomplete", HALF, None),
    "chat/refusal": ("completed", "I can't say that.", None),
}
"""Status, text and error code of the odd answers that don't end well with the same text."""

THOUGHTS = {
    "chat/thought-under-two-names": "The moon pulls.",
    "chat/tags": "The moon pulls.",
    "chat/no-opening-tag": "The moon pulls.",
    "chat/only-a-thought": TEXT,
}


@pytest.mark.parametrize("name", sorted(chat_answers()))
async def test_odd_answer_keeps_its_words_and_is_asked_once(site, tab, name):
    status, text, code = ENDS.get(name, ("completed", TEXT, None))
    site.script(match="tide", odd=name)
    answer = await ask_and_wait(tab, "How high is the tide?")
    row = await stored(pk=answer["id"])
    assert (answer["status"], row.status, (answer["error"] or {}).get("code")) == (status, status, code)
    assert (row.answer(), row.output) == (text, answer["output"])
    thoughts = [item["content"][0]["text"] for item in row.output if item["type"] == "reasoning"]
    assert thoughts == ([THOUGHTS[name]] if name in THOUGHTS else [])
    assert len(site.bodies()) == (2 if code == "stream_cut" else 1)


async def test_filtered_message_is_not_sent_again(site, tab):
    site.script(match="tide", odd="chat/filtered")
    answer = await ask_and_wait(tab, "How high is the tide?")
    assert answer["error"]["message"] == "The model didn't accept this message. Change it, or tell your admin."
    await ask_and_wait(tab, "And the moon?", **after(answer))
    assert messages(site.bodies()[-1]) == [("user", "And the moon?")]
