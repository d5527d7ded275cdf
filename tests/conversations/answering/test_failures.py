"""What goes wrong at the provider: each gets a sentence for the person, and what came is kept."""

import json

import pytest
from psycopg import AsyncConnection

from common.threads import in_thread
from conversations.answering.claims import conninfo
from conversations.models import Response
from tests.support.socket import ask_and_wait, open_socket, stored, until_text

REFUSE_THE_END = """
ALTER TABLE conversations_response ADD CONSTRAINT refuse_the_end CHECK (status <> 'completed') NOT VALID
"""

SAID = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "At noon."}]}

pytestmark = pytest.mark.django_db(transaction=True)


def refusal(status: int, code: str) -> dict:
    return {"error": {"status": status, "body": {"error": {"code": code, "message": "no"}}}}


def failed(code: str, message: str = "no") -> dict:
    end = {"type": "response.failed", "response": {"$response": {"error": {"code": code, "message": message}}}}
    return {"steps": [{"event": {"type": "response.created", "response": "$response"}}, {"event": end}]}


def said(event: dict) -> dict:
    """What a server says in mid-answer where it can't go on."""
    created = {"event": {"type": "response.created", "response": "$response"}}
    return {"steps": [created, {"event": event, "verbatim": True}]}


class TestProviderFailures:
    @pytest.mark.parametrize(
        ("script", "code", "sentence"),
        [
            (
                {"error": {"status": 401, "body": {"error": {"code": "invalid_api_key"}}}},
                "invalid_api_key",
                "API key",
            ),
            (
                {"error": {"status": 429, "body": {"error": {"code": "insufficient_quota"}}}},
                "insufficient_quota",
                "credit",
            ),
            (
                refusal(403, "unsupported_country_region_territory"),
                "unsupported_country_region_territory",
                "isn't allowed",
            ),
            (refusal(404, "model_not_found"), "model_not_found", "wasn't found"),
            (refusal(408, "request_timeout"), "request_timeout", "in time"),
            (refusal(409, "conflict"), "conflict", "didn't accept"),
            (refusal(413, "request_too_large"), "request_too_large", "too large"),
            (refusal(422, "invalid_type"), "invalid_type", "didn't accept"),
            (refusal(429, "rate_limit_exceeded"), "rate_limit_exceeded", "busy"),
            (refusal(500, "server_error"), "server_error", "had an error"),
            ({"error": {"status": 502, "body": "<html>bad gateway</html>"}}, "http_502", "had an error"),
            ({"error": {"status": 504, "body": "<html>gateway time-out</html>"}}, "http_504", "in time"),
            (refusal(400, "invalid_image"), "invalid_image", "another format"),
            (failed("server_error"), "server_error", "had an error"),
            (failed("rate_limit_exceeded"), "rate_limit_exceeded", "busy"),
            (failed("failed_to_download_image"), "failed_to_download_image", "Attach the image"),
            (failed("image_parse_error"), "image_parse_error", "another format"),
            (failed("image_file_too_large"), "image_file_too_large", "a smaller one"),
            (failed("bio_policy"), "bio_policy", "didn't accept"),
            (failed("not_known_here"), "not_known_here", "had an error"),
            ({"error": {"status": 503, "body": "<html>bad gateway</html>"}}, "http_503", "overloaded"),
            ({"error": {"status": 418, "body": {}}}, "http_418", "didn't accept"),
            ({"drop": "abort"}, "connection_lost", "was lost"),
            ({"drop": "eof"}, "connection_lost", "was lost"),
            ({"steps": [{"cut": "eof"}]}, "stream_cut", "was lost"),
            ({"text": "one.two.", "deltas": 2, "at": {"4": {"cut": "eof"}}}, "stream_cut", "was lost"),
            ({"text": "one.two.", "deltas": 2, "at": {"5": {"half": True, "cut": "eof"}}}, "stream_cut", "was lost"),
            ({"steps": [{"raw": "data: {garbage\n\n"}]}, "stream_cut", "was lost"),
            (said({"type": "error", "error": {"code": "server_error", "message": "x"}}), "server_error", "an error"),
            (said({"type": "error", "code": "rate_limit_exceeded", "message": "x"}), "rate_limit_exceeded", "busy"),
            (said({"error": {"code": "rate_limit_exceeded", "message": "x"}}), "rate_limit_exceeded", "busy"),
            (said({"error": {"code": 429, "message": "x"}}), "http_429", "busy"),
            (said({"error": {"code": 7, "message": "x", "type": "odd"}}), "7", "an error"),
            (said({"error": "overloaded"}), "server_error", "overloaded"),
            (said({"object": "error", "type": "BadRequestError", "code": 400, "message": "x"}), "http_400", "accept"),
        ],
    )
    async def test_each_failure_has_a_sentence_and_keeps_the_output_so_far(self, site, ada, script, code, sentence):
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
            {"output": ["words", None, SAID]},
            {"output": [{"type": "message", "content": [None, {"type": "output_text", "text": {}}]}, SAID]},
            {"output": [{"type": "message", "content": {"type": "output_text", "text": "words"}}]},
            {"output": [SAID], "error": [], "usage": "many", "incomplete_details": ["why"]},
        ],
    )
    @pytest.mark.parametrize("end", ["response.completed", "response.failed"])
    async def test_malformed_terminal_event_ends_the_answer(self, site, ada, wrong, end):
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

    async def test_answer_that_cannot_be_stored_ends_as_failed(self, site, ada):
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

    @pytest.mark.parametrize("theirs", ["resp_always", "", 7, None, "x" * 1001, "é" * 501])
    async def test_invalid_or_shared_response_id_is_not_stored(self, site, ada, theirs):
        response = {"id": theirs, "status": "in_progress"}
        done = {"type": "response.completed", "response": {"id": theirs, "output": [SAID]}}
        site.script(steps=[{"event": {"type": "response.created", "response": response}}, {"event": done}])
        tab = await open_socket(ada)
        answers = [await ask_and_wait(tab, "How high is the tide?") for _ in range(2)]

        assert [answer["status"] for answer in answers] == ["completed", "completed"]
        assert [(await stored(pk=answer["id"])).response_id for answer in answers] == [None, None]
        await tab.close()

    async def test_rejected_key_is_reported_without_the_key(self, site, ada, settings, caplog):
        settings.OPENAI_API_KEY = "sk-wrong"
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "How high is the tide?")

        assert answer["error"]["code"] == "invalid_api_key"
        assert "sk-wrong" not in str((await stored(pk=answer["id"])).error)
        assert "sk-wrong" not in caplog.text
        await tab.close()

    @pytest.mark.parametrize("code", [None, 5, "x\ny", ["x"]])
    async def test_detail_from_the_provider_is_one_storable_line(self, site, ada, caplog, code):
        said = {"message": "a\0b \ud800 so\n12:00 INFO all is well " + "x" * 10_000, "code": code}
        site.script(error={"status": 400, "body": json.dumps({"error": said})})
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "How high is the tide?")

        error = (await stored(pk=answer["id"])).error
        assert (answer["status"], error["status"]) == ("failed", 400)
        assert "didn't accept" in answer["error"]["message"]
        assert all("\n" not in record.getMessage() for record in caplog.records)
        assert max(len(record.getMessage()) for record in caplog.records) < 2500
        await tab.close()

    async def test_unreachable_provider_ends_the_answer_with_a_sentence(self, site, ada, settings):
        settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "How high is the tide?")

        assert answer["error"]["code"] == "connection_error"
        await tab.close()

    @pytest.mark.parametrize(
        ("silence", "came", "times"),
        [({"wait": "never"}, "", 1), ({"at": {"5": {"wait": "never"}}}, "one.", 2)],
        ids=["before the first word", "in mid-answer"],
    )
    async def test_silent_provider_ends_the_answer_with_a_sentence(self, site, ada, settings, silence, came, times):
        settings.OPENAI_TIMEOUT = 0.3
        site.script(text="one.two.", deltas=2, **silence)
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "How high is the tide?")

        assert answer["error"]["code"] == "timeout"
        assert (await stored(pk=answer["id"])).answer() == came
        assert len(site.bodies()) == times
        await tab.close()

    async def test_detail_from_the_provider_is_shown_to_admins_only(self, site, ada):
        site.script(**failed("server_error", message="It broke."))
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "How high is the tide?")

        assert "It broke." not in str(answer)
        assert (await stored(pk=answer["id"])).error["detail"] == "It broke."
        await tab.close()
