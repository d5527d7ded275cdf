"""From the question to its stored answer: by the chain or without it, stopped, failed."""

import asyncio

import pytest
from django.db import OperationalError

from common.threads import in_thread
from conversations.answering import ownership
from conversations.models import Response
from tests.support.contract import check_request
from tests.support.socket import ask_and_wait, open_socket, row_counts, stored, text_of, until_text

REFUSE_THE_END = """
ALTER TABLE conversations_response ADD CONSTRAINT refuse_the_end CHECK (status <> 'completed') NOT VALID
"""

pytestmark = pytest.mark.django_db(transaction=True)


async def test_next_question_continues_the_chain(site, ada):
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, "How high is the tide?")
    second = await ask_and_wait(
        socket, "And tomorrow?", conversation=first["conversation"]["id"], previous_response_id=first["id"]
    )

    assert second["previous_response_id"] == first["id"]
    assert second["conversation"]["id"] == first["conversation"]["id"]
    response = await stored(pk=second["id"])
    assert str(response.previous_id) == first["id"]
    assert await row_counts() == (1, 2)
    await socket.close()


async def test_lost_chain_sends_the_whole_conversation(site, ada):
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, "How high is the tide?")
    await in_thread(Response.objects.filter(pk=first["id"]).update)(response_id="resp_of_another_server")
    second = await ask_and_wait(
        socket, "And tomorrow?", conversation=first["conversation"]["id"], previous_response_id=first["id"]
    )

    assert second["status"] == "completed"
    replay = site.bodies()[-1]
    check_request(replay)
    assert "previous_response_id" not in replay
    assert [item["role"] for item in replay["input"]] == ["user", "assistant", "user"]
    assert replay["input"][1]["content"] == first["output"][0]["content"][0]["text"]
    await socket.close()


async def test_ignored_chain_sends_the_whole_conversation(site, ada):
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, "How high is the tide?")
    forgetful = {"$response": {"previous_response_id": None}}
    site.script(times=1, match="tomorrow", steps=[{"event": {"type": "response.created", "response": forgetful}}])
    site.script(match="tomorrow", text="Higher.")
    chain = {"conversation": first["conversation"]["id"], "previous_response_id": first["id"]}
    second = await ask_and_wait(socket, "And tomorrow?", **chain)
    third = await ask_and_wait(socket, "tomorrow evening?", **chain | {"previous_response_id": second["id"]})

    assert (second["status"], third["status"]) == ("completed", "completed")
    assert [len(body["input"]) for body in site.bodies()] == [1, 1, 3, 5]
    assert ["previous_response_id" in body for body in site.bodies()] == [False, True, False, False]
    await socket.close()


@pytest.mark.parametrize(
    ("is_streamed", "error"),
    [
        (False, {"code": "context_length_exceeded", "message": "Your input exceeds the context window of this model."}),
        (True, {"code": "context_length_exceeded", "message": "Your input exceeds the context window of this model."}),
        (False, {"code": 400, "type": "exceed_context_size_error", "message": "Try increasing it."}),
    ],
)
async def test_too_long_conversation_omits_its_oldest_turns(site, ada, is_streamed, error):
    socket = await open_socket(ada)
    chain: dict[str, str] = {}
    for number in range(6):
        answer = await ask_and_wait(socket, f"Question {number}", **chain)
        chain = {"conversation": answer["conversation"]["id"], "previous_response_id": answer["id"]}
    # Nothing can be compacted.
    site.script(on="compact", error={"status": 404, "body": {"error": {"message": "Not found"}}})
    site.script(has="Summarize the conversation", error={"status": 401, "body": {"error": {"message": "No."}}})
    if is_streamed:
        created = {"event": {"type": "response.created", "response": "$response"}}
        failed = {"event": {"type": "response.failed", "response": {"$response": {"error": error}}}}
        site.script(times=2, match="too much", steps=[created, failed])
    else:
        site.script(times=2, match="too much", error={"status": 400, "body": {"error": error}})
    answer = await ask_and_wait(socket, "too much", **chain)

    assert (answer["status"], answer["omitted_turns"]) == ("completed", 5)
    bodies = [body for body in site.bodies()[6:] if body.get("metadata")]
    assert [len(body["input"]) for body in bodies] == [1, 7, 3]
    assert site.bodies()[-1]["input"][0]["content"][0]["text"] == "Question 5"
    assert (await stored(pk=answer["id"])).omitted_turns == 5
    chain["previous_response_id"] = answer["id"]
    assert (await ask_and_wait(socket, "And then?", **chain))["status"] == "completed"
    assert len(site.bodies()[-1]["input"]) == 1
    await socket.close()


async def test_too_long_question_fails_with_a_sentence(site, ada):
    error = {"code": "context_length_exceeded", "message": "Your input exceeds the context window of this model."}
    site.script(match="too much", error={"status": 400, "body": {"error": error}})
    socket = await open_socket(ada)
    answer = await ask_and_wait(socket, "too much")
    assert (answer["status"], len(site.bodies())) == ("failed", 1)
    await socket.close()


@pytest.mark.parametrize(
    "error",
    [
        {"code": "invalid_encrypted_content", "message": "The encrypted content could not be verified."},
        {"code": None, "message": "The encrypted content for item rs_1 could not be verified."},
        {"message": "Item 'rs_1' of type 'reasoning' was provided without its required following item."},
    ],
)
async def test_refused_reasoning_is_not_sent_again(site, ada, settings, error):
    settings.STORE = False
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, "Think: how high is the tide?")
    site.script(times=1, match="tomorrow", error={"status": 400, "body": {"error": error}})
    chain = {"conversation": first["conversation"]["id"], "previous_response_id": first["id"]}
    second = await ask_and_wait(socket, "And tomorrow?", **chain)
    third = await ask_and_wait(socket, "And then?", **chain | {"previous_response_id": second["id"]})

    assert (second["status"], third["status"]) == ("completed", "completed")
    assert [[item["type"] for item in body["input"]] for body in site.bodies()] == [
        ["message"],
        ["message", "reasoning", "message", "message"],
        ["message"] * 3,
        ["message"] * 5,
    ]
    assert [body["store"] for body in site.bodies()] == [False] * 4
    await socket.close()


@pytest.mark.parametrize("deltas", [1, 7, 40])
async def test_thought_in_the_text_is_stored_as_reasoning_and_not_sent_again(site, ada, settings, deltas):
    settings.STORE = False
    site.script(times=1, match="tide", text="<think>\nThe moon.\n</think>\n\nTwo metres at noon.", deltas=deltas)
    socket = await open_socket(ada)
    await socket.ask("How high is the tide?")
    events = await socket.until_end()
    assert text_of(events) == "Two metres at noon."
    first = events[-1]["response"]
    assert [item["type"] for item in first["output"]] == ["reasoning", "message"]
    response = await stored(pk=first["id"])
    assert (response.answer(), response.output[0]["content"][0]["text"].strip()) == ("Two metres at noon.", "The moon.")
    chain = {"conversation": first["conversation"]["id"], "previous_response_id": first["id"]}
    assert (await ask_and_wait(socket, "And then?", **chain))["status"] == "completed"
    assert "moon" not in str(site.bodies()[-1])
    await socket.close()


async def test_failed_answer_breaks_the_chain(site, ada):
    site.script(times=1, match="tide", error={"status": 500, "body": {"error": {"message": "no"}}})
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, "How high is the tide?")
    assert first["status"] == "failed"
    second = await ask_and_wait(
        socket, "And tomorrow?", conversation=first["conversation"]["id"], previous_response_id=first["id"]
    )

    assert second["status"] == "completed"
    assert [item["role"] for item in site.bodies()[-1]["input"]] == ["user", "user"]
    await socket.close()


@pytest.mark.parametrize("step", ["begin", "restart", "finish"])
async def test_commit_with_a_broken_connection_loses_nothing(site, ada, monkeypatch, step):
    """A connection that breaks with the commit leaves open whether it was done."""
    site.script(times=1, match="tide", text="High tide at noon", deltas=2, at={"5": {"cut": "eof"}})
    site.script(match="tide", text="High tide at one", deltas=2)
    untold, store = [step], getattr(ownership, step)

    def store_and_break(*args, **kwargs):
        result = store(*args, **kwargs)
        if untold:
            raise OperationalError(f"the connection broke after {untold.pop()}")
        return result

    monkeypatch.setattr(ownership, step, store_and_break)
    socket = await open_socket(ada)
    answer = await ask_and_wait(socket, "How high is the tide?")
    assert untold == []
    assert (answer["status"], answer["output"][0]["content"][0]["text"]) == ("completed", "High tide at one")
    assert (await stored(pk=answer["id"])).attempt == 2
    assert await row_counts() == (1, 2)
    await socket.close()


class TestAskedAgain:
    async def test_cut_answer_is_asked_again_once_and_kept_as_a_sibling(self, site, ada):
        cut = {"5": {"wait": "seen", "half": True, "cut": "abort"}}
        site.script(times=1, match="tide", text="High tide at noon", deltas=2, at=cut)
        site.script(match="tide", text="High tide at one", deltas=2)
        socket = await open_socket(ada)
        await socket.ask("How high is the tide?")
        events = await until_text(socket, "High tid")
        site.release("seen")
        events += await socket.until_end()

        begins = [number for number, event in enumerate(events) if event["type"] == "response.queued"]
        assert len(begins) == 2
        assert text_of(events[: begins[1]]) == "High tid"
        assert text_of(events[begins[1] :]) == "High tide at one"
        answer = await stored(pk=events[0]["response_id"])
        assert (answer.status, answer.attempt, answer.answer()) == ("completed", 2, "High tide at one")
        lost = await stored(status="failed")
        assert (lost.previous, lost.input, lost.error["code"]) == (answer.previous, answer.input, "stream_cut")
        assert [event["sequence_number"] for event in events] == sorted(event["sequence_number"] for event in events)

        # Who watches hears of the sibling at once, who comes back later with the end.
        versions = [str(lost.pk), str(answer.pk)]
        assert events[begins[1]]["response"]["versions"] == versions
        back = await open_socket(ada)
        seen = {str(answer.pk): 2}
        await back.send({"type": "conversation.follow", "conversation": str(answer.conversation_id), "seen": seen})
        assert (await back.until_end())[-1]["response"]["versions"] == versions
        await back.close()
        await socket.close()

    @pytest.mark.parametrize(
        "refusal",
        [
            {"status": 429, "headers": {"retry-after": "0.01"}, "body": {"error": {"code": "rate_limit_exceeded"}}},
            {"status": 503, "body": "overloaded"},
            {"status": 409, "body": {"error": {"code": "conversation_locked"}}},
        ],
    )
    async def test_temporary_refusal_is_retried(self, site, ada, refusal):
        site.script(times=2, match="tide", error=refusal)
        socket = await open_socket(ada)
        answer = await ask_and_wait(socket, "How high is the tide?")
        assert answer["status"] == "completed"
        assert len(site.bodies()) == 3
        await socket.close()

    @pytest.mark.parametrize(
        "refusal",
        [
            {"status": 429, "body": {"error": {"code": "insufficient_quota"}}},
            {"status": 429, "body": {"error": {"code": None, "type": "insufficient_quota"}}},
            {"status": 402, "body": {"error": {"code": 402}}},
            {"status": 429, "headers": {"retry-after": "3600"}, "body": {"error": {"code": "rate_limit_exceeded"}}},
            {"status": 503, "headers": {"x-should-retry": "false"}, "body": "overloaded"},
            {"status": 500, "body": {"error": {"code": "server_error"}}},
            {"status": 401, "body": {"error": {"code": "invalid_api_key"}}},
        ],
    )
    async def test_final_or_billable_failure_is_not_retried(self, site, ada, refusal):
        site.script(match="tide", error=refusal)
        socket = await open_socket(ada)
        answer = await ask_and_wait(socket, "How high is the tide?")
        assert answer["status"] == "failed"
        assert len(site.bodies()) == 1
        await socket.close()

    @pytest.mark.parametrize("way", ["abort", "eof"])
    async def test_request_dropped_without_a_response_is_not_retried(self, site, ada, way):
        """The provider may have answered it, and billed it, unseen."""
        site.script(match="tide", drop=way)
        socket = await open_socket(ada)
        answer = await ask_and_wait(socket, "How high is the tide?")
        assert (answer["status"], answer["error"]["code"]) == ("failed", "connection_lost")
        assert "was lost" in answer["error"]["message"]
        assert len(site.bodies()) == 1
        assert await row_counts() == (1, 1)
        await socket.close()


class TestStop:
    async def test_cancel_keeps_the_output_and_ends_the_request(self, site, ada):
        site.script(text="one.two.six.ten.", deltas=4, at={"6": {"wait": "never"}})
        tab = await open_socket(ada)
        await tab.ask("Count")
        queued = await tab.receive()
        await until_text(tab, "one.two.")
        await tab.send({"type": "response.cancel", "response_id": queued["response_id"]})
        last = (await tab.until_end())[-1]

        assert (last["type"], last["response"]["status"]) == ("response.cancelled", "cancelled")
        response = await stored(pk=queued["response_id"])
        assert (response.status, response.answer()) == ("cancelled", "one.two.")
        assert site.requests(gone=1)[-1]["gone"] is True
        await tab.close()

    async def test_repeated_cancel_still_ends_the_answer(self, site, server_process, ada):
        site.script(text="one.two.", deltas=2, at={"5": {"wait": "never"}})
        tab = await open_socket(ada)
        await tab.ask("Count")
        response = (await tab.receive())["response_id"]
        await until_text(tab, "one.")
        while server_process.runner.cancel(response):  # noqa: ASYNC110  as fast as a person never is
            await asyncio.sleep(0)

        assert (await tab.until_end())[-1]["type"] == "response.cancelled"
        assert (await stored(pk=response)).status == "cancelled"
        await tab.close()

    async def test_cancel_before_the_first_word_leaves_a_usable_conversation(self, site, ada):
        """Also where the provider keeps nothing, so that its reasoning is sent with the next question."""
        thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "standin-sealed:tide"}
        steps = [
            {"event": {"type": "response.created", "response": "$response"}},
            {"event": {"type": "response.output_item.done", "output_index": 0, "item": thought}},
            {"wait": "never"},
        ]
        site.script(times=1, match="tide", steps=steps)
        tab = await open_socket(ada)
        await tab.ask("How high is the tide?", temporary=True)
        queued = (await tab.until("response.output_item.done"))[0]
        await tab.send({"type": "response.cancel", "response_id": queued["response_id"]})
        stopped = (await tab.until_end())[-1]["response"]
        assert [item["type"] for item in stopped["output"]] == ["reasoning"]

        chain = {"conversation": stopped["conversation"]["id"], "previous_response_id": stopped["id"]}
        assert (await ask_and_wait(tab, "And tomorrow?", **chain))["status"] == "completed"
        assert len(site.bodies()) == 2
        await tab.close()

    async def test_cancel_is_refused_for_answers_of_others(self, site, ada, mallory):
        site.script(text="one.two.", deltas=2, at={"5": {"wait": "go"}})
        tab, other = await open_socket(ada), await open_socket(mallory)
        await tab.ask("Count")
        queued = await tab.receive()
        await other.send({"type": "response.cancel", "response_id": queued["response_id"]})
        assert (await other.receive())["code"] == "response_not_found"
        site.release("go")

        assert (await tab.until_end())[-1]["type"] == "response.completed"
        await tab.close()
        await other.close()
