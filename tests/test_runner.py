"""From the question to its stored answer: by the chain or without it, stopped, failed."""

import asyncio
import json

import pytest
from psycopg import AsyncConnection

from conversations.claims import conninfo
from conversations.models import Response
from conversations.runner import runner
from conversations.threads import in_thread
from tests.contract import check_request
from tests.socket import ask_and_wait, how_many, open_socket, stored, text_of, until_text

REFUSE_THE_END = """
ALTER TABLE conversations_response ADD CONSTRAINT refuse_the_end CHECK (status <> 'completed') NOT VALID
"""

pytestmark = pytest.mark.django_db(transaction=True)


async def test_the_next_question_continues_the_chain(site, ada):
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, "How high is the tide?")
    second = await ask_and_wait(
        socket, "And tomorrow?", conversation=first["conversation"]["id"], previous_response_id=first["id"]
    )

    assert second["previous_response_id"] == first["id"]
    assert second["conversation"]["id"] == first["conversation"]["id"]
    response = await stored(pk=second["id"])
    assert str(response.previous_id) == first["id"]
    assert await how_many() == (1, 2)
    await socket.close()


async def test_a_lost_chain_is_replaced_by_the_whole_conversation(site, ada):
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


async def test_a_server_that_overlooks_the_chain_gets_the_whole_conversation(site, ada):
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


@pytest.mark.parametrize("is_streamed", [False, True])
async def test_a_conversation_that_is_too_long_is_shortened_from_its_oldest_end(site, ada, is_streamed):
    socket = await open_socket(ada)
    chain: dict[str, str] = {}
    for number in range(6):
        answer = await ask_and_wait(socket, f"Question {number}", **chain)
        chain = {"conversation": answer["conversation"]["id"], "previous_response_id": answer["id"]}
    error = {"code": "context_length_exceeded", "message": "Your input exceeds the context window of this model."}
    if is_streamed:
        created = {"event": {"type": "response.created", "response": "$response"}}
        failed = {"event": {"type": "response.failed", "response": {"$response": {"error": error}}}}
        site.script(times=2, match="too much", steps=[created, failed])
    else:
        site.script(times=2, match="too much", error={"status": 400, "body": {"error": error}})
    answer = await ask_and_wait(socket, "too much", **chain)

    assert (answer["status"], answer["left_out"]) == ("completed", 5)
    assert [len(body["input"]) for body in site.bodies()[6:]] == [1, 7, 3]
    assert site.bodies()[-1]["input"][0]["content"][0]["text"] == "Question 5"
    assert (await stored(pk=answer["id"])).left_out == 5
    chain["previous_response_id"] = answer["id"]
    assert (await ask_and_wait(socket, "And then?", **chain))["status"] == "completed"
    assert len(site.bodies()[-1]["input"]) == 1
    await socket.close()


async def test_a_question_that_is_too_long_by_itself_gets_a_sentence(site, ada):
    error = {"code": "context_length_exceeded", "message": "Your input exceeds the context window of this model."}
    site.script(match="too much", error={"status": 400, "body": {"error": error}})
    socket = await open_socket(ada)
    answer = await ask_and_wait(socket, "too much")
    assert (answer["status"], len(site.bodies())) == ("failed", 1)
    await socket.close()


async def test_reasoning_that_the_provider_can_not_read_is_left_out(site, ada, settings):
    settings.STORE = False
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, "How high is the tide?")
    error = {"code": "invalid_encrypted_content", "message": "The encrypted content could not be verified."}
    site.script(times=1, match="tomorrow", error={"status": 400, "body": {"error": error}})
    chain = {"conversation": first["conversation"]["id"], "previous_response_id": first["id"]}
    second = await ask_and_wait(socket, "And tomorrow?", **chain)

    assert second["status"] == "completed"
    assert [len(body["input"]) for body in site.bodies()] == [1, 3, 3]
    assert [body["store"] for body in site.bodies()] == [False] * 3
    await socket.close()


async def test_a_failed_answer_is_no_link_of_the_chain(site, ada):
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


class TestAskedAgain:
    async def test_an_answer_that_is_cut_is_asked_again_once_and_stays_as_a_sibling(self, site, ada):
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
        await socket.close()

    @pytest.mark.parametrize(
        "refusal",
        [
            {"status": 429, "headers": {"retry-after": "0.01"}, "body": {"error": {"code": "rate_limit_exceeded"}}},
            {"status": 503, "body": "overloaded"},
            {"status": 409, "body": {"error": {"code": "conversation_locked"}}},
        ],
    )
    async def test_what_was_refused_for_now_is_asked_again_by_itself(self, site, ada, refusal):
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
            {"status": 429, "headers": {"retry-after": "3600"}, "body": {"error": {"code": "rate_limit_exceeded"}}},
            {"status": 503, "headers": {"x-should-retry": "false"}, "body": "overloaded"},
            {"status": 500, "body": {"error": {"code": "server_error"}}},
            {"status": 401, "body": {"error": {"code": "invalid_api_key"}}},
        ],
    )
    async def test_what_waiting_does_not_mend_or_may_be_billed_is_asked_once(self, site, ada, refusal):
        site.script(match="tide", error=refusal)
        socket = await open_socket(ada)
        answer = await ask_and_wait(socket, "How high is the tide?")
        assert answer["status"] == "failed"
        assert len(site.bodies()) == 1
        await socket.close()


class TestStop:
    async def test_keeps_what_came_and_ends_the_request(self, site, ada):
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

    async def test_asked_for_again_and_again_still_ends_the_answer(self, site, ada):
        site.script(text="one.two.", deltas=2, at={"5": {"wait": "never"}})
        tab = await open_socket(ada)
        await tab.ask("Count")
        response = (await tab.receive())["response_id"]
        await until_text(tab, "one.")
        while runner.cancel(response):  # noqa: ASYNC110  as fast as a person never is
            await asyncio.sleep(0)

        assert (await tab.until_end())[-1]["type"] == "response.cancelled"
        assert (await stored(pk=response)).status == "cancelled"
        await tab.close()

    async def test_is_for_ones_own_answers(self, site, ada, mallory):
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


class TestProviderFailures:
    @pytest.mark.parametrize(
        ("script", "code", "sentence"),
        [
            (
                {"error": {"status": 401, "body": {"error": {"code": "invalid_api_key"}}}},
                "invalid_api_key",
                "site's key",
            ),
            (
                {"error": {"status": 429, "body": {"error": {"code": "insufficient_quota"}}}},
                "insufficient_quota",
                "credit",
            ),
            ({"error": {"status": 503, "body": "<html>bad gateway</html>"}}, "http_503", "overloaded"),
            ({"error": {"status": 418, "body": {}}}, "http_418", "did not accept"),
            ({"text": "one.two.", "deltas": 2, "at": {"4": {"cut": "eof"}}}, "stream_cut", "broke"),
            ({"text": "one.two.", "deltas": 2, "at": {"5": {"half": True, "cut": "eof"}}}, "stream_cut", "broke"),
            ({"steps": [{"raw": "data: {garbage\n\n"}]}, "stream_cut", "broke"),
            (
                {"steps": [{"event": {"type": "error", "error": {"code": "server_error", "message": "x"}}}]},
                "server_error",
                "an error",
            ),
            (
                {"steps": [{"event": {"type": "error", "code": "rate_limit_exceeded", "message": "x"}}]},
                "rate_limit_exceeded",
                "busy",
            ),
        ],
    )
    async def test_each_gets_a_sentence_and_keeps_what_came(self, site, ada, script, code, sentence):
        site.script(**script)
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "How high is the tide?")

        assert answer["status"] == "failed"
        assert answer["error"]["code"] == code
        assert sentence in answer["error"]["message"]
        assert set(answer["error"]) == {"code", "message"}
        response = await stored(pk=answer["id"])
        assert response.status == "failed"
        assert response.error["code"] == code
        assert response.answer() in ({"one."} if "text" in script else {""})
        await tab.close()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"output": "words"},
            {"output": ["words", None]},
            {"output": [{"type": "message", "content": [None, {"type": "output_text", "text": {}}]}]},
            {"output": [{"type": "message", "content": {"text": "words"}}]},
            {"error": "oh", "usage": "many", "incomplete_details": ["why"]},
        ],
    )
    @pytest.mark.parametrize("end", ["response.completed", "response.failed"])
    async def test_an_end_of_the_wrong_shape_is_an_end(self, site, ada, wrong, end):
        created = {"event": {"type": "response.created", "response": "$response"}}
        site.script(times=1, steps=[created, {"event": {"type": end, "response": {"$response": wrong}}}])
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "How high is the tide?")
        assert f"response.{answer['status']}" == end
        assert (await stored(pk=answer["id"])).status == answer["status"]

        conversation = answer["conversation"]["id"]
        await in_thread(Response.objects.filter(pk=answer["id"]).update)(response_id=None)
        second = await ask_and_wait(tab, "Again?", conversation=conversation, previous_response_id=answer["id"])
        assert second["status"] == "completed"
        await tab.send({"type": "conversation.follow", "conversation": conversation})
        assert [event["type"] for event in await tab.until_end()][1:] == ["response.queued", end]
        await tab.close()

    async def test_what_can_not_be_stored_does_not_run_for_ever(self, site, ada):
        site.script(times=1, text="one.two.", deltas=2, at={"5": {"wait": "go"}})
        tab = await open_socket(ada)
        await tab.ask("Count")
        response = (await tab.receive())["response_id"]
        await until_text(tab, "one.")
        async with await AsyncConnection.connect(conninfo(), autocommit=True) as other:
            await other.execute(REFUSE_THE_END)
            try:
                site.release("go")
                last = (await tab.until_end())[-1]
            finally:
                await other.execute("ALTER TABLE conversations_response DROP CONSTRAINT refuse_the_end")

        assert (last["type"], set(last["response"]["error"])) == ("response.failed", {"code", "message"})
        assert (await stored(pk=response)).status == "failed"
        await tab.close()

    @pytest.mark.parametrize("theirs", ["resp_always", "", 7, None, "x" * 201])
    async def test_an_id_that_says_nothing_is_not_kept(self, site, ada, theirs):
        response = {"id": theirs, "status": "in_progress"}
        done = {"type": "response.completed", "response": {"id": theirs, "output": []}}
        site.script(steps=[{"event": {"type": "response.created", "response": response}}, {"event": done}])
        tab = await open_socket(ada)
        answers = [await ask_and_wait(tab, "How high is the tide?") for _ in range(2)]

        assert [answer["status"] for answer in answers] == ["completed", "completed"]
        assert [(await stored(pk=answer["id"])).response_id for answer in answers] == [None, None]
        await tab.close()

    async def test_a_wrong_key_is_told_without_the_key(self, site, ada, settings, caplog):
        settings.OPENAI_API_KEY = "sk-wrong"
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "How high is the tide?")

        assert answer["error"]["code"] == "invalid_api_key"
        assert "sk-wrong" not in str((await stored(pk=answer["id"])).error)
        assert "sk-wrong" not in caplog.text
        await tab.close()

    @pytest.mark.parametrize("code", [None, 5, "x\ny", ["x"]])
    async def test_what_it_says_is_one_line_of_the_log_and_can_be_stored(self, site, ada, caplog, code):
        said = {"message": "a\0b \ud800 so\n12:00 INFO all is well " + "x" * 10_000, "code": code}
        site.script(error={"status": 400, "body": json.dumps({"error": said})})
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "How high is the tide?")

        error = (await stored(pk=answer["id"])).error
        assert (answer["status"], error["status"]) == ("failed", 400)
        assert "did not accept" in answer["error"]["message"]
        assert all("\n" not in record.getMessage() for record in caplog.records)
        assert len(caplog.records[0].getMessage()) < 2500
        await tab.close()

    async def test_a_provider_that_is_down(self, site, ada, settings):
        settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "How high is the tide?")

        assert answer["error"]["code"] == "connection_error"
        await tab.close()

    async def test_a_provider_that_falls_silent(self, site, ada, settings):
        settings.OPENAI_TIMEOUT = 0.3
        site.script(text="one.two.", deltas=2, at={"5": {"wait": "never"}})
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "How high is the tide?")

        assert answer["error"]["code"] == "timeout"
        assert (await stored(pk=answer["id"])).answer() == "one."
        await tab.close()

    async def test_response_failed_and_incomplete_are_stored_as_such(self, site, ada):
        created = {"event": {"type": "response.created", "response": "$response"}}
        tab = await open_socket(ada)
        error = {"code": "server_error", "message": "It broke."}
        site.script(
            times=1,
            steps=[created, {"event": {"type": "response.failed", "response": {"$response": {"error": error}}}}],
        )
        failed = await ask_and_wait(tab, "How high is the tide?")
        reason = {"reason": "max_output_tokens"}
        final = {"$response": {"incomplete_details": reason}}
        site.script(times=1, steps=[created, {"event": {"type": "response.incomplete", "response": final}}])
        incomplete = await ask_and_wait(tab, "How high is the tide?")

        assert (failed["status"], failed["error"]["code"]) == ("failed", "server_error")
        assert (await stored(pk=failed["id"])).error["detail"] == "It broke."
        assert (incomplete["status"], incomplete["incomplete_details"]) == ("incomplete", reason)
        await tab.close()
