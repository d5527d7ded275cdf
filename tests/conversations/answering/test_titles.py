"""What the model calls a conversation, and that this is never in the way of anything."""

import asyncio
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.threads import in_thread
from conversations.answering.runner import runner
from conversations.answering.titles import MAX_CHARACTERS, body, title_in
from conversations.models import Conversation, Response
from tests.support.contract import check_request
from tests.support.socket import ask_and_wait, open_socket, stored

QUESTION = "How high is the water in the harbour of Brest today?"
ANSWER = "Two metres at noon."


def answered(*parts: dict, status: str = "completed") -> dict:
    return {"status": status, "output": [{"type": "reasoning"}, {"type": "message", "content": list(parts)}]}


def said(text: str) -> dict:
    return {"type": "output_text", "text": text}


@pytest.fixture
def titles(site, settings):
    """The provider, where titles are made. Its first answer is to a question."""
    settings.MAKES_TITLES = True
    site.script(text=ANSWER, times=1)
    return site


async def test_the_first_answer_brings_a_title_to_all_tabs_of_the_person_and_to_nobody_else(titles, ada, mallory):
    titles.script(match=QUESTION, text="Tides at Brest")
    asking, beside, outsider = await open_socket(ada), await open_socket(ada), await open_socket(mallory)
    await asking.ask(QUESTION)
    for socket in (asking, beside):
        assert (await socket.until_updated())["title"] == QUESTION
        named = await socket.until_updated()
        assert named["title"] == "Tides at Brest"
    assert await outsider.is_quiet()
    response = await stored(conversation=named["id"])
    assert (response.conversation.title, response.conversation.titled_by) == ("Tides at Brest", "model")


async def test_it_is_asked_for_with_the_question_and_the_answer_and_kept_by_nobody(titles, ada):
    titles.script(text="Tides at Brest")
    await ask_and_wait(await open_socket(ada), QUESTION)
    await titles_made()
    request = titles.bodies()[-1]
    check_request(request)
    assert QUESTION in request["input"]
    assert ANSWER in request["input"]
    assert request["store"] is False
    assert "stream" not in request


@pytest.mark.parametrize(
    ("title_model", "model", "asked"),
    [
        (None, "gpt-4.1", {"model": "gpt-4.1"}),
        (None, "gpt-5.5", {"model": "gpt-5.5", "reasoning": {"effort": "low"}}),
        ("gpt-5-nano", "gpt-4.1", {"model": "gpt-5-nano", "reasoning": {"effort": "low"}}),
        ("gpt-5-chat-latest", "o3", {"model": "gpt-5-chat-latest"}),
    ],
)
def test_a_model_that_reasons_is_asked_for_little_of_it(ada, settings, title_model, model, asked):
    settings.TITLE_MODEL, settings.MODEL = title_model, model
    response, _ = Response.objects.ask(
        Conversation.objects.create(user=ada), user=ada, input=[{"role": "user", "content": "Tides?"}]
    )
    request = body(response)
    assert {name: request[name] for name in ("model", "reasoning") if name in request} == asked
    check_request(request)


async def test_a_title_is_made_once(titles, ada):
    titles.script(match="<question>", text="Tides at Brest")
    titles.script(text="And so on.")
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, QUESTION)
    await titles_made()
    following = {"conversation": first["conversation"]["id"], "previous_response_id": first["id"]}
    await ask_and_wait(socket, "And tomorrow?", **following)
    await titles_made()
    assert await title_of(first) == "Tides at Brest"
    assert len(titles.bodies()) == 3


async def test_a_later_answer_brings_no_title_where_the_first_one_brought_none(titles, ada):
    titles.script(match="<question>", error={"status": 400})
    titles.script(text="And so on.")
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, QUESTION)
    await titles_made()
    following = {"conversation": first["conversation"]["id"], "previous_response_id": first["id"]}
    await ask_and_wait(socket, "And tomorrow?", **following)
    await titles_made()
    assert len(titles.bodies()) == 3


async def test_a_person_who_was_quicker_keeps_their_title(titles, ada):
    titles.script(match="<question>", wait="go", text="Tides at Brest")
    response = await ask_and_wait(await open_socket(ada), QUESTION)
    conversation = (await stored(pk=response["id"])).conversation
    await in_thread(conversation.rename)("My harbour", Conversation.TitledBy.PERSON)
    titles.release("go")
    await titles_made()
    assert await title_of(response) == "My harbour"


@pytest.mark.parametrize(
    "script",
    [
        {"error": {"status": 429, "body": {"error": {"code": "rate_limit_exceeded", "message": "Later."}}}},
        {"error": {"status": 400, "body": "not JSON"}},
        {"text": "Tides at Brest", "at": {"4": {"cut": "abort"}}},
    ],
)
async def test_a_title_that_does_not_come_leaves_the_questions_beginning(titles, ada, caplog, script):
    titles.script(match="<question>", **script)
    with caplog.at_level(logging.INFO, "conversations.answering.titles"):
        response = await ask_and_wait(await open_socket(ada), QUESTION)
        await titles_made()
    assert await title_of(response) == QUESTION
    assert [record.levelname for record in caplog.records if record.name == "conversations.answering.titles"] == [
        "INFO"
    ]


async def test_a_title_that_takes_too_long_is_given_up(titles, ada, monkeypatch):
    monkeypatch.setattr("conversations.answering.titles.TIMEOUT_SECONDS", 0.2)
    titles.script(match="<question>", wait="never", text="Tides at Brest")
    response = await ask_and_wait(await open_socket(ada), QUESTION)
    await titles_made()
    assert await title_of(response) == QUESTION


async def test_the_end_of_the_site_waits_for_no_title(titles, ada):
    titles.script(match="<question>", wait="never", text="Tides at Brest")
    response = await ask_and_wait(await open_socket(ada), QUESTION)
    async with asyncio.timeout(5):
        await runner.stop()
    assert await title_of(response) == QUESTION


async def test_where_there_is_no_answer_there_is_no_title(site, settings, ada):
    settings.MAKES_TITLES = True
    site.script(error={"status": 400, "body": {"error": {"code": "unfit", "message": "No."}}})
    await ask_and_wait(await open_socket(ada), QUESTION)
    await titles_made()
    assert len(site.bodies()) == 1


async def test_where_no_titles_are_wanted_none_is_asked_for(site, ada):
    await ask_and_wait(await open_socket(ada), QUESTION)
    await titles_made()
    assert len(site.bodies()) == 1


async def test_the_stand_in_makes_titles_too(site, settings, ada):
    settings.MAKES_TITLES = True
    response = await ask_and_wait(await open_socket(ada), QUESTION)
    await titles_made()
    assert await title_of(response) == "How high is the water"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Tides at Brest", "Tides at Brest"),
        (" \n“Tides at Brest.”\n", "Tides at Brest"),
        ("# **Tides** at `Brest`", "Tides at Brest"),
        ("The snake_case rule", "The snake_case rule"),
        ("Gezeiten\u00a0in Brest", "Gezeiten in Brest"),
        ("", ""),
        ("***", ""),
        ("The tide is high.\n\nIt comes at noon.", ""),
        ("An answer, " * 10, ""),
    ],
)
def test_what_the_model_says_becomes_one_plain_line(text, title):
    assert title_in(answered(said(text))) == title


@pytest.mark.parametrize(
    "response",
    [
        {},
        {"status": "completed", "output": None},
        {"status": "completed", "output": [None, {"type": "message", "content": ["Tides", None]}]},
        answered({"type": "refusal", "refusal": "I will not."}),
        answered(said("Tides"), {"type": "refusal", "refusal": "I will not."}),
        answered(said("Tides at"), status="incomplete"),
    ],
)
def test_what_is_no_title_is_none(response):
    assert title_in(response) == ""


@given(st.text())
def test_whatever_a_model_says_is_a_title_or_none(text):
    title = title_in(answered(said(text)))
    assert title == " ".join(title.split())
    assert len(title) <= MAX_CHARACTERS
    assert title.isprintable()


async def titles_made() -> None:
    """Until all that are being made are there, or are given up."""
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name().startswith("title ")))


async def title_of(response: dict) -> str:
    return (await stored(pk=response["id"])).conversation.title
