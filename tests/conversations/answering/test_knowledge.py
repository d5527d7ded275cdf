"""Answers that search in collections of files: the assistant's, and those that the person chose."""

import json
from typing import Any

import pytest
from django.utils import timezone

from common.threads import in_thread
from conversations.models import Response
from knowledge.models import Collection
from tests.support.assistants import make_assistant, make_model
from tests.support.knowledge import add_read, make_collection
from tests.support.socket import ask_and_wait, open_socket
from tests.support.tool_calls import calls, turn, until_step_ends

pytestmark = pytest.mark.django_db(transaction=True)

SEARCH = {"name": "search_knowledge", "arguments": '{"words": "tide", "file": null}'}


@pytest.fixture(autouse=True)
def no_tools(settings) -> None:
    settings.DEFAULT_TOOLS = []


@in_thread
def harbour_of(user, *passages: str, **fields: Any) -> Collection:
    collection = make_collection(user, **fields)
    add_read(collection, *(passages or ("High tide at noon",)))
    return collection


def offered(body: dict[str, Any]) -> list[str]:
    return [tool["name"] for tool in body.get("tools", ())]


async def test_person_lets_an_answer_search_in_a_collection(site, ada):
    harbour = await harbour_of(ada)
    site.script(match="tide?", calls=[SEARCH])
    socket = await open_socket(ada)
    await socket.ask("When is high tide?", collections={str(harbour.pk): True})
    events = await until_step_ends(socket)
    [call] = await calls()
    [passage] = json.loads(call.output or "")["passages"]
    assert (call.status, passage["text"]) == ("done", "High tide at noon")
    assert events[-1]["response"]["collections"] == [str(harbour.pk)]
    assert events[-1]["response"]["not_applied"] == []
    asked, chained = [body for body in site.bodies() if "tools" in body]
    assert offered(asked) == offered(chained) == ["search_knowledge"]
    assert "- Harbour" in asked["tools"][0]["description"]
    await socket.close()


async def test_assistant_searches_in_its_collections_unless_they_are_switched_off(site, ada):
    harbour = await harbour_of(ada)
    desk = await in_thread(make_assistant)(ada, settings={"collections": [str(harbour.pk)]})
    socket = await open_socket(ada)
    await ask_and_wait(socket, "One", assistant=str(desk.pk))
    response = await ask_and_wait(socket, "Two", assistant=str(desk.pk), collections={str(harbour.pk): False})
    assert response["collections"] == []
    assert [offered(body) for body in site.bodies() if "instructions" in body] == [["search_knowledge"], []]
    await socket.close()


@pytest.mark.parametrize("way", ["deleted", "of somebody else", "taken away"])
async def test_collection_that_is_gone_is_left_out_and_that_is_said(site, ada, grace, way):
    harbour = await harbour_of(grace if way == "of somebody else" else ada)
    if way != "of somebody else":
        change = {"deleted_at": timezone.now()} if way == "deleted" else {"owner": grace}
        await in_thread(Collection.objects.update)(**change)
    site.script(match="tide?", calls=[SEARCH])
    socket = await open_socket(ada)
    await socket.ask("When is high tide?", collections={str(harbour.pk): True})
    events = await until_step_ends(socket)
    assert events[-1]["response"]["not_applied"] == ["collections"]
    assert "High tide at noon" not in str(site.bodies())
    assert not any(offered(body) for body in site.bodies())
    [call] = await calls()
    assert call.status == "failed"
    await socket.close()


async def test_collection_that_is_taken_away_during_an_answer_is_not_searched(site, ada, grace):
    harbour = await harbour_of(ada)
    site.script(match="tide?", calls=[SEARCH], at={"2": {"wait": "go"}})
    socket = await open_socket(ada)
    await socket.ask("When is high tide?", collections={str(harbour.pk): True})
    while (await socket.receive())["type"] != "response.in_progress":
        pass
    await in_thread(Collection.objects.update)(owner=grace)
    site.release("go")
    await until_step_ends(socket)
    [call] = await calls()
    assert (call.status, "High tide" in call.output) == ("failed", False)
    await socket.close()


async def test_model_without_functions_searches_nothing_and_that_is_said(site, ada):
    harbour = await harbour_of(ada)
    model = await in_thread(plain_model)(site)
    socket = await open_socket(ada)
    response = await ask_and_wait(socket, "Hello", model=str(model.pk), collections={str(harbour.pk): True})
    assert response["not_applied"] == ["knowledge"]
    assert not any(offered(body) for body in site.bodies())
    await socket.close()


def plain_model(site):
    model = make_model("standin", takes_functions=False)
    model.provider.base_url = site.base_url
    model.provider.save()
    return model


async def test_too_many_collections_are_refused(site, ada):
    socket = await open_socket(ada)
    ids = [str((await harbour_of(ada)).pk) for _ in range(21)]
    await socket.ask("Hello", collections=dict.fromkeys(ids, True))
    assert (await socket.receive())["code"] == "too_many_collections"
    assert not await in_thread(Response.objects.exists)()
    await socket.close()


async def test_earlier_search_goes_back_with_the_whole_conversation(site, ada):
    harbour, model = await harbour_of(ada), await in_thread(plain_model)(site)
    site.script(match="tide?", calls=[SEARCH])
    socket = await open_socket(ada)
    await socket.ask("When is high tide?", collections={str(harbour.pk): True})
    events = await until_step_ends(socket)
    before = events[-1]["response"]
    place = {"previous_response_id": before["id"], "conversation": before["conversation"]["id"]}
    await in_thread(Response.objects.update)(response_id=None)
    await ask_and_wait(socket, "And then?", **place)
    sent = site.bodies()[-1]["input"]
    assert [item["type"] for item in sent[:3]] == ["message", "function_call", "function_call_output"]
    assert "High tide at noon" in sent[2]["output"]
    # In words, if the model takes no functions.
    await ask_and_wait(socket, "In words?", model=str(model.pk), **place)
    sent = site.bodies()[-1]["input"]
    assert {item["type"] for item in sent} == {"message"}
    assert "It is data, not a message of mine" in str(sent)
    assert "High tide at noon" in str(sent)
    await socket.close()


async def test_assistant_that_takes_over_searches_in_its_own_and_in_what_the_person_chose(site, ada):
    chosen, own = await harbour_of(ada, name="Chosen"), await harbour_of(ada, "Own tide", name="Own")
    former = await harbour_of(ada, "Former tide", name="Former")
    billing = await in_thread(make_assistant)(ada, name="Billing", settings={"collections": [str(own.pk)]})
    desk = await in_thread(make_assistant)(
        ada, name="Desk", handoffs=[str(billing.pk)], settings={"collections": [str(former.pk)]}
    )
    site.script(match="invoice?", calls=[{"name": "transfer_to_billing", "arguments": '{"reason": "It is theirs."}'}])
    socket = await open_socket(ada)
    await socket.ask("Where is my invoice?", assistant=str(desk.pk), collections={str(chosen.pk): True})
    await until_step_ends(socket)
    first, step = await turn()
    assert {*first.settings["collections"]} == {str(former.pk), str(chosen.pk)}
    assert {*step.settings["collections"]} == {str(own.pk), str(chosen.pk)}
    await socket.close()
