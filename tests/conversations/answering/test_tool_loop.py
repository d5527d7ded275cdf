"""Answers that call tools: the calls are run, and the model goes on with what they put out."""

import asyncio
import threading
import uuid
from typing import Any

import pytest
from django.utils import timezone
from psycopg import AsyncConnection

from common.threads import in_thread
from conversations.answering import approvals
from conversations.answering import calls as answering_calls
from conversations.answering.calls import finish, requested, step_after
from conversations.answering.claims import conninfo
from conversations.answering.ownership import Ending
from conversations.answering.state import Answer, State
from conversations.live.process import Process
from conversations.models import Conversation, Response
from tests.support import tools
from tests.support.socket import ask_and_wait, connect, open_socket, wait_for_end
from tests.support.tool_calls import call, calls, decide, last_text, turn, until_step_ends

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("functions")]


async def test_model_goes_on_with_what_a_tool_puts_out(site, ada):
    site.script(match="tide?", calls=[call("get_tide", call_id="call_A")])
    socket = await open_socket(ada)
    await socket.ask("How high is the tide?")
    events = await until_step_ends(socket)

    first, step = await turn()
    assert (step.previous_id, step.turn_id, step.status) == (first.pk, first.pk, "completed")
    assert step.input == [{"type": "function_call_output", "call_id": "call_A", "output": "Two metres at Brest"}]
    assert "> Two metres at Brest" in last_text(events)
    [run] = await calls()
    assert (run.status, run.tool, run.attempts) == ("done", "get_tide", 1)
    shown = [event["call"]["status"] for event in events if event["type"] == "response.tool_call.updated"]
    assert shown == ["running", "done"]
    chained = site.bodies()[-1]
    assert chained["previous_response_id"] == first.response_id
    assert {tool["name"] for tool in chained["tools"]} == set(tools.ON)
    await socket.close()


async def test_parallel_calls_run_side_by_side(site, ada):
    site.script(match="tides?", calls=[call("get_tide", port) for port in ("Brest", "Calais", "Dover")])
    tools.gates |= {port: asyncio.Event() for port in ("Brest", "Calais", "Dover")}
    socket = await open_socket(ada)
    await socket.ask("How high are the tides?")
    running = 0
    while running < 3:
        event = await socket.receive()
        running += event["type"] == "response.tool_call.updated" and event["call"]["status"] == "running"
    for port in ("Dover", "Brest", "Calais"):
        tools.gates[port].set()
    await until_step_ends(socket)

    _, step = await turn()
    assert [item["output"] for item in step.input] == [f"Two metres at {port}" for port in ("Brest", "Calais", "Dover")]
    await socket.close()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("break_down", "break_down failed."),
        ("hang", "hang didn't end within 0.05 seconds, and was left. It may have happened."),
        ("no_such_tool", "There is no such tool."),
        ("get_tide" * 40, "There is no such tool."),
        ("get\0tide", "There is no such tool."),
    ],
)
async def test_call_that_fails_tells_the_model_why(site, ada, name, words):
    site.script(match="it?", calls=[call(name)])
    socket = await open_socket(ada)
    await socket.ask("Can you do it?")
    events = await until_step_ends(socket)
    assert f"> {words}" in last_text(events)
    assert [each.status for each in await calls()] == ["failed"]
    await socket.close()


async def test_rubbish_of_a_tool_is_bounded(site, ada):
    site.script(match="it?", calls=[call("say_rubbish"), {"name": "get_tide", "arguments": "{cut"}])
    socket = await open_socket(ada)
    await socket.ask("Can you do it?")
    await until_step_ends(socket)
    rubbish, cut = await calls()
    assert isinstance(rubbish.output, str)
    assert len(rubbish.output) < 60_000
    assert cut.status == "failed"
    await socket.close()


async def test_image_that_cannot_be_kept_fails_its_call_alone(site, ada, settings, monkeypatch):
    settings.DEFAULT_TOOLS = ["draw_tide", "get_tide"]
    monkeypatch.setattr("conversations.attachments.write", refuse_to_write)
    site.script(match="tide?", calls=[call("draw_tide"), call("get_tide")])
    socket = await open_socket(ada)
    await socket.ask("How high is the tide?")
    events = await until_step_ends(socket)
    assert events[-1]["type"] == "response.completed"
    assert [(each.status, each.output) for each in await calls()] == [
        ("failed", "An image of draw_tide could not be kept."),
        ("done", "Two metres at Brest"),
    ]
    await socket.close()


def refuse_to_write(files: object) -> None:
    raise OSError(28, "No space left on device")


async def test_call_waits_for_its_person_and_costs_nothing_meanwhile(site, ada, server_process):
    site.script(match="berth?", calls=[call("book_berth")])
    socket = await open_socket(ada)
    await socket.ask("Can I get a berth?")
    events = await until_step_ends(socket)
    assert events[-1]["type"] == "response.waiting"

    _, step = await turn()
    assert (step.status, step.process) == ("waiting", None)
    async with asyncio.timeout(60):
        while server_process.runner.is_answering(step.pk):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    [waiting] = await calls()
    assert (waiting.status, tools.ran) == ("waiting", [])
    # In any tab, after a reload.
    other = await connect(ada, step.conversation_id)
    assert (await other.until("response.waiting"))[-1]["response_id"] == str(step.pk)
    await decide(other, waiting.pk, "once")
    for tab in (socket, other):
        assert "> Booked at Brest" in last_text(await until_step_ends(tab))
    [done] = await calls()
    assert (done.status, done.decision, done.decided_by_id, tools.ran) == ("done", "once", ada.pk, ["book_berth Brest"])
    await socket.close()
    await other.close()


async def test_model_is_told_what_was_not_allowed(site, ada):
    site.script(match="berth?", calls=[call("book_berth"), call("get_tide")])
    socket = await open_socket(ada)
    await socket.ask("Can I get a berth?")
    await until_step_ends(socket)
    waiting, done = await calls()
    assert (waiting.status, done.status) == ("waiting", "done")
    await decide(socket, waiting.pk, "no", "Too expensive.")
    events = await until_step_ends(socket)
    assert "They said: Too expensive." in last_text(events)
    assert tools.ran == ["get_tide Brest"]
    await socket.close()


async def test_tool_that_is_allowed_in_a_conversation_is_not_asked_for_again(site, ada):
    site.script(match="berth?", calls=[call("book_berth"), call("book_berth", "Dover")])
    socket = await open_socket(ada)
    await socket.ask("Can I get a berth?")
    await until_step_ends(socket)
    waiting = await calls()
    await decide(socket, waiting[1].pk, "conversation")
    ended = (await until_step_ends(socket))[-1]["response"]
    assert sorted(tools.ran) == ["book_berth Brest", "book_berth Dover"]
    where = {"conversation": ended["conversation"]["id"], "previous_response_id": ended["id"]}
    await socket.ask("And another berth?", **where)
    assert (await until_step_ends(socket))[-1]["type"] == "response.completed"
    assert len(tools.ran) == 4
    await socket.close()


async def test_of_two_decisions_at_once_one_counts(site, ada, grace):
    site.script(match="berth?", calls=[call("book_berth")])
    one = await open_socket(ada)
    await one.ask("Can I get a berth?")
    await until_step_ends(one)
    [waiting] = await calls()
    _, step = await turn()
    other, stranger = await connect(ada, step.conversation_id), await open_socket(grace)
    await other.until("response.waiting")
    await decide(stranger, waiting.pk, "once")
    assert (await stranger.receive())["code"] == "tool_call_not_found"
    await asyncio.gather(decide(one, waiting.pk, "once"), decide(other, waiting.pk, "once"))
    seen = [event for tab in (one, other) for event in await until_step_ends(tab)]
    assert [event["code"] for event in seen if event["type"] == "error"] == ["tool_call_decided"]
    assert tools.ran == ["book_berth Brest"]
    for tab in (one, other, stranger):
        await tab.close()


@pytest.mark.parametrize("is_stopped", [False, True])
async def test_decision_at_the_moment_in_which_a_step_begins_to_wait_is_heard(site, ada, monkeypatch, is_stopped):
    park, is_parked, may_leave = answering_calls.park, threading.Event(), threading.Event()

    def park_slowly(*arguments: Any) -> Any:
        parked = park(*arguments)
        is_parked.set()
        assert may_leave.wait(30)
        return parked

    monkeypatch.setattr(answering_calls, "park", park_slowly)
    site.script(match="berth?", times=1, calls=[call("book_berth")])
    socket = await open_socket(ada)
    await socket.ask("Is there a berth?")
    await asyncio.to_thread(is_parked.wait, 30)
    [waiting] = await calls()
    _, step = await turn()
    command = {"type": "response.cancel", "response_id": str(step.pk)}
    await (socket.send(command) if is_stopped else decide(socket, waiting.pk, "once"))
    while (await turn())[-1].status == "waiting":
        pass
    may_leave.set()
    assert (await until_step_ends(socket))[-1]["type"] == "response.waiting"
    end = (await until_step_ends(socket))[-1]["type"]
    assert end == ("response.cancelled" if is_stopped else "response.completed")
    await socket.close()


async def test_waiting_answer_is_stopped(site, ada):
    site.script(match="berth?", calls=[call("book_berth", call_id="call_A")])
    socket = await open_socket(ada)
    await socket.ask("Can I get a berth?")
    waiting = (await until_step_ends(socket))[-1]["response"]
    where = {"conversation": waiting["conversation"]["id"], "previous_response_id": waiting["id"]}
    await socket.ask("Hurry up", **where)
    # The end of the answer that called the tool may come between.
    assert (await socket.until("error"))[-1]["code"] == "response_in_progress"
    await socket.send({"type": "response.cancel", "response_id": waiting["id"]})
    await socket.until("response.cancelled")
    [cancelled] = await calls()
    assert cancelled.status == "cancelled"
    # The conversation goes on: no call is without its output.
    assert (await ask_and_wait(socket, "Never mind", **where))["status"] == "completed"
    kinds = [item["type"] for item in site.bodies()[-1]["input"]]
    assert kinds == ["message", "function_call", "function_call_output", "message"]
    await socket.close()


async def test_running_call_is_stopped(site, ada):
    site.script(match="horn", calls=[call("sound_horn"), call("book_berth")])
    tools.gates["Brest"] = asyncio.Event()
    socket = await open_socket(ada)
    await socket.ask("Sound the horn")
    while (event := await socket.receive())["type"] != "response.tool_call.updated":
        pass
    await socket.send({"type": "response.cancel", "response_id": event["response_id"]})
    await socket.until("response.cancelled")
    assert [each.status for each in await calls()] == ["cancelled", "cancelled"]
    await socket.close()


async def until_ended(process: Process, response_id: str) -> Answer:
    """Wait until the end of an answer is known to its process, which has yet to store it."""
    answer = process.runner._runs[response_id][0].answer
    async with asyncio.timeout(30):
        while answer.state is not State.ENDED:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    return answer


async def test_stop_while_the_calls_are_stored_stops_what_goes_on_after_them(site, ada, server_process):
    site.script(match="horn", calls=[call("sound_horn")], wait="go")
    socket = await open_socket(ada)
    await socket.ask("Sound the horn")
    [asked] = await socket.until("response.queued")
    first, conversation = asked["response_id"], asked["response"]["conversation"]["id"]
    async with await AsyncConnection.connect(conninfo()) as connection:
        await connection.execute("SELECT 1 FROM conversations_conversation WHERE id = %s FOR UPDATE", [conversation])
        site.release("go")
        answer = await until_ended(server_process, first)
        await socket.send({"type": "response.cancel", "response_id": first})
        async with asyncio.timeout(30):
            while not answer.is_cancelled:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        await connection.rollback()
    assert (await until_step_ends(socket))[-1]["type"] == "response.cancelled"
    assert [response.status for response in await turn()] == ["completed", "cancelled"]
    assert ([each.status for each in await calls()], tools.ran) == (["cancelled"], [])
    await socket.close()


async def test_nothing_goes_on_in_a_conversation_that_was_deleted(site, ada):
    site.script(match="horn", calls=[call("sound_horn")], wait="go")
    socket = await open_socket(ada)
    await socket.ask("Sound the horn")
    await socket.until("response.queued")
    # By a process that doesn't see the step yet which it would have to stop.
    await in_thread(Conversation.objects.update)(deleted_at=timezone.now())
    site.release("go")
    assert (await until_step_ends(socket))[-1]["type"] == "response.cancelled"
    assert ([each.status for each in await calls()], tools.ran) == (["cancelled"], [])
    await socket.close()


async def test_killed_process_leaves_no_call_without_output(site, ada, server_process):
    site.script(match="horn", calls=[call("sound_horn"), call("get_tide", "Dover")])
    tools.gates |= {"Brest": asyncio.Event(), "Dover": asyncio.Event()}
    socket = await open_socket(ada)
    await socket.ask("Sound the horn")
    running = 0
    while running < 2:
        event = await socket.receive()
        running += event["type"] == "response.tool_call.updated"
    # As a process does that is killed: it does nothing more, and another one takes the row over.
    _, step = await turn()
    successor = uuid.uuid4()
    await in_thread(Response.objects.filter(pk=step.pk).update)(process=successor)
    _, task = server_process.runner._runs[str(step.pk)]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    tools.gates.clear()
    await in_thread(Response.objects.filter(pk=step.pk).update)(process=server_process.name)
    server_process.runner.take_over([step.pk])
    await wait_for_end(str(step.pk))
    horn, tide = await calls()
    assert (horn.status, horn.attempts) == ("interrupted", 1)
    assert (tide.status, tide.attempts) == ("done", 2)
    await socket.close()


@in_thread
def store_call_and_step(conversation: Conversation, process: Process) -> Response:
    """Store an answer with its call and its step, as a process does that is killed before it says so."""
    first = Response.objects.create(
        conversation=conversation,
        user_id=conversation.user_id,
        client_message_id=uuid.uuid4(),
        input=[{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Tide?"}]}],
        model="standin",
        settings={"tools": {"get_tide": {}}},
        process=process.name,
    )
    output = [{"type": "function_call", "id": "fc_1", "call_id": "call_A", "status": "completed", **call("get_tide")}]
    step = step_after(first)
    finish(Ending(first, "completed", output=output, sequence_number=9), requested(first, output), step)
    return step


async def test_step_that_is_adopted_is_told_of(site, ada, server_process):
    conversation = await in_thread(Conversation.objects.create)(user=ada)
    socket = await connect(ada, conversation.pk)
    # That is refused as soon as the socket has read what is in the conversation.
    await decide(socket, uuid.uuid4(), "once")
    await socket.until("error")
    step = await store_call_and_step(conversation, server_process)
    server_process.runner.take_over([step.pk])
    events = await until_step_ends(socket)
    assert {event["response_id"] for event in events} == {str(step.pk)}
    assert "> Two metres at Brest" in last_text(events)
    await socket.close()


async def test_step_that_waited_and_is_adopted_is_followed_again(site, ada, server_process):
    site.script(match="berth?", calls=[call("book_berth")])
    socket = await open_socket(ada)
    await socket.ask("Can I get a berth?")
    await until_step_ends(socket)
    [waiting] = await calls()
    # As a process does that is killed then, or that hasn't let go of the step yet.
    await in_thread(approvals.decide)(ada.pk, waiting.pk, "once", "", server_process.name)
    server_process.runner.take_over([(await turn())[-1].pk])
    assert "> Booked at Brest" in last_text(await until_step_ends(socket))
    await socket.close()


async def test_server_of_chat_completions_gets_the_outputs_as_messages(site, ada, settings):
    settings.OPENAI_DIALECT = "chat_completions"
    site.script(match="tide?", calls=[call("get_tide", call_id="call_A"), call("get_tide", "Dover", call_id="call_B")])
    socket = await open_socket(ada)
    await socket.ask("How high is the tide?")
    assert (await until_step_ends(socket))[-1]["type"] == "response.completed"
    messages = site.bodies()[-1]["messages"]
    assert [message["role"] for message in messages[-3:]] == ["assistant", "tool", "tool"]
    assert [message["content"] for message in messages[-2:]] == ["Two metres at Brest", "Two metres at Dover"]
    await socket.close()
