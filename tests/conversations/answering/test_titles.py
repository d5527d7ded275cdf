"""What the model calls a conversation, and that this is never in the way of anything."""

import asyncio
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.text import one_line
from common.threads import in_thread
from conversations.answering.titles import MAX_CHARACTERS, body, title_in
from conversations.models import Conversation
from tests.support.contract import check_request
from tests.support.conversations import queue_message
from tests.support.socket import ask_and_wait, open_socket, stored, until_text

QUESTION = "How high is the water in the harbour of Brest today?"
ANSWER = "Two metres at noon."


def answered(*parts: dict, status: str = "completed") -> dict:
    return {"status": status, "output": [{"type": "reasoning"}, {"type": "message", "content": list(parts)}]}


def said(text: str) -> dict:
    return {"type": "output_text", "text": text}


@pytest.fixture
def titles(site, settings):
    """Return the provider, with titles turned on. Its first answer is to a message."""
    settings.MAKES_TITLES = True
    site.script(text=ANSWER, times=1)
    return site


async def test_first_answer_brings_a_title_to_the_persons_tabs_only(titles, ada, mallory):
    titles.script(match=QUESTION, text="Tides at Brest")
    asking, beside, outsider = await open_socket(ada), await open_socket(ada), await open_socket(mallory)
    await asking.ask(QUESTION)
    for socket in (asking, beside):
        while (named := await socket.until_updated())["title"] != "Tides at Brest":
            assert named["title"] == QUESTION
    assert await outsider.is_quiet()
    response = await stored(conversation=named["id"])
    assert (response.conversation.title, response.conversation.titled_by) == ("Tides at Brest", "model")


async def test_title_request_has_question_and_answer_and_is_not_stored(titles, ada):
    titles.script(text="Tides at Brest")
    await ask_and_wait(await open_socket(ada), QUESTION)
    await titles_made()
    request = titles.bodies()[-1]
    check_request(request)
    assert QUESTION in request["input"]
    assert ANSWER in request["input"]
    assert request["store"] is False


@pytest.mark.parametrize(
    ("title_model", "model", "asked"),
    [
        (None, "gpt-4.1", {"model": "gpt-4.1", "max_output_tokens": 100}),
        (None, "gpt-5.5", {"model": "gpt-5.5", "max_output_tokens": 1000, "reasoning": {"effort": "low"}}),
        ("gpt-5-nano", "gpt-4.1", {"model": "gpt-5-nano", "max_output_tokens": 1000, "reasoning": {"effort": "low"}}),
        ("gpt-5-chat-latest", "o3", {"model": "gpt-5-chat-latest", "max_output_tokens": 100}),
    ],
)
def test_reasoning_model_makes_titles_with_low_effort(ada, settings, title_model, model, asked):
    settings.MAKES_TITLES, settings.TITLE_MODEL, settings.MODEL = True, title_model, model
    response, _ = queue_message(
        Conversation.objects.create(user=ada), user=ada, input=[{"role": "user", "content": "Tides?"}]
    )
    request = body(response)
    assert {name: request[name] for name in ("model", "max_output_tokens", "reasoning") if name in request} == asked
    check_request(request)


@pytest.mark.parametrize(("model", "options"), [("gpt-5.6", {"mode": "explicit"}), ("gpt-5.5", None)])
def test_no_cache_is_written_for_a_title(ada, settings, model, options):
    settings.MAKES_TITLES, settings.TITLE_MODEL, settings.MODEL = True, None, model
    response, _ = queue_message(
        Conversation.objects.create(user=ada), user=ada, input=[{"role": "user", "content": "Tides?"}]
    )
    assert body(response).get("prompt_cache_options") == options


async def test_title_is_without_what_the_model_thought(titles, ada):
    titles.script(text="<think>Which harbour?</think>\n\nTides at Brest")
    response = await ask_and_wait(await open_socket(ada), QUESTION)
    await titles_made()
    assert await title_of(response) == "Tides at Brest"


async def test_title_is_made_once(titles, ada):
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


async def test_only_the_first_answer_brings_a_title(titles, ada):
    titles.script(match="<question>", error={"status": 400})
    titles.script(text="And so on.")
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, QUESTION)
    await titles_made()
    following = {"conversation": first["conversation"]["id"], "previous_response_id": first["id"]}
    await ask_and_wait(socket, "And tomorrow?", **following)
    await titles_made()
    assert len(titles.bodies()) == 3


async def test_title_set_by_the_person_meanwhile_is_kept(titles, ada):
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
async def test_failed_title_keeps_the_beginning_of_the_question(titles, ada, caplog, script):
    titles.script(match="<question>", **script)
    with caplog.at_level(logging.INFO, "conversations.answering.titles"):
        response = await ask_and_wait(await open_socket(ada), QUESTION)
        await titles_made()
    assert await title_of(response) == QUESTION
    assert [record.levelname for record in caplog.records if record.name == "conversations.answering.titles"] == [
        "INFO"
    ]


async def test_title_is_asked_for_again_without_what_is_refused(titles, ada):
    refusal = {"status": 400, "body": {"detail": "Unsupported parameter: max_output_tokens"}}
    titles.script(has='"max_output_tokens"', error=refusal)
    titles.script(match="<question>", text="Tides at Brest")
    response = await ask_and_wait(await open_socket(ada), QUESTION)
    await titles_made()
    assert await title_of(response) == "Tides at Brest"
    assert ["max_output_tokens" in body for body in titles.bodies()] == [False, True, False]


async def test_slow_title_times_out(titles, ada, monkeypatch):
    monkeypatch.setattr("conversations.answering.titles.TIMEOUT_SECONDS", 0.2)
    titles.script(match="<question>", wait="never", text="Tides at Brest")
    response = await ask_and_wait(await open_socket(ada), QUESTION)
    await titles_made()
    assert await title_of(response) == QUESTION


async def test_title_waits_until_no_answer_runs(site, settings, ada):
    settings.MAKES_TITLES = True
    site.script(match="<question>", text="Tides at Brest")
    site.script(match="Stay", text="one.two.", deltas=2, at={"5": {"wait": "go"}})
    staying, asking = await open_socket(ada), await open_socket(ada)
    await staying.ask("Stay with me")
    await until_text(staying, "one.")
    response = await ask_and_wait(asking, QUESTION)
    assert await asking.is_quiet()
    site.release("go")
    await staying.until_end()
    await titles_made()
    assert await title_of(response) == "Tides at Brest"


async def test_title_is_cancelled_for_a_question_and_asked_for_again(titles, ada):
    titles.script(match="<question>", wait="never", text="Never", times=1)
    titles.script(match="<question>", text="Tides at Brest")
    titles.script(text="And so on.")
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, QUESTION)
    while len(titles.bodies()) < 2:  # noqa: ASYNC110  the stand-in tells only of requests that are over
        await asyncio.sleep(0.01)
    following = {"conversation": first["conversation"]["id"], "previous_response_id": first["id"]}
    await ask_and_wait(socket, "And tomorrow?", **following)
    await titles_made()
    assert [request["gone"] for request in titles.requests(gone=1)] == [False, True, False, False]
    assert await title_of(first) == "Tides at Brest"


async def test_title_is_made_beside_answers_if_the_provider_was_seen_to_have_room(site, settings, ada):
    settings.MAKES_TITLES = True
    site.script(match="<question>", text="Tides at Brest")
    sockets = [await open_socket(ada) for _ in range(3)]
    for number, socket in enumerate(sockets[:2]):
        site.script(match=f"Stay {number}", text="one.two.", deltas=2, at={"5": {"wait": f"go {number}"}})
        await socket.ask(f"Stay {number}")
        await until_text(socket, "one.")
    response = await ask_and_wait(sockets[2], QUESTION)
    # It is seen when what came is stored, twice a second.
    async with asyncio.timeout(60):
        while (await stored(conversation__title="Stay 0")).output == []:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    site.release("go 0")
    await sockets[0].until_end()
    while await title_of(response) != "Tides at Brest":
        await sockets[2].until_updated()
    assert (await stored(conversation__title="Stay 1")).is_running
    site.release("go 1")
    await sockets[1].until_end()
    await titles_made()


async def test_stopping_does_not_wait_for_titles(titles, server_process, ada):
    titles.script(match="<question>", wait="never", text="Tides at Brest")
    response = await ask_and_wait(await open_socket(ada), QUESTION)
    # A request for a title is given up after a minute.
    async with asyncio.timeout(30):
        await server_process.runner.stop()
    assert await title_of(response) == QUESTION


async def test_failed_answer_brings_no_title(site, settings, ada):
    settings.MAKES_TITLES = True
    site.script(error={"status": 400, "body": {"error": {"code": "unfit", "message": "No."}}})
    await ask_and_wait(await open_socket(ada), QUESTION)
    await titles_made()
    assert all("<question>" not in body["input"] for body in site.bodies())


async def test_titles_can_be_switched_off(site, ada):
    await ask_and_wait(await open_socket(ada), QUESTION)
    await titles_made()
    assert len(site.bodies()) == 1


async def test_stand_in_makes_titles(site, settings, ada):
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
        ("Tides\u202e at\a Brest", "Tides at Brest"),
        ("", ""),
        ("***", ""),
        ("The tide is high.\n\nIt comes at noon.", ""),
        ("An answer, " * 10, ""),
    ],
)
def test_title_becomes_one_plain_line(text, title):
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
def test_unusable_title_is_discarded(response):
    assert title_in(response) == ""


@given(st.text())
def test_any_response_is_a_valid_title_or_none(text):
    title = title_in(answered(said(text)))
    assert title == one_line(title)
    assert len(title) <= MAX_CHARACTERS


async def titles_made() -> None:
    """Wait until every title that is being made is stored or given up."""
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name().startswith("title ")))


async def title_of(response: dict) -> str:
    return (await stored(pk=response["id"])).conversation.title
