"""The side list: its pages, what a person does with a conversation in it, and that all open pages hear of that."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import AsyncClient, Client
from django.utils import timezone

from accounts.models import User
from conversations.attachments import store
from conversations.models import Conversation
from conversations.representations import listed as representation
from tests.support.conversations import queue_message
from tests.support.images import encoded, image
from tests.support.socket import ask_and_wait, open_socket, stored, wait_for_end


@pytest.fixture
def tides(ada) -> Conversation:
    return Conversation.objects.create(user=ada, title="Tides")


@pytest.fixture
async def browser(ada) -> AsyncIterator[AsyncClient]:
    """Ada's, for requests beside sockets."""
    client = AsyncClient()
    await client.aforce_login(ada)
    yield client
    # Django's test client leaves them open.
    await sync_to_async(connections.close_all)()


def as_person(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def change(user: User, conversation: Conversation, body: object, status: int = 200) -> dict:
    answer = as_person(user).patch(conversation.get_absolute_url(), body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return json.loads(answer.content) if status in {200, 400} else {}


def listed(user: User, **query) -> list[str]:
    answer = as_person(user).get("/conversations/", query)
    return [conversation["title"] for conversation in json.loads(answer.content)["conversations"]]


class TestPages:
    def test_pages_of_the_list_have_no_gaps_after_a_deletion(self, ada):
        now = timezone.now()
        Conversation.objects.bulk_create(
            Conversation(user=ada, title=f"{n}", updated_at=now - timedelta(minutes=n)) for n in range(120)
        )
        seen, before = [], None
        while True:
            page = json.loads(as_person(ada).get("/conversations/", {"before": before} if before else {}).content)
            seen.append([int(conversation["title"]) for conversation in page["conversations"]])
            Conversation.objects.get(pk=page["conversations"][-1]["id"]).mark(deleted=True)
            before = page["before"]
            if before is None:
                break
        assert [len(page) for page in seen] == [50, 50, 20]
        assert [number for page in seen for number in page] == list(range(120))

    def test_pinned_conversations_come_first_and_once(self, ada):
        now = timezone.now()
        Conversation.objects.bulk_create(
            Conversation(
                user=ada, title=f"{n}", updated_at=now - timedelta(minutes=n), pinned_at=now if n > 57 else None
            )
            for n in range(60)
        )
        first = json.loads(as_person(ada).get("/conversations/").content)
        assert [c["title"] for c in first["conversations"]] == ["58", "59", *(str(n) for n in range(50))]
        assert listed(ada, before=first["before"]) == [str(n) for n in range(50, 58)]

    def test_archived_conversations_have_their_own_list(self, ada, tides):
        Conversation.objects.create(user=ada, title="Boats").mark(archived=True, pinned=True)
        assert listed(ada) == ["Tides"]
        assert listed(ada, archived=1) == ["Boats"]
        html = as_person(ada).get("/", {"archived": 1}).text
        assert ">Boats</a>" in html
        assert ">Tides</a>" not in html

    def test_temporary_and_deleted_conversations_are_not_listed(self, ada):
        Conversation.objects.create(user=ada, title="Passing", is_temporary=True)
        Conversation.objects.create(user=ada, title="Gone", deleted_at=timezone.now())
        assert listed(ada) == listed(ada, archived=1) == []

    def test_page_of_the_list_is_one_query(self, ada, django_assert_num_queries):
        Conversation.objects.bulk_create(Conversation(user=ada, pinned_at=timezone.now()) for _ in range(60))
        client = as_person(ada)
        # The session, the person, the page.
        with django_assert_num_queries(3):
            client.get("/conversations/")

    def test_list_has_own_conversations_only(self, tides, grace, mallory, hopper):
        assert [listed(other) for other in (grace, mallory, hopper)] == [[], [], []]


class TestChanging:
    def test_title_set_by_the_person_stays(self, ada, tides):
        assert change(ada, tides, {"title": "  My\n tides "})["conversation"]["title"] == "My tides"
        tides.refresh_from_db()
        assert (tides.title, tides.titled_by) == ("My tides", "person")
        assert not tides.rename("Tides at Brest", Conversation.TitledBy.MODEL)
        assert stored_title(tides) == "My tides"

    def test_title_keeps_no_characters_that_disguise_it(self, ada, tides):
        title = "Invoice \u202efdp.exe\u2066\x1b"
        assert change(ada, tides, {"title": title})["conversation"]["title"] == "Invoice fdp.exe"
        assert stored_title(tides) == "Invoice fdp.exe"

    @pytest.mark.parametrize("mark", ["pinned", "archived"])
    def test_conversation_is_pinned_and_archived_and_back(self, ada, tides, mark):
        assert change(ada, tides, {mark: True})["conversation"][mark]
        since = getattr(Conversation.objects.get(), f"{mark}_at")
        assert since
        # Once more, it stays as it was.
        change(ada, tides, {mark: True})
        assert getattr(Conversation.objects.get(), f"{mark}_at") == since
        assert not change(ada, tides, {mark: False})["conversation"][mark]

    def test_deleted_conversation_is_hidden_until_restored(self, ada, tides, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        attachment = store(SimpleUploadedFile("harbour.png", encoded(image())), ada)
        attachment.conversation = tides
        attachment.save()
        addresses = [
            tides.get_absolute_url(),
            f"/attachments/{attachment.pk}/",
            f"/attachments/{attachment.pk}/thumbnail/",
        ]
        client = as_person(ada)
        assert [client.get(address).status_code for address in addresses] == [200, 200, 200]

        assert client.delete(tides.get_absolute_url()).status_code == 204
        assert listed(ada) == []
        assert [client.get(address).status_code for address in addresses] == [404, 404, 404]
        assert client.delete(tides.get_absolute_url()).status_code == 404
        change(ada, tides, {"title": "Gone"}, status=404)

        assert not change(ada, tides, {"deleted": False})["conversation"]["deleted"]
        assert [client.get(address).status_code for address in addresses] == [200, 200, 200]

    def test_what_changed_since_a_conversation_was_read_is_known_after_another_change(self, tides):
        Conversation.objects.get().mark(archived=True, unseen=True)
        tides.mark(unseen=False)
        assert representation(tides)["archived"]
        Conversation.objects.get().mark(archived=False, pinned=True)
        tides.rename("Tides at Brest", Conversation.TitledBy.PERSON)
        assert (representation(tides)["archived"], representation(tides)["pinned"]) == (False, True)

    def test_mark_that_was_set_since_a_conversation_was_read_is_cleared(self, tides):
        Conversation.objects.get().mark(archived=True)
        tides.mark(archived=False)
        assert not representation(Conversation.objects.get())["archived"]

    def test_question_returns_an_archived_conversation_to_the_list(self, ada, tides):
        tides.mark(archived=True)
        queue_message(tides, user=ada, input=[])
        assert listed(ada) == ["Tides"]

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"title": " \n\x00"}, "empty_title"),
            ({"title": "\u202e\u2066"}, "empty_title"),
            ({"title": "x" * 201}, "invalid_request"),
            ({"title": 5}, "invalid_request"),
            ({"deleted": True}, "invalid_request"),
            ({"user": "mallory"}, "invalid_request"),
            ([], "invalid_request"),
            (b'{"title": "\xff"}', "invalid_request"),
            (b"[" * 50_000, "invalid_request"),
        ],
    )
    def test_invalid_change_is_refused_with_a_sentence(self, ada, tides, body, code):
        error = change(ada, tides, body, status=400)["error"]
        assert error["code"] == code
        assert error["message"].endswith(".")
        assert stored_title(tides) == "Tides"

    def test_others_cannot_change_or_delete_conversations(self, tides, grace, mallory, hopper):
        for other in (grace, mallory, hopper):
            change(other, tides, {"title": "Mine"}, status=404)
            assert as_person(other).delete(tides.get_absolute_url()).status_code == 404
        assert stored_title(tides) == "Tides"

    def test_changes_need_the_csrf_token(self, ada, tides):
        client = Client(enforce_csrf_checks=True)
        client.force_login(ada)
        assert client.delete(tides.get_absolute_url()).status_code == 403
        assert client.patch(tides.get_absolute_url(), {}, content_type="application/json").status_code == 403


class TestLive:
    """What is done in one tab is seen in all of the person's, and in nobody else's."""

    async def test_all_tabs_hear_of_questions_and_changes(self, site, browser, ada, mallory):
        tab, outsider = await open_socket(ada), await open_socket(mallory)
        response = await ask_and_wait(await open_socket(ada), "How high is the tide?")
        new = await tab.until_updated()
        assert (new["id"], new["title"]) == (response["conversation"]["id"], "How high is the tide?")
        new = await tab.until_updated()
        assert (new["running"], new["unseen"]) == (False, True)

        address = f"/conversations/{new['id']}/"
        await browser.patch(address, {"title": "Tides", "pinned": True}, content_type="application/json")
        assert await tab.until_updated() == {**new, "title": "Tides", "pinned": True}
        await browser.delete(address)
        assert await tab.until_updated() == {**new, "title": "Tides", "pinned": True, "deleted": True}
        await browser.patch(address, {"deleted": False}, content_type="application/json")
        assert not (await tab.until_updated())["deleted"]
        assert await outsider.is_quiet()

    async def test_question_raises_its_conversation_in_all_tabs(self, site, ada):
        socket = await open_socket(ada)
        first = await ask_and_wait(socket, "How high is the tide?")
        tab = await open_socket(ada)
        following = {"conversation": first["conversation"]["id"], "previous_response_id": first["id"]}
        await ask_and_wait(socket, "And tomorrow?", **following)
        raised = await tab.until_updated()
        assert raised["updated_at"] == (await stored(pk=first["id"])).conversation.updated_at.isoformat()

    async def test_deleting_stops_answers_and_viewers(self, site, browser, ada):
        site.script(text="Two metres at noon.", at={"5": {"wait": "never"}})
        socket = await open_socket(ada)
        await socket.ask("How high is the tide?")
        queued = (await socket.until("response.output_text.delta"))[0]
        await browser.delete(f"/conversations/{queued['response']['conversation']['id']}/")
        await wait_for_end(queued["response_id"])
        assert (await stored(pk=queued["response_id"])).status == "cancelled"
        while not (await socket.until_updated())["deleted"]:
            pass
        assert await socket.is_quiet()
        # Whoever comes back is not let in again.
        await socket.send({"type": "conversation.follow", "conversation": queued["response"]["conversation"]["id"]})
        assert (await socket.receive())["code"] == "conversation_not_found"


def stored_title(conversation: Conversation) -> str:
    return Conversation.objects.get(pk=conversation.pk).title
