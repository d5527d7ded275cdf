"""A browser's socket, end to end: the real application, PostgreSQL, and the stand-in over real HTTP."""

import asyncio
import uuid

import pytest

from conversations.models import Conversation, Response
from conversations.runner import in_thread
from tests.contract import check_request
from tests.socket import Socket, connect, open_socket, picture, question, text_of

pytestmark = pytest.mark.django_db(transaction=True)


@in_thread
def stored(**fields) -> Response:
    return Response.objects.select_related("conversation__user", "user", "previous").get(**fields)


@in_thread
def how_many() -> tuple[int, int]:
    return Conversation.objects.count(), Response.objects.count()


async def ask_and_wait(socket: Socket, text: str, **fields) -> dict:
    """Ask; returns the response as its last event has it."""
    await socket.ask(text, **fields)
    return (await socket.until_end())[-1]["response"]


async def test_a_question_streams_and_is_stored(site, ada):
    site.script(text="Two metres at **noon**.", deltas=5)
    socket = await open_socket(ada)
    message = await socket.ask("How high is the tide?")
    events = await socket.until_end()

    first, last = events[0], events[-1]
    assert first["type"] == "response.queued"
    assert first["sequence_number"] == 0
    assert first["response"]["metadata"]["client_message_id"] == message
    assert first["response"]["conversation"]["title"] == "How high is the tide?"
    assert [event["type"] for event in events[1:3]] == ["response.created", "response.in_progress"]
    assert {event["response_id"] for event in events} == {first["response"]["id"]}
    numbers = [event["sequence_number"] for event in events]
    assert numbers == sorted(set(numbers))
    assert text_of(events) == "Two metres at **noon**."
    assert last["type"] == "response.completed"
    assert last["response"]["output"][0]["content"][0]["text"] == "Two metres at **noon**."

    response = await stored(pk=first["response"]["id"])
    assert (response.status, response.user, response.conversation.user) == ("completed", ada, ada)
    assert response.answer() == "Two metres at **noon**."
    assert response.response_id.startswith("resp_")
    assert response.usage["total_tokens"] > 0
    assert response.sequence_number == last["sequence_number"]
    assert response.completed_at >= response.created_at
    await socket.close()


async def test_what_is_sent_to_the_provider_keeps_its_contract(site, ada):
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, "How high is the tide?")
    await ask_and_wait(
        socket, "And tomorrow?", conversation=first["conversation"]["id"], previous_response_id=first["id"]
    )
    one, two = site.bodies()

    for body in (one, two):
        check_request(body)
        assert body["store"] is True
        assert body["instructions"]
    assert one["metadata"] == {"response_id": first["id"]}
    assert "previous_response_id" not in one
    assert two["previous_response_id"] == (await stored(pk=first["id"])).response_id
    assert [part["text"] for item in two["input"] for part in item["content"]] == ["And tomorrow?"]
    await socket.close()


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


class TestViewers:
    async def test_a_second_tab_sees_what_is_asked_in_the_first(self, site, ada):
        first_tab = await open_socket(ada)
        answer = await ask_and_wait(first_tab, "How high is the tide?")
        second_tab = await connect(ada, answer["conversation"]["id"])
        await second_tab.until_end()
        site.script(text="Higher.", deltas=3)
        await first_tab.ask(
            "And tomorrow?", conversation=answer["conversation"]["id"], previous_response_id=answer["id"]
        )

        for tab in (first_tab, second_tab):
            events = await tab.until_end()
            assert events[0]["response"]["input"][0]["content"][0]["text"] == "And tomorrow?"
            assert text_of(events) == "Higher."
            await tab.close()

    async def test_who_comes_in_mid_answer_gets_all_of_it_once(self, site, ada):
        site.script(text="one.two.six.ten.", deltas=4, at={"6": {"wait": "go"}})
        tab = await open_socket(ada)
        await tab.ask("Count")
        queued = await tab.receive()
        seen = await until_text(tab, "one.two.")
        later = await connect(ada, queued["response"]["conversation"]["id"])
        early = await until_text(later, "one.two.")
        site.release("go")

        assert text_of(seen + await tab.until_end()) == "one.two.six.ten."
        assert text_of(early + await later.until_end()) == "one.two.six.ten."
        await tab.close()
        await later.close()

    async def test_a_reconnect_gets_only_what_it_has_not_seen(self, site, ada):
        site.script(text="one.two.six.ten.", deltas=4, at={"6": {"wait": "go"}})
        tab = await open_socket(ada)
        await tab.ask("Count")
        queued = await tab.receive()
        seen = await until_text(tab, "one.two.")
        await tab.close()
        site.release("go")
        tab = await open_socket(ada)
        response = queued["response_id"]
        await tab.send(
            {
                "type": "conversation.follow",
                "conversation": queued["response"]["conversation"]["id"],
                "after": response,
                "seen": {response: seen[-1]["sequence_number"]},
            }
        )
        assert (await tab.receive())["type"] == "conversation.following"
        rest = await tab.until_end()

        # Where the answer ended before the page was back, its end alone has it all.
        assert text_of(seen + rest) in {"one.two.six.ten.", "one.two."}
        assert rest[-1]["response"]["output"][0]["content"][0]["text"] == "one.two.six.ten."
        await tab.close()

    async def test_an_answer_runs_to_its_end_with_nobody_looking(self, site, ada):
        site.script(text="one.two.six.ten.", deltas=4, at={"6": {"wait": "go"}})
        tab = await open_socket(ada)
        await tab.ask("Count")
        response = (await tab.receive())["response_id"]
        await tab.close()
        site.release("go")

        await ended(response)
        assert (await stored(pk=response)).answer() == "one.two.six.ten."

    async def test_what_has_ended_is_told_from_the_row(self, site, ada):
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "How high is the tide?")
        await tab.send({"type": "conversation.follow", "conversation": answer["conversation"]["id"]})
        events = await tab.until_end()

        assert [event["type"] for event in events] == [
            "conversation.following",
            "response.queued",
            "response.completed",
        ]
        assert events[-1]["response"]["output"] == answer["output"]
        await tab.close()


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


class TestAskedOnce:
    async def test_a_question_sent_again_is_not_asked_again(self, site, ada):
        tab = await open_socket(ada)
        command = question("How high is the tide?")
        await tab.send(command)
        first = await tab.until_end()
        await tab.send(command)
        await tab.close()
        tab = await open_socket(ada)
        await tab.send(command)
        again = await tab.until_end()

        assert again[-1]["response"] == first[-1]["response"]
        assert await how_many() == (1, 1)
        assert len(site.bodies()) == 1
        await tab.close()


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
            ({"text": "one.two.", "deltas": 2, "at": {"4": {"cut": "abort"}}}, "stream_cut", "broke"),
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

    async def test_a_wrong_key_is_told_without_the_key(self, site, ada, settings, caplog):
        settings.OPENAI_API_KEY = "sk-wrong"
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "How high is the tide?")

        assert answer["error"]["code"] == "invalid_api_key"
        assert "sk-wrong" not in str((await stored(pk=answer["id"])).error)
        assert "sk-wrong" not in caplog.text
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


class TestRefusals:
    @pytest.mark.parametrize(
        ("frame", "code"),
        [
            ("", "invalid_json"),
            ("{", "invalid_json"),
            ('{"type": "\\ud800"}', "invalid_json"),
            ("[]", "unknown_type"),
            ("7", "unknown_type"),
            ('{"type": "response.delete"}', "unknown_type"),
            ('{"type": ["response.create"]}', "unknown_type"),
            ("{}", "unknown_type"),
            ('{"type": "response.create"}', "invalid_request"),
            ('{"type": "conversation.follow", "conversation": "1"}', "invalid_request"),
            ('{"type": "response.cancel", "response_id": null}', "invalid_request"),
            (f'{{"type": "response.cancel", "response_id": "{uuid.uuid4()}", "more": 1}}', "invalid_request"),
            (f'{{"type": "response.cancel", "response_id": "{uuid.uuid4()}"}}', "response_not_found"),
            (f'{{"type": "conversation.follow", "conversation": "{uuid.uuid4()}"}}', "conversation_not_found"),
        ],
    )
    async def test_rubbish_gets_a_sentence_and_the_socket_lives_on(self, site, ada, frame, code):
        tab = await open_socket(ada)
        await tab.send(frame)
        error = await tab.receive()
        assert (error["type"], error["code"]) == ("error", code)
        assert error["message"].endswith(".")

        assert (await ask_and_wait(tab, "Still there?"))["status"] == "completed"
        await tab.close()

    async def test_bytes_are_refused(self, site, ada):
        tab = await open_socket(ada)
        await tab.send_bytes(b"\x00\xff")
        assert (await tab.receive())["code"] == "invalid_json"
        await tab.close()

    @pytest.mark.parametrize(
        ("command", "code"),
        [
            (question(""), "empty_input"),
            (question("  \n "), "empty_input"),
            (question("x" * 101), "input_too_long"),
            (question("x" * 5_000), "input_too_long"),
            (question("nul \0"), "invalid_request"),
            (question("x", conversation=str(uuid.uuid4())), "conversation_not_found"),
            (question("x", previous_response_id=str(uuid.uuid4())), "response_not_found"),
            (question("x", picture(file_id=str(uuid.uuid4()))), "attachment_not_found"),
            (question("x", picture()), "invalid_request"),
            (question("x", *[picture(image_url="https://example.org/")] * 3), "too_many_images"),
            (question("x", picture(image_url="http://example.org/x.png")), "invalid_request"),
            (question("x", picture(image_url="file:///etc/passwd")), "invalid_request"),
            (question("x", picture(image_url="https://[example.org")), "invalid_request"),
            (question("x", picture(image_url="data:image/png;base64,AA")), "invalid_request"),
        ],
    )
    async def test_a_question_that_can_not_be_asked_changes_nothing(self, site, ada, settings, command, code):
        settings.MAX_INPUT_CHARACTERS = 100
        settings.MAX_IMAGES = 2
        tab = await open_socket(ada)
        await tab.send(command)
        error = await tab.receive()

        assert (error["type"], error["code"]) == ("error", code)
        assert error["client_message_id"] == command["client_message_id"]
        assert await how_many() == (0, 0)
        assert site.requests() == []
        await tab.close()

    async def test_the_answer_before_must_have_ended(self, site, ada):
        site.script(text="one.two.", deltas=2, at={"5": {"wait": "go"}})
        tab = await open_socket(ada)
        await tab.ask("Count")
        queued = await tab.receive()
        await until_text(tab, "one.")
        await tab.ask(
            "More",
            conversation=queued["response"]["conversation"]["id"],
            previous_response_id=queued["response_id"],
        )
        assert (await tab.until("error"))[-1]["code"] == "response_in_progress"
        site.release("go")
        await tab.until_end()
        await tab.close()

    async def test_a_picture_by_its_address_is_passed_on_untouched(self, site, ada):
        part = picture(image_url="https://example.org/a.png?x=1&y=ü")
        tab = await open_socket(ada)
        await tab.send(question("What is this?", part))
        await tab.until_end()

        assert site.bodies()[0]["input"][0]["content"][1] == part
        await tab.close()


class TestAccess:
    async def test_another_persons_conversation_is_not_there(self, site, ada, mallory):
        tab, other = await open_socket(ada), await open_socket(mallory)
        answer = await ask_and_wait(tab, "How high is the tide?")
        conversation = answer["conversation"]["id"]
        await other.send({"type": "conversation.follow", "conversation": conversation})
        assert (await other.receive())["code"] == "conversation_not_found"
        await other.ask("Mine now", conversation=conversation, previous_response_id=answer["id"])
        assert (await other.receive())["code"] == "conversation_not_found"
        await other.ask("Mine now", previous_response_id=answer["id"])
        assert (await other.receive())["code"] == "response_not_found"
        await ask_and_wait(tab, "And?", conversation=conversation, previous_response_id=answer["id"])

        assert await other.is_quiet()
        assert await how_many() == (1, 2)
        await tab.close()
        await other.close()

    async def test_another_persons_message_id_is_ones_own_to_use(self, site, ada, mallory):
        tab, other = await open_socket(ada), await open_socket(mallory)
        command = question("How high is the tide?")
        await tab.send(command)
        await tab.until_end()
        await other.send(command)
        events = await other.until_end()

        assert (await stored(pk=events[0]["response_id"])).user == mallory
        await tab.close()
        await other.close()

    @pytest.mark.parametrize("cookie", [None, "", "nonsense", "a" * 32])
    async def test_without_a_session_there_is_a_sentence_and_the_end(self, site, cookie):
        tab = await open_socket(None, cookie=cookie)
        assert (await tab.receive())["code"] == "unauthenticated"
        assert await tab.closed_with() == 4401

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "http://127.0.0.1:9000", "null", "", "http://127.0.0.1.evil.example"]
    )
    async def test_from_a_foreign_origin_too(self, site, ada, origin):
        tab = await open_socket(ada, origin=origin)
        assert (await tab.receive())["code"] == "foreign_origin"
        assert await tab.closed_with() == 4403

    async def test_a_command_after_the_session_ended_is_refused(self, site, ada):
        tab = await open_socket(ada)
        await in_thread(ada.set_password)("a new one, since the old was stolen")
        await in_thread(ada.save)()
        await tab.ask("Am I still here?")

        assert (await tab.receive())["code"] == "unauthenticated"
        assert await tab.closed_with() == 4401
        assert await how_many() == (0, 0)

    async def test_a_deactivated_person_is_refused(self, site, ada):
        tab = await open_socket(ada)
        ada.is_active = False
        await in_thread(ada.save)()
        await tab.ask("Am I still here?")

        assert (await tab.receive())["code"] == "unauthenticated"


async def until_text(socket: Socket, text: str) -> list[dict]:
    """The events up to the delta with which the answer says this."""
    events: list[dict] = []
    while text_of(events) != text:
        events.append(await socket.receive())
    return events


async def ended(response_id: str) -> None:
    """Wait until the row says that the answer is over; a database row can only be asked again and again."""
    async with asyncio.timeout(10):
        while (await stored(pk=response_id)).is_running:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
