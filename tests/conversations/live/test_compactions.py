"""Compacting because somebody wishes it, taking that back, and counting tokens."""

import asyncio
from typing import Any

import pytest
from django.test import Client

from common.threads import in_thread
from conversations.models import Compaction
from tests.support.socket import ask_and_wait, connect, open_socket

UPDATED, COUNTED = "response.compaction.updated", "response.counted"
QUESTION = "How high is the tide?"
NOT_FOUND = {"status": 404, "body": {"error": {"message": "Not found"}}}

pytestmark = pytest.mark.django_db(transaction=True)


def after(response: dict[str, Any]) -> dict[str, Any]:
    return {"conversation": response["conversation"]["id"], "previous_response_id": response["id"]}


async def compact(socket, response: dict[str, Any]) -> list[dict[str, Any]]:
    """Compact up to a response; return what is said of it until it is over."""
    await socket.send({"type": "response.compact", "response_id": response["id"]})
    said: list[dict[str, Any]] = []
    while not said or said[-1]["status"] == "in_progress":
        said.append((await socket.until(UPDATED))[-1]["compaction"])
    return said


async def test_all_who_follow_see_it_and_it_can_be_taken_back(site, ada):
    site.script(on="compact", error=NOT_FOUND)
    site.script(has="Summarize the conversation", times=1, text="They asked for the tide.")
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, QUESTION)
    beside = await connect(ada, first["conversation"]["id"])

    said = await compact(socket, first)
    assert [(await beside.until(UPDATED))[-1]["compaction"] for _ in said] == said
    assert [each["status"] for each in said] == ["in_progress", "completed"]
    assert (said[-1]["kind"], said[-1]["summary"]) == ("summary", "They asked for the tide.")
    second = await ask_and_wait(socket, "And tomorrow?", **after(first))
    assert site.bodies()[-1]["input"][0]["content"].endswith("They asked for the tide.")

    client = Client()
    await in_thread(client.force_login)(ada)
    answer = await in_thread(client.delete)(f"/compactions/{said[-1]['id']}/")
    assert answer.status_code == 204
    assert (await socket.until(UPDATED))[-1]["compaction"]["status"] == "taken_back"
    row = await in_thread(Compaction.objects.get)()
    assert (row.user_id, row.taken_back_by_id, row.summary) == (ada.pk, ada.pk, "They asked for the tide.")
    await ask_and_wait(socket, "And then?", **after(second))
    assert [item["role"] for item in site.bodies()[-1]["input"]] == ["user", "assistant"] * 2 + ["user"]

    again = await in_thread(client.delete)(f"/compactions/{said[-1]['id']}/")
    assert again.status_code == 204
    assert (await in_thread(Compaction.objects.get)()).taken_back_at == row.taken_back_at
    for each in (socket, beside):
        await each.close()


async def test_one_at_a_time_of_a_person_and_none_of_an_answer_in_progress(site, ada):
    site.script(on="compact", error=NOT_FOUND)
    site.script(has="Summarize the conversation", wait="go", text="Later.")
    site.script(match="slow", text="Yes.", deltas=2, at={"5": {"wait": "word"}})
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, QUESTION)
    await socket.send({"type": "response.compact", "response_id": first["id"]})
    await socket.until(UPDATED)
    await socket.send({"type": "response.compact", "response_id": first["id"]})
    assert (await socket.receive())["code"] == "compaction_in_progress"

    await socket.ask("slow", **after(first))
    running = (await socket.until("response.queued"))[-1]["response_id"]
    await socket.send({"type": "response.compact", "response_id": running})
    assert (await socket.until("error"))[-1]["code"] == "response_in_progress"
    site.release("word")
    site.release("go")
    ends = [await socket.until("response.completed", UPDATED) for _ in range(2)]
    assert {each[-1]["type"] for each in ends} == {"response.completed", UPDATED}
    await socket.close()


async def test_failure_has_a_sentence_for_the_person(site, ada):
    site.script(on="compact", error=NOT_FOUND)
    site.script(has="Summarize the conversation", error={"status": 429, "body": {"error": {"message": "Slow down"}}})
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, QUESTION)
    said = await compact(socket, first)
    assert said[-1]["status"] == "failed"
    assert said[-1]["error"]["message"] == "The model is busy. Try again in a moment."
    await socket.close()


async def test_what_is_compacted_already_is_not_compacted_again(site, ada):
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, QUESTION)
    assert (await compact(socket, first))[-1]["status"] == "completed"
    said = await compact(socket, first)
    assert said[-1]["error"]["message"] == "There is nothing to summarize yet."
    await socket.close()


async def test_tokens_are_counted_by_the_provider(site, ada):
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, QUESTION)
    await socket.send({"type": "response.count", "response_id": first["id"]})
    counted = (await socket.until(COUNTED))[-1]
    assert counted["response_id"] == first["id"]
    assert counted["tokens"] == first["usage"]["input_tokens"] + first["usage"]["output_tokens"]

    site.script(on="count", error=NOT_FOUND)
    await socket.send({"type": "response.count", "response_id": first["id"]})
    await asyncio.to_thread(site.requests, settled=3)
    assert await socket.is_quiet()
    await socket.close()
