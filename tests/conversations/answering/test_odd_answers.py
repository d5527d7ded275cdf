"""What servers really send, through the site: shown, stored once, with the words that came."""

from typing import Any

import pytest

from common.threads import in_thread
from conversations.models import Response
from standin.odd import all_answers
from tests.support.socket import Socket, ask_and_wait, open_socket, stored, text_of, until_text
from tests.support.traces import TRACES
from tests.support.traces.events import steps

TEXT = "High water at Brest is at six."
HALF = "High water at Brest "
BUSY = "rate_limit_exceeded"

ENDS = {
    "framing/half-characters": ("completed", "Water 🌊 rises, then \N{REPLACEMENT CHARACTER} falls", None),
    "framing/half-bytes": ("completed", "Water 🌊 rises", None),
    "framing/bare-error-line": ("failed", "High", BUSY),
    "framing/error-without-a-type": ("failed", "", BUSY),
    "framing/error-in-words": ("failed", "", "server_error"),
    "framing/json-error": ("failed", "", "model_not_found"),
    "framing/json-error-as-a-stream": ("failed", "", "model_not_found"),
    "framing/chat-cut-off": ("incomplete", "High water", None),
    "framing/web-page": ("failed", "", "stream_cut"),
    "ends/completed-but-incomplete": ("incomplete", TEXT, None),
    "ends/completed-with-an-error": ("failed", TEXT, "server_error"),
    "ends/completed-but-canceled": ("cancelled", TEXT, None),
    "ends/only-a-thought": ("failed", "", "no_answer"),
    "ends/nothing": ("failed", "", "no_answer"),
    "ends/no-created-cut": ("failed", HALF, "stream_cut"),
    "texts/withdrawn": ("incomplete", "I can't say that.", None),
    "places/one-id-for-all": ("completed", "High water.\n\nLow water.", None),
}
"""Status, text and error code of the odd answers that don't end well with the same text."""

ASKED_TWICE = {"framing/web-page", "ends/no-created-cut"}
"""Those that break, and are begun again once."""

pytestmark = pytest.mark.django_db(transaction=True)


CASES = [(name, "never") for name in sorted(all_answers())] + [
    (name, "always") for name in sorted(all_answers()) if name.startswith(("cursors/", "ends/no-created"))
]


@pytest.mark.parametrize(("name", "background"), CASES)
async def test_odd_answer_keeps_its_words_and_is_asked_once(site, ada, settings, name, background):
    settings.BACKGROUND = background
    status, text, code = ENDS.get(name, ("completed", TEXT, None))
    site.script(match="tide", odd=name)
    site.script(on="retrieve", error={"status": 404})
    site.release("go")
    tab = await open_socket(ada)
    answer = await ask_and_wait(tab, "How high is the tide?")

    response = await stored(pk=answer["id"])
    assert (answer["status"], response.status, (answer["error"] or {}).get("code")) == (status, status, code)
    assert (response.answer(), response.output) == (text, answer["output"])
    assert len(site.bodies()) == (2 if name in ASKED_TWICE else 1)
    assert await in_thread(Response.objects.count)() == (2 if name == "ends/no-created-cut" else 1)
    await tab.close()


async def stop(tab: Socket, response_id: str) -> dict[str, Any]:
    await tab.send({"type": "response.cancel", "response_id": response_id})
    response: dict[str, Any] = (await tab.until_end())[-1]["response"]
    return response


@pytest.mark.parametrize("name", ["places/no-index", "places/one-index-for-all"])
async def test_stop_keeps_the_thought_and_the_words_of_items_without_places(site, ada, name):
    site.script(match="tide", odd=name)
    tab = await open_socket(ada)
    await tab.ask("How high is the tide?")
    events = await until_text(tab, TEXT)
    answer = await stop(tab, events[0]["response_id"])

    deltas = [event for event in events if event["type"].endswith("_text.delta")]
    assert {(event["type"].split(".")[1], event.get("output_index", 0)) for event in deltas} == {
        ("reasoning_text", 0),
        ("output_text", 1),
    }
    assert [item["type"] for item in answer["output"]] == ["reasoning", "message"]
    assert answer["output"][0]["content"][0]["text"] == "The tables say six."
    assert (await stored(pk=answer["id"])).answer() == TEXT
    chain = {"conversation": answer["conversation"]["id"], "previous_response_id": answer["id"]}
    await ask_and_wait(tab, "And then?", **chain)
    assert site.bodies()[-1]["input"][1]["content"] == TEXT
    await tab.close()


@pytest.mark.parametrize("background", ["never", "always"])
async def test_stop_ends_an_answer_that_was_never_announced_at_once(site, ada, settings, background):
    settings.BACKGROUND = background
    site.script(match="tide", odd="ends/no-created")
    tab = await open_socket(ada)
    await tab.ask("How high is the tide?")
    events = await until_text(tab, HALF)
    answer = await stop(tab, events[0]["response_id"])

    assert (answer["status"], (await stored(pk=answer["id"])).answer()) == ("cancelled", HALF)
    assert [request["gone"] for request in site.requests(gone=1)] == [True]
    await tab.close()


async def test_page_is_told_of_no_empty_output_in_mid_answer(site, ada):
    site.script(match="tide", odd="texts/snapshots")
    tab = await open_socket(ada)
    await tab.ask("How high is the tide?")
    events = await until_text(tab, TEXT)
    told = [event["response"] for event in events[1:] if "response" in event]
    assert len(told) > 2
    assert {(response["status"], response.get("output")) for response in told} == {("in_progress", None)}
    site.release("go")
    await tab.until_end()
    await tab.close()


async def test_repeated_words_are_not_shown_twice(site, ada):
    site.script(match="tide", odd="texts/late-deltas")
    tab = await open_socket(ada)
    await tab.ask("How high is the tide?")
    assert text_of(await tab.until_end()) == TEXT
    await tab.close()


async def test_header_that_is_too_long_is_a_failure_of_the_provider(site, ada):
    site.script(error={"status": 200, "headers": {"x-policy": "tide " * 3000}, "body": "{}"})
    tab = await open_socket(ada)
    answer = await ask_and_wait(tab, "How high is the tide?")
    assert "site itself" not in str((await stored(pk=answer["id"])).error)
    assert answer["error"]["message"] == "The model's provider had an error. Try again."
    await tab.close()


async def test_sentence_for_an_answer_without_words_is_stored_for_the_admin_too(site, ada):
    site.script(match="tide", odd="ends/only-a-thought")
    tab = await open_socket(ada)
    answer = await ask_and_wait(tab, "How high is the tide?")
    assert answer["error"]["message"] == "The model ended without an answer. Try again."
    assert answer["output"][0]["content"][0]["text"] == "Which port?"
    await tab.close()


@pytest.mark.parametrize("name", ["texts/think-tags", "texts/think-tags-at-once"])
async def test_thought_in_the_text_is_one_and_is_not_sent_back(site, ada, name):
    site.script(match="tide", odd=name)
    site.release("go")
    tab = await open_socket(ada)
    answer = await ask_and_wait(tab, "How high is the tide?")
    assert [item["type"] for item in answer["output"]] == ["reasoning", "message"]
    assert answer["output"][0]["content"][0]["text"].strip() == "The tables say six."
    await in_thread(Response.objects.filter(pk=answer["id"]).update)(response_id=None)
    chain = {"conversation": answer["conversation"]["id"], "previous_response_id": answer["id"]}
    await ask_and_wait(tab, "And then?", **chain)
    assert [item["content"] for item in site.bodies()[-1]["input"]][1] == TEXT
    await tab.close()


async def test_admin_reads_what_came_in_place_of_an_answer(site, ada):
    site.script(match="tide", odd="framing/web-page")
    tab = await open_socket(ada)
    answer = await ask_and_wait(tab, "How high is the tide?")
    assert "Sign in to the network" in (await stored(pk=answer["id"])).error["detail"]
    await tab.close()


@pytest.mark.parametrize(("name", "is_chained"), [("patches", False), ("computer", False), ("shell", True)])
async def test_message_after_a_call_that_nobody_answers_begins_a_new_chain(site, ada, name, is_chained):
    tab = await open_socket(ada)
    site.script(times=1, steps=steps(TRACES[name]))
    answer = await ask_and_wait(tab, "Mend it")
    chain = {"conversation": answer["conversation"]["id"], "previous_response_id": answer["id"]}
    answer = await ask_and_wait(tab, "And then?", **chain)
    assert answer["status"] == "completed"
    # Nothing is sent that would be refused.
    [_, body] = site.bodies()
    assert ("previous_response_id" in body) == is_chained
    await tab.close()
