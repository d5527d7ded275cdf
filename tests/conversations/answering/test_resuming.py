"""Answers that the provider holds: resumed where they were cut, fetched where they can't be, cancelled when stopped."""

import asyncio

import pytest
from django.utils import timezone

from common.threads import in_thread
from conversations.answering import ownership
from conversations.models import Response
from providers import catalog, environment
from providers.environment import ENVIRONMENT_ID
from providers.models import Provider
from tests.support.ports import free_port
from tests.support.provider import running_provider
from tests.support.socket import Socket, ask_and_wait, connect, open_socket, stored, text_of, until_text, wait_for_end

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "one.two.six.ten."
TROUBLED = [408, 409, 429, 500, 502, 503, 504]


@pytest.fixture(autouse=True)
def always(settings):
    settings.BACKGROUND = "always"


def kinds(site) -> list[str]:
    """Return the kinds of requests that the provider received, in order."""
    return [
        "create"
        if request["method"] == "POST" and request["path"].endswith("/responses")
        else "cancel"
        if request["method"] == "POST"
        else "resume"
        if "stream" in request["query"]
        else "retrieve"
        for request in site.requests()
    ]


async def asked(site, ada) -> tuple[Socket, str]:
    """Send a message and wait until the provider has it; nothing of its answer exists yet."""
    socket = await open_socket(ada)
    await socket.ask("Count")
    response_id = (await socket.receive())["response_id"]
    async with asyncio.timeout(60):
        while not site.requests():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return socket, response_id


@pytest.mark.parametrize("cut", ["abort", "eof"])
@pytest.mark.parametrize("event", range(1, 11))
async def test_cut_background_answer_is_resumed_without_duplicates(site, ada, event, cut):
    site.script(match="Count", text=TEXT, deltas=4, at={str(event): {"cut": cut}})
    socket = await open_socket(ada)
    await socket.ask("Count")
    events = await socket.until_end()

    assert text_of(events) == TEXT
    assert kinds(site) == ["create", "resume"]
    answer = await stored(pk=events[0]["response_id"])
    assert (answer.status, answer.answer(), answer.attempt) == ("completed", TEXT, 1)
    assert await in_thread(Response.objects.count)() == 1
    await socket.close()


@pytest.mark.parametrize("trouble", [{"error": {"status": status}} for status in TROUBLED] + [{"drop": "abort"}])
async def test_resuming_waits_for_a_provider_in_trouble(site, ada, trouble):
    site.script(match="Count", text=TEXT, deltas=4, at={"5": {"cut": "abort"}})
    site.script(on="retrieve", times=3, **trouble)
    socket = await open_socket(ada)
    await socket.ask("Count")
    events = await socket.until_end()

    assert (events[-1]["type"], text_of(events)) == ("response.completed", TEXT)
    assert kinds(site) == ["create"] + ["resume"] * 4
    assert await in_thread(Response.objects.count)() == 1
    await socket.close()


async def test_answer_is_polled_after_repeated_failures_to_stream(site, ada, monkeypatch):
    monkeypatch.setattr("conversations.answering.recovery.POLL_SECONDS", 0.01)
    site.script(match="Count", text=TEXT, deltas=4, at={"5": {"cut": "abort"}})
    site.script(on="retrieve", times=6, error={"status": 502})
    socket = await open_socket(ada)
    answer = await ask_and_wait(socket, "Count")

    assert (answer["status"], answer["output"][0]["content"][0]["text"]) == ("completed", TEXT)
    assert kinds(site)[:7] == ["create"] + ["resume"] * 4 + ["retrieve"] * 2
    assert len(site.bodies()) == 1
    await socket.close()


async def test_provider_that_is_known_not_to_resume_is_polled_at_once(site, ada, monkeypatch):
    monkeypatch.setattr("conversations.answering.recovery.POLL_SECONDS", 0.01)

    def note() -> None:
        environment.store_environment()
        Provider.objects.filter(pk=ENVIRONMENT_ID).update(capabilities={"background": True, "resume": False})
        catalog.refresh()

    await in_thread(note)()
    site.script(match="Count", text=TEXT, deltas=4, at={"5": {"cut": "abort"}})
    socket = await open_socket(ada)
    answer = await ask_and_wait(socket, "Count")
    assert (answer["status"], answer["output"][0]["content"][0]["text"]) == ("completed", TEXT)
    assert {*kinds(site)} == {"create", "retrieve"}
    await socket.close()


async def test_refused_retrieval_is_not_retried(site, ada):
    site.script(match="Count", text=TEXT, deltas=4, at={"6": {"cut": "eof"}})
    site.script(on="retrieve", error={"status": 403})
    socket = await open_socket(ada)
    answer = await ask_and_wait(socket, "Count")

    assert (answer["status"], answer["error"]["code"]) == ("failed", "http_403")
    assert kinds(site) == ["create", "resume", "retrieve"]
    assert (await stored(pk=answer["id"])).answer() == "one.two."
    await socket.close()


@pytest.mark.process
async def test_answer_that_cannot_be_streamed_again_is_polled(site, ada, settings, monkeypatch):
    monkeypatch.setattr("conversations.answering.recovery.POLL_SECONDS", 0.01)
    with running_provider("--replay-window", "0") as forgetful:
        settings.OPENAI_BASE_URL = forgetful.base_url
        forgetful.script(match="Count", text=TEXT, deltas=4, at={"5": {"cut": "abort"}})
        socket = await open_socket(ada)
        answer = await ask_and_wait(socket, "Count")
        assert answer["output"][0]["content"][0]["text"] == TEXT
        assert kinds(forgetful)[:3] == ["create", "resume", "retrieve"]
        await socket.close()


async def test_answer_unknown_to_the_provider_is_asked_again(site, ada):
    site.script(times=1, match="Count", text=TEXT, deltas=4, at={"6": {"wait": "go"}})
    site.script(match="Count", text="one.two.", deltas=2)
    socket = await open_socket(ada)
    await socket.ask("Count")
    begun = await until_text(socket, "one.")
    response = await stored(pk=begun[0]["response_id"])
    site.delete(response.response_id)
    site.release("go")
    events = await socket.until_end()

    assert events[-1]["response"]["output"][0]["content"][0]["text"] == "one.two."
    assert (await stored(status="failed")).answer() == "one."
    await socket.close()


@pytest.mark.parametrize("status", [400, 422])
async def test_refused_background_is_answered_in_the_foreground(site, ada, status):
    refusal = {"error": {"code": "unsupported_parameter", "message": "Unsupported parameter: 'background'."}}
    site.script(times=1, match="Count", error={"status": status, "body": refusal})
    socket = await open_socket(ada)
    for _ in range(2):
        assert (await ask_and_wait(socket, "Count"))["status"] == "completed"
    assert ["background" in body for body in site.bodies()] == [True, False, False]
    await socket.close()


async def test_cut_answer_is_asked_again_if_the_server_ignored_background(site, ada):
    created = {"type": "response.created", "response": {"$response": {"background": False}}}
    site.script(times=1, match="Count", steps=[{"event": created, "cut": "abort"}])
    socket = await open_socket(ada)
    assert (await ask_and_wait(socket, "Count"))["status"] == "completed"
    assert kinds(site) == ["create", "create"]
    await socket.close()


async def test_cancel_ends_a_background_answer_at_the_provider(site, ada):
    site.script(match="Count", text=TEXT, deltas=4, at={"6": {"wait": "go"}})
    socket = await open_socket(ada)
    await socket.ask("Count")
    begun = await until_text(socket, "one.")
    await socket.send({"type": "response.cancel", "response_id": begun[0]["response_id"]})
    events = await socket.until_end()

    assert events[-1]["response"]["status"] == "cancelled"
    assert kinds(site) == ["create", "cancel"]
    await socket.close()


class TestStoppedBeforeItBegan:
    """A background answer that isn't ended goes on and is billed; only its first event has the id to end it by."""

    @pytest.mark.parametrize("late", [{"wait": "go"}, {"at": {0: {"wait": "go"}, 7: {"wait": "never"}}}])
    async def test_early_cancel_reaches_the_provider_once_the_response_has_an_id(self, site, server_process, ada, late):
        site.script(match="Count", text=TEXT, deltas=4, **{"at": {7: {"wait": "never"}}} | late)
        socket, response_id = await asked(site, ada)
        assert server_process.runner.cancel(response_id)
        site.release("go")

        assert (await socket.until_end())[-1]["type"] == "response.cancelled"
        assert kinds(site) == ["create", "cancel"]
        assert (await stored(pk=response_id)).status == "cancelled"
        await socket.close()

    async def test_early_cancel_waits_for_an_id_only_a_while(self, site, server_process, ada, monkeypatch):
        monkeypatch.setattr("conversations.answering.attempt.CANCEL_SECONDS", 0.05)
        site.script(match="Count", wait="never", text=TEXT)
        socket, response_id = await asked(site, ada)
        assert server_process.runner.cancel(response_id)

        assert (await socket.until_end())[-1]["type"] == "response.cancelled"
        assert [request["gone"] for request in site.requests(gone=1)] == [True]
        await socket.close()

    @pytest.mark.parametrize("instead", [{"error": {"status": 503}}, {"drop": "eof"}, {"steps": [{"cut": "eof"}]}])
    async def test_answer_cancelled_before_its_id_is_not_asked_again(self, site, server_process, ada, instead):
        site.script(match="Count", wait="go", **instead)
        socket, response_id = await asked(site, ada)
        assert server_process.runner.cancel(response_id)
        site.release("go")

        assert (await socket.until_end())[-1]["type"] == "response.cancelled"
        assert kinds(site) == ["create"]
        await socket.close()

    async def test_cancelling_a_foreground_answer_closes_its_connection(self, site, server_process, ada, settings):
        settings.BACKGROUND = "never"
        site.script(match="Count", wait="never", text=TEXT)
        socket, response_id = await asked(site, ada)
        assert server_process.runner.cancel(response_id)

        assert (await socket.until_end())[-1]["type"] == "response.cancelled"
        assert [request["gone"] for request in site.requests(gone=1)] == [True]
        await socket.close()


async def test_background_answer_with_an_ignored_chain_is_cancelled_first(site, ada):
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, "How high is the tide?")
    forgetful = {"type": "response.created", "response": {"$response": {"previous_response_id": None}}}
    site.script(times=1, match="tomorrow", steps=[{"event": forgetful}, {"wait": "never"}])
    chain = {"conversation": first["conversation"]["id"], "previous_response_id": first["id"]}
    assert (await ask_and_wait(socket, "And tomorrow?", **chain))["status"] == "completed"
    assert kinds(site) == ["create", "create", "cancel", "create"]
    await socket.close()


async def test_background_answer_cut_before_its_id_is_asked_once(site, ada):
    """The provider may be working on the answer, unseen, so it is asked only once."""
    site.script(match="Count", steps=[{"cut": "eof"}])
    socket = await open_socket(ada)
    answer = await ask_and_wait(socket, "Count")
    assert (answer["status"], answer["error"]["code"]) == ("failed", "stream_cut")
    assert kinds(site) == ["create"]
    await socket.close()


async def test_new_process_resumes_after_the_last_checkpoint(site, server_process, ada):
    site.script(match="Count", text=TEXT, deltas=4, at={"7": {"wait": "go"}})
    socket = await open_socket(ada)
    await socket.ask("Count")
    begun = await until_text(socket, "one.two.")
    await server_process.runner.stop()
    await socket.close()
    response = await stored(pk=begun[0]["response_id"])
    assert (response.is_running, response.process, response.answer()) == (True, None, "one.two.")

    await in_thread(Response.objects.filter(pk=response.pk).update)(process=server_process.name)
    server_process.runner.take_over([response.pk])
    socket = await connect(ada, response.conversation_id)
    queued, *events = await socket.until("response.in_progress")
    assert (queued["type"], queued["response_id"]) == ("response.queued", str(response.pk))
    site.release("go")
    events += await socket.until_end()
    assert events[0]["response"]["output"][0]["content"][0]["text"] == "one.two."
    assert text_of(events) == "six.ten."
    assert [event["sequence_number"] > begun[-1]["sequence_number"] for event in events] == [True] * len(events)
    assert (await stored(pk=response.pk)).answer() == TEXT
    await socket.close()


async def test_old_background_answer_is_not_waited_for(site, server_process, ada, settings):
    site.script(match="Count", text=TEXT, deltas=4, at={"7": {"wait": "go"}})
    socket = await open_socket(ada)
    await socket.ask("Count")
    begun = await until_text(socket, "one.two.")
    await server_process.runner.stop()
    await socket.close()
    response = await stored(pk=begun[0]["response_id"])

    long_ago = timezone.now() - ownership.RESTART_AGE
    await in_thread(Response.objects.filter(pk=response.pk).update)(process=server_process.name, created_at=long_ago)
    settings.OPENAI_BASE_URL = f"http://127.0.0.1:{free_port()}/v1"
    server_process.runner.take_over([response.pk])
    await wait_for_end(str(response.pk))
    response = await stored(pk=response.pk)
    assert (response.status, response.error["code"], response.answer()) == ("failed", "connection_error", "one.two.")


async def test_response_with_a_long_id_is_resumed_by_a_new_process(site, server_process, ada):
    long_id = "resp_" + "x" * 454
    site.script(match="Count", id=long_id, text=TEXT, deltas=4, at={"7": {"wait": "go"}})
    socket = await open_socket(ada)
    await socket.ask("Count")
    begun = await until_text(socket, "one.two.")
    await server_process.runner.stop()
    await socket.close()
    site.release("go")

    response = await stored(pk=begun[0]["response_id"])
    await in_thread(Response.objects.filter(pk=response.pk).update)(process=server_process.name)
    server_process.runner.take_over([response.pk])
    await wait_for_end(str(response.pk))
    response = await stored(pk=response.pk)
    assert (response.status, response.answer(), response.response_id) == ("completed", TEXT, long_id)
    assert kinds(site) == ["create", "resume"]


async def test_response_whose_id_cannot_be_stored_is_begun_again_by_a_new_process(site, server_process, ada):
    site.script(times=1, match="Count", id="x" * 1001, text=TEXT, deltas=4, at={"7": {"wait": "go"}})
    site.script(match="Count", text=TEXT, deltas=4)
    socket = await open_socket(ada)
    await socket.ask("Count")
    begun = await until_text(socket, "one.two.")
    await server_process.runner.stop()
    await socket.close()
    response = await stored(pk=begun[0]["response_id"])
    assert (response.response_id, response.starting_after) == (None, None)

    await in_thread(Response.objects.filter(pk=response.pk).update)(process=server_process.name)
    server_process.runner.take_over([response.pk])
    await wait_for_end(str(response.pk))
    response = await stored(pk=response.pk)
    assert (response.status, response.answer()) == ("completed", TEXT)
    assert kinds(site) == ["create", "create"]
