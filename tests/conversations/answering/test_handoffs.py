"""Handoffs: the model gives the conversation to another assistant, which goes on with it."""

import json
from typing import Any

import pytest
from django.utils import timezone

from assistants.models import Assistant
from common.threads import in_thread
from conversations.answering.handoffs import IGNORED, MAX_OF_TURN
from conversations.live.process import this_process
from conversations.models import Response
from providers import catalog
from providers.encryption import encrypt
from providers.models import Model, Provider
from tests.support.assistants import make_assistant
from tests.support.socket import ask_and_wait, open_socket
from tests.support.tool_calls import call, calls, turn, until_step_ends

pytestmark = pytest.mark.django_db(transaction=True)

BILLING = "transfer_to_billing"


@pytest.fixture(autouse=True)
def no_tools(settings) -> None:
    settings.DEFAULT_TOOLS = []


def handoff(name: str) -> dict[str, str]:
    return {"name": name, "arguments": '{"reason": "It is about an invoice."}'}


@in_thread
def make(owner, *others: Assistant, **content) -> Assistant:
    return make_assistant(owner, handoffs=[str(each.pk) for each in others], **content)


async def test_other_assistant_goes_on_with_the_conversation(site, ada):
    billing = await make(ada, name="Billing", description="Invoices.", instructions="You do invoices for {{name}}.")
    desk = await make(ada, billing, name="Desk", instructions="You welcome people.")
    site.script(match="invoice?", calls=[handoff(BILLING)])
    socket = await open_socket(ada)
    await socket.ask("Where is my invoice?", assistant=str(desk.pk))
    events = await until_step_ends(socket)

    first, step = await turn()
    assert (first.assistant_version.assistant_id, step.assistant_version.assistant_id) == (desk.pk, billing.pk)
    assert step.instructions == "You do invoices for ada."
    [call] = await calls()
    assert (call.status, call.output) == ("done", '{"assistant": "Billing"}')
    asked, chained = [body for body in site.bodies() if "tools" in body or "previous_response_id" in body]
    [offered] = asked["tools"]
    assert (offered["name"], offered["strict"]) == (BILLING, True)
    assert "Invoices." in offered["description"]
    assert chained["input"] == [{"type": "function_call_output", "call_id": call.call_id, "output": call.output}]
    assert (chained["instructions"], "tools" in chained) == ("You do invoices for ada.", False)
    assert events[-1]["response"]["assistant"]["name"] == "Billing"
    # A message that says nothing about it goes on with Billing.
    response = events[-1]["response"]
    await ask_and_wait(
        socket, "And the next one?", previous_response_id=response["id"], conversation=response["conversation"]["id"]
    )
    newest = await in_thread(Response.objects.whole().latest)("created_at")
    assert newest.assistant_version.assistant_id == billing.pk
    await socket.close()


async def test_second_handoff_of_an_answer_is_ignored(site, ada):
    billing, repairs = await make(ada, name="Billing"), await make(ada, name="Repairs")
    desk = await make(ada, billing, repairs, name="Desk")
    site.script(match="invoice?", calls=[handoff("transfer_to_repairs"), handoff(BILLING)])
    socket = await open_socket(ada)
    await socket.ask("Where is my invoice?", assistant=str(desk.pk))
    await until_step_ends(socket)
    _, step = await turn()
    assert step.assistant_version.assistant_id == repairs.pk
    assert [(call.status, call.output) for call in await calls()] == [
        ("done", '{"assistant": "Repairs"}'),
        ("failed", IGNORED),
    ]
    await socket.close()


async def test_other_calls_of_the_answer_run_as_the_assistant_that_made_them_may(site, ada, settings):
    settings.TOOL_MODULES = ["tests.support.tools"]
    billing = await make(ada, name="Billing")
    desk = await make(ada, billing, name="Desk", settings={"tools": {"get_tide": {}}})
    site.script(match="invoice?", calls=[call("get_tide"), handoff(BILLING)])
    socket = await open_socket(ada)
    await socket.ask("Where is my invoice?", assistant=str(desk.pk))
    await until_step_ends(socket)
    _, step = await turn()
    assert step.assistant_version.assistant_id == billing.pk
    assert [(each.status, each.output) for each in await calls()] == [
        ("done", "Two metres at Brest"),
        ("done", '{"assistant": "Billing"}'),
    ]
    await socket.close()


@pytest.mark.parametrize("of_site", [False, True])
async def test_tool_that_the_person_switched_off_stays_off(site, ada, settings, of_site):
    settings.TOOL_MODULES = ["tests.support.tools"]
    settings.DEFAULT_TOOLS = ["get_tide", "hang"] if of_site else []
    content: dict[str, Any] = {} if of_site else {"settings": {"tools": {"get_tide": {}, "hang": {}}}}
    billing = await make(ada, name="Billing", **content)
    desk = await make(ada, billing, name="Desk", **content)
    site.script(match="invoice?", calls=[handoff(BILLING)])
    socket = await open_socket(ada)
    await socket.ask("Where is my invoice?", assistant=str(desk.pk), tools={"get_tide": False})
    await until_step_ends(socket)
    offered = [{tool["name"] for tool in body["tools"]} for body in site.bodies() if body["stream"]]
    assert offered == [{"hang", BILLING}, {"hang"}]
    await socket.close()


async def test_tool_that_was_switched_off_stays_off_after_an_assistant_that_has_none(site, ada, settings):
    settings.TOOL_MODULES = ["tests.support.tools"]
    tools: dict[str, Any] = {"settings": {"tools": {"get_tide": {}, "hang": {}}}}
    refunds = await make(ada, name="Refunds", **tools)
    billing = await make(ada, refunds, name="Billing", settings={"tools": {}})
    desk = await make(ada, billing, name="Desk", **tools)
    site.script(match='"assistant": "Billing"', calls=[handoff("transfer_to_refunds")])
    site.script(match="invoice?", calls=[handoff(BILLING)])
    socket = await open_socket(ada)
    await socket.ask("Where is my invoice?", assistant=str(desk.pk), tools={"get_tide": False})
    await until_step_ends(socket)
    offered = [{tool["name"] for tool in body.get("tools", ())} for body in site.bodies() if body["stream"]]
    assert offered == [{"hang", BILLING}, {"transfer_to_refunds"}, {"hang"}]
    await socket.close()


async def test_nobody_hands_back_at_once_nor_more_often_than_the_limit(site, ada):
    ring = [await make(ada, name=name) for name in "ABCDE"]
    await in_thread(name_all_as_handoffs)(ring)
    for name, after in ("BC", "CD"):
        site.script(match=f'"assistant": "{name}"', calls=[handoff(f"transfer_to_{after.lower()}")])
    site.script(match="Begin", calls=[handoff("transfer_to_b")])
    socket = await open_socket(ada)
    await socket.ask("Begin", assistant=str(ring[0].pk))
    await until_step_ends(socket)
    offered = [{tool["name"][-1] for tool in body.get("tools", ())} for body in site.bodies() if body["stream"]]
    assert offered == [set("bcde"), set("cde"), set("ade"), set()]
    assert len(await calls()) == MAX_OF_TURN
    await socket.close()


def name_all_as_handoffs(assistants: list[Assistant]) -> None:
    ids = [str(each.pk) for each in assistants]
    for each in assistants:
        each.publish(each.owner, name=str(each), handoffs=ids)


@pytest.mark.parametrize("change", ["archived", "private", "variables"])
async def test_assistant_that_the_person_may_not_use_at_that_moment_does_not_take_over(site, ada, grace, change):
    billing = await make(grace, name="Billing", visibility="everybody")
    desk = await make(grace, billing, name="Desk", visibility="everybody")
    site.script(match="invoice?", calls=[handoff(BILLING)], wait="go")
    socket = await open_socket(ada)
    await socket.ask("Where is my invoice?", assistant=str(desk.pk))
    await socket.until("response.queued")
    await in_thread(take_away)(billing, change)
    this_process().choices.forget()
    site.release("go")
    await until_step_ends(socket)
    _, step = await turn()
    assert step.assistant_version.assistant_id == desk.pk
    [call] = await calls()
    assert call.status == "failed"
    assert call.output.startswith("Billing can't take over. ")
    await socket.close()


def take_away(billing: Assistant, change: str) -> None:
    if change == "archived":
        Assistant.objects.filter(pk=billing.pk).update(archived_at=timezone.now())
    elif change == "private":
        Assistant.objects.filter(pk=billing.pk).update(visibility="private")
    else:
        billing.publish(billing.owner, name="Billing", instructions="For {{customer}}.")


async def test_only_assistants_that_the_person_may_use_are_offered(site, ada, grace):
    hidden = await make(grace, name="Hidden")
    gone = await make(grace, name="Gone", visibility="everybody", archived_at=timezone.now())
    desk = await make(grace, hidden, gone, name="Desk", visibility="everybody")
    socket = await open_socket(ada)
    await ask_and_wait(socket, "Hello", assistant=str(desk.pk))
    assert all("tools" not in body for body in site.bodies())
    await socket.close()


@pytest.mark.parametrize("dialect", Provider.Dialect.values)
async def test_assistant_of_another_provider_gets_the_whole_conversation(site, ada, dialect):
    model = await in_thread(store_model)(site.base_url, dialect)
    billing = await make(ada, name="Billing", model=model)
    desk = await make(ada, billing, name="Desk")
    site.script(match="invoice?", calls=[handoff(BILLING)])
    socket = await open_socket(ada)
    await socket.ask("Where is my invoice?", assistant=str(desk.pk))
    assert (await until_step_ends(socket))[-1]["type"] == "response.completed"
    _, step = await turn()
    assert (step.provider_id, step.model) == (model.provider_id, "other")
    body = site.bodies()[-1]
    assert "previous_response_id" not in body
    sent = json.dumps(body.get("input") or body["messages"])
    assert all(said in sent for said in ("Where is my invoice?", BILLING, "It is about an invoice.", "assistant"))
    await socket.close()


def store_model(base_url: str, dialect: str) -> Model:
    provider = Provider.objects.create(name="Other", base_url=base_url, key=encrypt("sk-of-another"), dialect=dialect)
    model: Model = provider.models.create(name="other", takes_functions=True)
    catalog.refresh()
    return model
