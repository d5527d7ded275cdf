"""A browser's socket, end to end: the real application, PostgreSQL, and the stand-in over real HTTP."""

import asyncio
import uuid

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from psycopg import AsyncConnection

from accounts.models import User
from common.threads import in_thread
from conversations.answering.claims import conninfo
from conversations.live.sessions import close_ended
from conversations.models import Conversation
from conversations.representations import updated
from tests.support.contract import check_request
from tests.support.socket import (
    ask_and_wait,
    connect,
    open_socket,
    question,
    row_counts,
    session_cookie,
    stored,
    text_of,
    until_text,
    wait_for_end,
)

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"

pytestmark = pytest.mark.django_db(transaction=True)


async def test_question_streams_and_is_stored(site, ada):
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


async def test_requests_keep_the_providers_contract(site, ada):
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


class TestViewers:
    async def test_second_tab_sees_what_the_first_asks(self, site, ada):
        first_tab = await open_socket(ada)
        answer = await ask_and_wait(first_tab, "How high is the tide?")
        second_tab = await connect(ada, answer["conversation"]["id"])
        await second_tab.until_end()
        # A tab that hears of it only after its end is told the end alone.
        site.script(text="one.two.six.ten.", deltas=4, at={"6": {"wait": "go"}})
        await first_tab.ask(
            "And tomorrow?", conversation=answer["conversation"]["id"], previous_response_id=answer["id"]
        )

        seen = [await until_text(tab, "one.two.") for tab in (first_tab, second_tab)]
        site.release("go")
        for tab, early in zip((first_tab, second_tab), seen, strict=True):
            assert early[0]["response"]["input"][0]["content"][0]["text"] == "And tomorrow?"
            assert text_of(early + await tab.until_end()) == "one.two.six.ten."
            await tab.close()

    async def test_viewer_in_mid_answer_gets_everything_once(self, site, ada):
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

    async def test_reconnect_gets_only_unseen_events(self, site, ada):
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

    async def test_answer_runs_to_its_end_without_viewers(self, site, ada):
        site.script(text="one.two.six.ten.", deltas=4, at={"6": {"wait": "go"}})
        tab = await open_socket(ada)
        await tab.ask("Count")
        response = (await tab.receive())["response_id"]
        await tab.close()
        site.release("go")

        await wait_for_end(response)
        assert (await stored(pk=response)).answer() == "one.two.six.ten."

    async def test_ended_response_is_sent_from_its_row(self, site, ada):
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "How high is the tide?")
        await tab.send({"type": "conversation.follow", "conversation": answer["conversation"]["id"]})
        events = await tab.until_end()

        assert [event["type"] for event in events] == [
            "conversation.following",
            "response.queued",
            "response.completed",
        ]
        assert events[-1]["response"] == answer
        await tab.close()

    async def test_failure_is_sent_without_details_for_admins(self, site, ada):
        site.script(error={"status": 500, "body": {"error": {"message": "rack 7 is on fire"}}})
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "How high is the tide?")
        assert "rack 7" in (await stored(pk=answer["id"])).error["detail"]
        await tab.send({"type": "conversation.follow", "conversation": answer["conversation"]["id"]})

        assert "rack 7" not in str(await tab.until_end())
        await tab.close()

    async def test_end_has_a_number_after_whatever_the_page_saw(self, site, ada):
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "How high is the tide?")
        # As if the server had been killed long after the last checkpoint.
        await tab.send(
            {
                "type": "conversation.follow",
                "conversation": answer["conversation"]["id"],
                "after": answer["id"],
                "seen": {answer["id"]: 500},
            }
        )

        assert (await tab.until_end())[-1]["sequence_number"] > 500
        await tab.close()

    async def test_refused_follow_keeps_the_one_before(self, site, ada):
        site.script(text="one.two.", deltas=2, at={"5": {"wait": "go"}})
        tab = await open_socket(ada)
        await tab.ask("Count")
        await until_text(tab, "one.")
        await tab.send({"type": "conversation.follow", "conversation": str(uuid.uuid4())})
        assert (await tab.receive())["code"] == "conversation_not_found"
        site.release("go")

        assert (await tab.until_end())[-1]["type"] == "response.completed"
        await tab.close()


class TestAskedOnce:
    async def test_question_sent_again_is_not_asked_again(self, site, ada):
        tab = await open_socket(ada)
        command = question("How high is the tide?")
        await tab.send(command)
        first = await tab.until_end()
        await tab.send(command)
        await tab.close()
        tab = await open_socket(ada)
        await tab.send(command)
        again = await tab.until_end()

        assert again[-1]["response_id"] == first[-1]["response_id"]
        assert again[-1]["response"]["output"] == first[-1]["response"]["output"]
        assert await row_counts() == (1, 1)
        assert len(site.bodies()) == 1
        await tab.close()

    async def test_question_is_answered_although_its_socket_is_killed(self, site, ada):
        tab = await open_socket(ada)
        async with await AsyncConnection.connect(conninfo()) as other:
            await other.execute("LOCK TABLE conversations_conversation")
            await tab.ask("How high is the tide?")
            async with asyncio.timeout(60):
                while not (await (await other.execute(WAITING)).fetchone())[0]:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            # As Daphne does with what takes long to end.
            tab.communicator.future.cancel()
            await asyncio.wait([tab.communicator.future], timeout=0.1)

        async with asyncio.timeout(60):
            while await row_counts() != (1, 1):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await wait_for_end(str((await stored()).pk))


async def test_failed_follow_closes_the_socket_to_reconnect(site, ada):
    tab = await open_socket(ada)
    answer = await ask_and_wait(tab, "How high is the tide?")
    await in_thread(rename)("conversations_conversation", "conversations_away")
    try:
        await tab.send({"type": "conversation.follow", "conversation": answer["conversation"]["id"]})
        assert await tab.closed_with() == 4503
    finally:
        await in_thread(rename)("conversations_away", "conversations_conversation")


def rename(table: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {name}")


class TestAccess:
    async def test_conversation_of_another_person_is_not_found(self, site, ada, mallory):
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
        assert await row_counts() == (1, 2)
        await tab.close()
        await other.close()

    async def test_client_message_id_of_another_person_may_be_used(self, site, ada, mallory):
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
    async def test_missing_session_gets_a_sentence_and_is_closed(self, site, cookie):
        tab = await open_socket(None, cookie=cookie)
        assert (await tab.receive())["code"] == "unauthenticated"
        assert await tab.closed_with() == 4401

    async def test_command_after_the_session_ended_is_refused(self, site, ada):
        tab = await open_socket(ada)
        await in_thread(ada.set_password)("a new one, since the old was stolen")
        await in_thread(ada.save)()
        await tab.ask("Am I still here?")

        assert (await tab.receive())["code"] == "unauthenticated"
        assert await tab.closed_with() == 4401
        assert await row_counts() == (0, 0)

    async def test_deactivated_person_is_refused(self, site, ada):
        tab = await open_socket(ada)
        ada.is_active = False
        await in_thread(ada.save)()
        await tab.ask("Am I still here?")

        assert (await tab.receive())["code"] == "unauthenticated"


async def test_socket_hears_of_everything_from_the_moment_it_is_open(site, server_process, ada):
    tides = await Conversation.objects.acreate(user=ada, title="Tides")
    news = await in_thread(updated)(tides)
    tab = await open_socket(ada)
    await server_process.news.publish(news)
    assert (await tab.until_updated())["title"] == "Tides"
    await tab.close()


@pytest.mark.parametrize("how", ["signed out", "deactivated", "a new password"])
async def test_viewer_is_closed_when_the_session_ends(site, server_process, ada, grace, how):
    site.script(text="one.two.", deltas=2, at={"5": {"wait": "go"}})
    cookie = await in_thread(session_cookie)(ada)
    tab, other = await open_socket(None, cookie=cookie), await open_socket(grace)
    await tab.ask("Count")
    response = (await until_text(tab, "one."))[0]["response_id"]
    await close_ended(server_process.sockets)
    assert await tab.is_quiet()

    if how == "signed out":
        await in_thread(Session.objects.filter(session_key=cookie).delete)()
    elif how == "deactivated":
        await in_thread(User.objects.filter(pk=ada.pk).update)(is_active=False)
    else:
        await in_thread(ada.set_password)("a new one, since the old was stolen")
        await in_thread(ada.save)()
    await close_ended(server_process.sockets)
    assert (await tab.receive())["code"] == "unauthenticated"
    assert await tab.closed_with() == 4401
    site.release("go")
    await wait_for_end(response)
    assert await tab.is_quiet()
    assert (await ask_and_wait(other, "And I?"))["status"] == "completed"
    await tab.close()
    await other.close()


async def test_too_many_sockets_are_refused_with_a_sentence(site, ada, grace, monkeypatch):
    monkeypatch.setattr("conversations.live.consumer.MAX_SOCKETS_PER_USER", 2)
    first, second = [await open_socket(ada) for _ in range(2)]
    for socket in (first, second):
        # It is counted before its first command is read.
        assert (await ask_and_wait(socket, "And I?"))["status"] == "completed"
    third = await open_socket(ada)
    assert (await third.receive())["code"] == "too_many_sockets"
    assert await third.closed_with() == 4503
    other = await open_socket(grace)
    assert (await ask_and_wait(other, "And I?"))["status"] == "completed"
    await first.close()
    again = await open_socket(ada)
    assert (await ask_and_wait(again, "And now?"))["status"] == "completed"
    for socket in (second, other, again):
        await socket.close()
