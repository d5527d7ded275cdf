"""Memory: facts that a model keeps for later conversations, if its person wants that."""

import json

import pytest

from accounts.models import Memory, User
from assistants.instructions import MEMORIES
from common.threads import in_thread
from conversations.models import Conversation
from tests.support.socket import ask_and_wait, open_socket
from tests.support.tool_calls import calls, until_step_ends

pytestmark = pytest.mark.django_db(transaction=True)

KETCH = "Sails a ketch."


@pytest.fixture(autouse=True)
def no_tools(settings) -> None:
    settings.DEFAULT_TOOLS = []


def call(name: str, fact: str = KETCH) -> dict[str, str]:
    return {"name": name, "arguments": json.dumps({"fact": fact})}


@in_thread
def switch(person: User, *, on: bool) -> None:
    User.objects.filter(pk=person.pk).update(memory_is_on=on)


@in_thread
def facts() -> list[tuple[str, str]]:
    return [(each.user.username, each.text) for each in Memory.objects.select_related("user")]


def tools(site) -> set[str]:
    return {tool["name"] for body in site.bodies() for tool in body.get("tools", ())}


async def test_fact_is_kept_shown_and_told_in_later_conversations(site, ada):
    await switch(ada, on=True)
    site.script(match="I sail", calls=[call("remember")])
    socket = await open_socket(ada)
    await socket.ask("I sail a ketch.")
    events = await until_step_ends(socket)
    assert await facts() == [("ada", KETCH)]
    [kept] = await in_thread(list)(Memory.objects.all())
    assert str(kept.conversation) == events[-1]["response"]["conversation"]["id"]
    shown = [event["call"] for event in events if event["type"] == "response.tool_call.updated"][-1]
    assert (shown["status"], shown["memory"]) == ("done", {"id": str(kept.pk), "text": KETCH})
    site.forget_requests()
    await ask_and_wait(socket, "What do I sail?")
    assert site.bodies()[0]["instructions"].endswith(f"{MEMORIES}\n- {KETCH}")
    await socket.close()


async def test_fact_is_forgotten_if_the_person_asks_for_it(site, ada):
    await switch(ada, on=True)
    await in_thread(Memory.objects.create)(user=ada, text=KETCH)
    site.script(match="Forget", calls=[call("forget"), call("forget", "Rows.")])
    socket = await open_socket(ada)
    await socket.ask("Forget my boat.")
    await until_step_ends(socket)
    assert await facts() == []
    assert {each.status for each in await calls()} == {"done", "failed"}
    await socket.close()


async def test_nothing_is_offered_or_told_if_the_person_does_not_want_it(site, ada, grace):
    await switch(grace, on=True)
    for person in (ada, grace):
        await in_thread(Memory.objects.create)(user=person, text=KETCH)
    socket = await open_socket(ada)
    # Not even if a page that isn't ours asks for it.
    await ask_and_wait(socket, "Hello", tools={"remember": True})
    assert tools(site) == set()
    assert MEMORIES not in site.bodies()[0]["instructions"]
    await socket.close()


async def test_temporary_conversations_neither_tell_nor_remember(site, ada):
    await switch(ada, on=True)
    await in_thread(Memory.objects.create)(user=ada, text=KETCH)
    socket = await open_socket(ada)
    await ask_and_wait(socket, "Hello", temporary=True)
    assert tools(site) == set()
    assert MEMORIES not in site.bodies()[0]["instructions"]
    await socket.close()


async def test_nothing_is_remembered_of_what_others_shared(site, ada):
    await switch(ada, on=True)
    copy = await in_thread(Conversation.objects.create)(user=ada, imported_from=Conversation.Source.SHARE)
    socket = await open_socket(ada)
    await ask_and_wait(socket, "Hello", conversation=str(copy.pk))
    assert tools(site) == set()
    await socket.close()


async def test_call_after_memory_was_switched_off_remembers_nothing(site, ada):
    await switch(ada, on=True)
    site.script(match="I sail", calls=[call("remember")], wait="go")
    socket = await open_socket(ada)
    await socket.ask("I sail a ketch.")
    await socket.until("response.queued")
    await switch(ada, on=False)
    site.release("go")
    await until_step_ends(socket)
    assert await facts() == []
    assert [each.status for each in await calls()] == ["failed"]
    await socket.close()
