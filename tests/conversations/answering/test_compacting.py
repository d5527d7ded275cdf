"""A branch that nearly fills its model's window is compacted before the next message."""

import asyncio
from typing import Any

import pytest

from common.threads import in_thread
from conversations.models import Compaction, Response
from providers import catalog
from providers.environment import ENVIRONMENT_ID
from providers.models import Model, Provider, Refusal
from tests.support.contract import check_request
from tests.support.socket import Socket, open_socket, question, stored

WINDOW = 4000
LONG = "How high is the tide at Brest today? " * 400
"""About 3,700 tokens, by the stand-in's count and by ours."""
NOT_FOUND = {"status": 404, "body": {"error": {"message": "Not found"}}}
UPDATED = "response.compaction.updated"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def small(site):
    """Let the model have a small window."""
    know("standin")
    return site


def know(model: str) -> None:
    """Let a model have a small window."""
    settings = {"name": "Settings", "is_from_environment": True}
    Provider.objects.get_or_create(pk=ENVIRONMENT_ID, defaults=settings)
    window = {"context_window": WINDOW, "max_output_tokens": None}
    Model.objects.update_or_create(provider_id=ENVIRONMENT_ID, name=model, defaults=window)
    catalog.refresh()


def after(response: dict[str, Any]) -> dict[str, Any]:
    return {"conversation": response["conversation"]["id"], "previous_response_id": response["id"]}


async def ask(socket: Socket, text: str, previous: dict[str, Any] | None = None) -> tuple[dict[str, Any], list[Any]]:
    """Ask, and return the response and what was said of compactions meanwhile."""
    await socket.send(question(text, **(after(previous) if previous else {})))
    events = await socket.until_end()
    return events[-1]["response"], [event["compaction"] for event in events if event["type"] == UPDATED]


def paths(site) -> list[str]:
    return [request["path"].removeprefix("/v1") for request in site.requests()]


def rows() -> list[Compaction]:
    return list(Compaction.objects.all())


async def test_provider_compacts_before_a_message_that_finds_no_room(small, ada):
    socket = await open_socket(ada)
    first, _ = await ask(socket, LONG)
    second, said = await ask(socket, "And tomorrow?", first)
    third, none = await ask(socket, "And then?", second)

    assert paths(small) == [
        "/responses",
        "/responses/input_tokens",
        "/responses/compact",
        "/responses",
        "/responses",
    ]
    assert [each["status"] for each in said] == ["in_progress", "completed"]
    assert (said[1]["kind"], said[1]["response_id"], said[1]["summary"], none) == ("items", first["id"], "", [])
    assert "encrypted_content" not in str(said)
    [row] = await in_thread(rows)()
    assert (str(row.response_id), row.kind, row.model, row.user_id) == (first["id"], "items", "standin", None)
    assert row.usage["input_tokens"] > 3000
    asked = small.requests()[3]["body"]
    check_request(asked)
    assert [item["type"] for item in asked["input"]] == ["message", "compaction", "message"]
    assert "previous_response_id" not in asked
    assert "of which the first 1 were compacted" in second["output"][-1]["content"][0]["text"]
    assert small.requests()[4]["body"]["previous_response_id"] == (await stored(pk=second["id"])).response_id
    assert third["status"] == "completed"
    await socket.close()


async def test_summary_stands_in_if_the_provider_compacts_nothing(small, ada, settings, monkeypatch):
    monkeypatch.setattr("conversations.answering.titles.Titles.consider", lambda *_: None)
    settings.MAKES_TITLES, settings.TITLE_MODEL = True, "cheap"
    small.script(on="compact", error=NOT_FOUND)
    small.script(on="count", error=NOT_FOUND)
    small.script(has="Summarize the conversation", text="They asked for the tide.", times=1)
    socket = await open_socket(ada)
    first, _ = await ask(socket, LONG)
    second, said = await ask(socket, "And tomorrow?", first)

    assert paths(small)[1:] == ["/responses/input_tokens", "/responses/compact", "/responses", "/responses"]
    request, asked = small.bodies()[-2:]
    check_request(request)
    assert (request["model"], request["store"]) == ("cheap", False)
    assert "How high is the tide" in request["input"]
    assert asked["input"][0]["content"].endswith("\n\nThey asked for the tide.")
    assert [item["role"] for item in asked["input"]] == ["user", "user"]
    assert said[-1] | {"id": "", "created_at": 0} == {
        "id": "",
        "response_id": first["id"],
        "status": "completed",
        "kind": "summary",
        "model": "cheap",
        "summary": "They asked for the tide.",
        "created_at": 0,
    }
    assert second["status"] == "completed"

    refused = await in_thread(lambda: set(Refusal.objects.values_list("parameter", flat=True)))()
    assert refused == {"responses.compact", "responses.input_tokens"}
    small.forget_requests()
    _, said = await ask(socket, LONG, second)
    third, _ = await ask(socket, "And at last?", (await ask(socket, LONG, second))[0])
    assert {*paths(small)} == {"/responses"}
    assert third["status"] == "completed"
    await socket.close()


async def test_model_of_the_answer_summarizes_if_no_titles_are_made(small, ada, settings):
    settings.MAKES_TITLES, settings.TITLE_MODEL = False, "none"
    small.script(on="compact", error=NOT_FOUND)
    socket = await open_socket(ada)
    first, _ = await ask(socket, LONG)
    _, said = await ask(socket, "And tomorrow?", first)
    assert said[-1]["model"] == "standin"
    await socket.close()


async def test_newest_turns_are_sent_as_they_are(small, ada):
    small.script(on="compact", error=NOT_FOUND)
    small.script(match="Which one", text="The second.")
    socket = await open_socket(ada)
    first, _ = await ask(socket, LONG)
    await in_thread(Response.objects.filter(pk=first["id"]).update)(usage=None)
    second = Response(
        conversation_id=first["conversation"]["id"],
        previous_id=first["id"],
        user=ada,
        model="standin",
        status="completed",
        input=question("Which one?")["input"],
        output=[{"type": "message", "content": [{"type": "output_text", "text": "The second."}]}],
        completed_at=(await stored(pk=first["id"])).completed_at,
    )
    await in_thread(second.save)()
    third, said = await ask(socket, "Why?", {"id": str(second.pk), "conversation": first["conversation"]})

    assert said[-1]["response_id"] == first["id"]
    words = [str(item["content"]) for item in small.bodies()[-1]["input"]]
    assert ["Which one?" in words[1], words[2], "Why?" in words[3]] == [True, "The second.", True]
    assert third["status"] == "completed"
    await socket.close()


async def test_request_that_has_room_by_the_providers_count_is_sent_as_it_is(small, ada):
    socket = await open_socket(ada)
    first, _ = await ask(socket, LONG)
    small.script(on="count", error={"status": 200, "body": {"object": "response.input_tokens", "input_tokens": 100}})
    second, said = await ask(socket, "And tomorrow?", first)
    assert (second["status"], said) == ("completed", [])
    assert paths(small) == ["/responses", "/responses/input_tokens", "/responses"]
    await socket.close()


async def test_answer_comes_all_the_same_if_nothing_compacts(small, ada):
    small.script(on="compact", error=NOT_FOUND)
    small.script(has="Summarize the conversation", error={"status": 401, "body": {"error": {"message": "No."}}})
    socket = await open_socket(ada)
    first, _ = await ask(socket, LONG)
    second, said = await ask(socket, "And tomorrow?", first)
    assert [each["status"] for each in said] == ["in_progress", "failed"]
    assert second["status"] == "completed"
    assert small.bodies()[-1]["previous_response_id"]
    assert await in_thread(rows)() == []
    await socket.close()


async def test_lost_chain_is_compacted_from_our_rows(small, ada):
    socket = await open_socket(ada)
    first, _ = await ask(socket, LONG)
    await in_thread(Response.objects.filter(pk=first["id"]).update)(response_id="resp_of_another_server")
    second, said = await ask(socket, "And tomorrow?", first)
    assert [each["status"] for each in said] == ["in_progress", "completed"]
    assert said[-1]["kind"] == "items"
    assert second["status"] == "completed"
    await socket.close()


async def test_answers_that_are_compared_share_one_compaction(small, ada):
    socket = await open_socket(ada)
    first, _ = await ask(socket, LONG)
    await socket.send(question("And tomorrow?", **after(first), compare=[{}, {}]))
    for _answer in range(3):
        await socket.until_end()
    assert len(await in_thread(rows)()) == 1
    assert paths(small).count("/responses/compact") == 1
    await socket.close()


async def test_conversation_that_the_provider_calls_too_long_is_compacted_once(site, ada):
    """Without a window that is known, nothing is compacted before."""
    error = {"code": "context_length_exceeded", "message": "Your input exceeds the context window of this model."}
    socket = await open_socket(ada)
    first, _ = await ask(socket, "How high is the tide?")
    site.script(match="tomorrow", times=1, error={"status": 400, "body": {"error": error}})
    second, said = await ask(socket, "And tomorrow?", first)
    assert [each["status"] for each in said] == ["in_progress", "completed"]
    assert (second["status"], second["omitted_turns"]) == ("completed", 0)

    site.script(match="the day after", times=2, error={"status": 400, "body": {"error": error}})
    third, said = await ask(socket, "And the day after?", second)
    assert [each["status"] for each in said] == ["in_progress", "completed"]
    assert third["status"] == "failed"
    await socket.close()


async def test_long_conversation_is_summarized_in_pieces_that_fit(site, ada):
    error = {"code": "context_length_exceeded", "message": "Your input exceeds the context window of this model."}
    too_long = {"status": 400, "body": {"error": error}}
    socket = await open_socket(ada)
    first, _ = await ask(socket, LONG)
    site.script(on="compact", error=NOT_FOUND)
    site.script(match="tomorrow", times=1, error=too_long)
    site.script(has="Summarize the conversation", times=1, error=too_long)
    second, _ = await ask(socket, "And tomorrow?", first)

    sent = [body["input"] for body in site.bodies() if "Summarize" in (body.get("instructions") or "")]
    assert len(sent) == 3
    assert len(sent[1]) < 0.6 * len(sent[0])
    assert ["<summary>" in text for text in sent] == [False, False, True]
    assert second["status"] == "completed"
    await socket.close()


async def test_stopping_while_it_is_compacted_stops_the_answer(small, ada):
    small.script(on="compact", error=NOT_FOUND)
    small.script(has="Summarize the conversation", wait="go", text="Never said.")
    socket = await open_socket(ada)
    first, _ = await ask(socket, LONG)
    await socket.send(question("And tomorrow?", **after(first)))
    begun = (await socket.until(UPDATED))[-1]
    await socket.send({"type": "response.cancel", "response_id": begun["response_id"]})
    ended = (await socket.until_end())[-1]
    assert ended["type"] == "response.cancelled"
    small.requests(gone=1)
    assert await in_thread(rows)() == []
    await socket.close()


async def test_slow_summary_is_not_waited_for(small, ada, monkeypatch):
    monkeypatch.setattr("conversations.answering.compacting.TIMEOUT_SECONDS", 0.5)
    small.script(on="compact", error=NOT_FOUND)
    small.script(has="Summarize the conversation", wait="go", text="Never said.")
    socket = await open_socket(ada)
    first, _ = await ask(socket, LONG)
    second, said = await ask(socket, "And tomorrow?", first)
    assert [each["status"] for each in said] == ["in_progress", "failed"]
    assert second["status"] == "completed"
    await socket.close()


async def test_provider_that_compacts_while_it_answers_keeps_its_chain(site, ada, settings):
    settings.MODEL = "gpt-5.5"
    await in_thread(know)("gpt-5.5")
    socket = await open_socket(ada)
    first, said = await ask(socket, LONG)
    assert site.bodies()[0]["context_management"] == [{"type": "compaction", "compact_threshold": 3000}]
    assert [(each["status"], each["kind"], each["response_id"]) for each in said] == [
        ("completed", "output", first["id"])
    ]
    assert [item["type"] for item in first["output"]] == ["compaction", "message"]
    assert "encrypted_content" not in str(first["output"])

    second, said = await ask(socket, "And tomorrow?", first)
    assert said == []
    assert site.bodies()[-1]["previous_response_id"] == (await stored(pk=first["id"])).response_id
    assert "of which the first 1 were compacted" in second["output"][-1]["content"][0]["text"]
    third, _ = await ask(socket, "And then?", second)
    assert third["status"] == "completed"
    assert {*paths(site)} == {"/responses"}
    await socket.close()


async def test_refused_context_management_is_left_out_and_remembered(site, ada, settings):
    settings.MODEL = "gpt-5.5"
    error = {"code": "unknown_parameter", "param": "context_management", "message": "Unknown parameter."}
    site.script(has="context_management", error={"status": 400, "body": {"error": error}})
    socket = await open_socket(ada)
    first, _ = await ask(socket, "How high?")
    second, _ = await ask(socket, "And tomorrow?", first)
    assert (first["status"], second["status"]) == ("completed", "completed")
    assert ["context_management" in body for body in site.bodies()] == [True, False, False]
    await socket.close()


async def test_compaction_that_the_provider_cannot_read_any_more_is_not_sent_again(small, ada):
    socket = await open_socket(ada)
    first, _ = await ask(socket, LONG)
    second, _ = await ask(socket, "And tomorrow?", first)

    def spoil() -> None:
        row = Compaction.objects.get()
        row.items = [{"type": "compaction", "encrypted_content": "of another key"}]
        row.save()
        Response.objects.filter(pk=second["id"]).update(response_id=None)

    await in_thread(spoil)()
    third, _ = await ask(socket, "And then?", second)
    assert third["status"] == "completed"
    types = [item["type"] for item in small.bodies()[-1]["input"]]
    assert "compaction" not in types
    await socket.close()


async def test_chat_completions_are_summarized(small, ada, settings):
    settings.OPENAI_DIALECT = "chat_completions"
    socket = await open_socket(ada)
    first, _ = await ask(socket, LONG)
    second, said = await ask(socket, "And tomorrow?", first)
    assert [each["status"] for each in said] == ["in_progress", "completed"]
    assert said[-1]["kind"] == "summary"
    assert {*paths(small)} == {"/chat/completions"}
    assert second["status"] == "completed"
    messages = small.bodies()[-1]["messages"]
    assert [message["role"] for message in messages] == ["system", "user"]
    await socket.close()


async def test_conversation_that_is_deleted_meanwhile_gets_none(small, ada):
    small.script(on="compact", error=NOT_FOUND)
    small.script(has="Summarize the conversation", wait="go", text="Late.")
    socket = await open_socket(ada)
    first, _ = await ask(socket, LONG)
    await socket.send(question("And tomorrow?", **after(first)))
    await socket.until(UPDATED)
    await in_thread(lambda: Response.objects.order_by("-created_at").first().delete())()
    await in_thread(Response.objects.filter(pk=first["id"]).delete)()
    small.release("go")
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name().startswith("response ")))
    assert await in_thread(rows)() == []
    await socket.close()


async def test_turns_that_were_omitted_before_a_compaction_are_not_omitted_after_it(site, ada, settings):
    settings.TOOL_MODULES, settings.DEFAULT_TOOLS = ["tests.support.tools"], ["get_tide"]
    error = {"code": "context_length_exceeded", "message": "Your input exceeds the context window of this model."}
    too_long, refused = (
        {"status": 400, "body": {"error": error}},
        {"status": 401, "body": {"error": {"message": "No."}}},
    )
    socket = await open_socket(ada)
    last = None
    for words in ("Where is Brest?", "And Dover?", "And Cork?"):
        last, _ = await ask(socket, words, last)
    # The first request is too long and can't be compacted; after its call, it is too long again.
    site.script(on="compact", times=1, error=refused)
    site.script(has="Summarize the conversation", times=1, error=refused)
    site.script(match="tide?", times=1, error=too_long)
    site.script(match="tide?", calls=[{"name": "get_tide", "arguments": '{"port": "Brest"}'}])
    site.script(match="Two metres", times=1, error=too_long)
    first, said = await ask(socket, "How high is the tide?", last)
    assert ([each["status"] for each in said], first["omitted_turns"]) == (["in_progress", "failed"], 2)

    events = await socket.until_end()
    step = events[-1]["response"]
    assert [each["compaction"]["status"] for each in events if each["type"] == UPDATED] == ["in_progress", "completed"]
    assert (step["status"], step["omitted_turns"]) == ("completed", 0)
    assert (await stored(pk=step["id"])).omitted_turns == 0
    types = [item["type"] for item in site.bodies()[-1]["input"]]
    assert types[-4:] == ["compaction", "message", "function_call", "function_call_output"]
    await socket.close()
