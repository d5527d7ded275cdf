"""Links by which the team reads a branch: what they show, what they never show, and who may make and revoke them."""

import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from conversations.attachments import store
from conversations.models import Attachment, Conversation, Response, Share
from tests.support.assistants import make_assistant
from tests.support.clients import client_of
from tests.support.conversations import answer, ask, call_tool, called, text
from tests.support.images import encoded, image

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def conversation(ada) -> Conversation:
    return Conversation.objects.create(user=ada, title="Tides")


@pytest.fixture
def shared(conversation) -> Response:
    answer(response := ask(conversation), text("Two metres."))
    return response


def share(user: User, conversation: Conversation, response: object):
    body = json.dumps({"response": str(getattr(response, "pk", response))})
    return client_of(user).post(f"/conversations/{conversation.pk}/shares/", body, content_type="application/json")


def link_to(response: Response) -> str:
    return Share.objects.create(conversation=response.conversation, response=response).get_absolute_url()


def picture(user: User, side: int) -> Attachment:
    return store(SimpleUploadedFile("harbour.png", encoded(image(side, side))), user)


def ask_with(attachment: Attachment, conversation: Conversation, previous: Response | None = None) -> Response:
    Attachment.objects.filter(pk=attachment.pk).update(conversation=conversation)
    return ask(conversation, previous, {"type": "input_image", "detail": "auto", "file_id": str(attachment.pk)})


def test_share_is_made_once_and_listed(ada, conversation, shared):
    made = share(ada, conversation, shared)
    again = share(ada, conversation, shared)
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json() == again.json()
    (listed,) = client_of(ada).get(f"/conversations/{conversation.pk}/shares/").json()["shares"]
    assert listed == made.json()
    assert listed["url"] == f"http://testserver/shares/{listed['id']}/"
    assert listed["message"] == "How high is the tide?"


def test_share_without_a_response_ends_at_the_newest(ada, conversation, shared):
    answer(last := ask(conversation, shared), text("Three metres."))
    address = f"/conversations/{conversation.pk}/shares/"
    assert client_of(ada).post(address, "{}", content_type="application/json").status_code == 201
    assert Share.objects.get().response == last


def test_empty_conversation_cannot_be_shared(ada, conversation):
    address = f"/conversations/{conversation.pk}/shares/"
    assert client_of(ada).post(address, "{}", content_type="application/json").status_code == 404


@pytest.mark.parametrize("body", [b"", b"[]", b'{"response": "all"}', b'{"response": "\xff"}', b"[" * 50_000])
def test_share_of_an_invalid_response_is_refused_with_a_sentence(ada, conversation, shared, body):
    refused = client_of(ada).post(f"/conversations/{conversation.pk}/shares/", body, content_type="application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_request")
    assert not Share.objects.exists()


def test_team_reads_a_share(ada, grace, shared):
    page = client_of(grace).get(link_to(shared)).text
    for words in ("Tides", "Shared by ada", "How high is the tide?", "Two metres."):
        assert words in page
    for tool in ("chat-composer", "response-versions", "ask-again", "<answer-tools", "Edit"):
        assert tool not in page


def test_long_share_is_read_page_by_page(grace, conversation, shared, monkeypatch):
    monkeypatch.setattr("conversations.views.shares.PAGE_SIZE", 2)
    for number in range(4):
        answer(last := ask(conversation, shared), text(f"Answer {number}."))
        shared = last
    address, client = link_to(last), client_of(grace)
    first, second, third = (client.get(f"{address}?from={start}").text for start in (0, 2, 4))
    assert ("Two metres." in first, "Answer 0." in first, "Answer 1." in first) == (True, True, False)
    assert ("Answer 1." in second, "Answer 2." in second, "Answer 3." in second) == (True, True, False)
    assert "Answer 3." in third
    assert ('rel="prev"' in first, 'rel="next" href="?from=2"' in first) == (False, True)
    assert ('rel="prev" href="?from=0"' in second, 'rel="next" href="?from=4"' in second) == (True, True)
    assert ('rel="prev" href="?from=2"' in third, 'rel="next"' in third) == (True, False)
    assert client.get(f"{address}?from=5").status_code == 404


def test_longer_share_needs_no_more_queries(ada, grace, conversation, shared):
    newest = make_assistant(ada, instructions="Secret.").newest
    answer(last := ask(conversation, shared), text("More."))
    Response.objects.update(assistant_version=newest)
    client, short, long = client_of(grace), link_to(shared), link_to(last)
    counts = []
    for address in (short, long):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert "Secret." not in client.get(address).text
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_short_share_has_one_page(grace, shared):
    assert 'class="pages"' not in client_of(grace).get(link_to(shared)).text


def test_share_needs_a_session(client, shared):
    address = link_to(shared)
    response = client.get(address)
    assert (response.status_code, response.url) == (302, f"/sign-in/?next={address}")


def test_share_shows_its_branch_only(grace, conversation, shared):
    answer(beside := ask(conversation), text("Another version."))
    answer(later := ask(conversation, shared), text("A later answer."))
    page = client_of(grace).get(link_to(shared)).text
    for secret in ("Another version.", "A later answer.", str(beside.pk), str(later.pk)):
        assert secret not in page
    assert client_of(grace).get(conversation.get_absolute_url()).status_code == 404


def test_share_shows_images_of_its_branch_only(ada, grace, mallory, conversation):
    shown, beside, later, foreign = (picture(ada, side) for side in (8, 9, 10, 11))
    answer(first := ask_with(shown, conversation), text("A harbour."))
    answer(second := ask(conversation, first), text("Yes."))
    ask_with(beside, conversation, first)
    ask_with(later, conversation, second)
    ask_with(foreign, Conversation.objects.create(user=ada))

    def seen() -> list[bool]:
        client = client_of(grace)
        addresses = [f"/attachments/{each.pk}/" for each in (shown, beside, later, foreign)]
        statuses = {
            tuple(client.get(address + size).status_code == 200 for address in addresses) for size in ("", "thumbnail/")
        }
        (answers,) = statuses
        return list(answers)

    assert seen() == [False] * 4
    link_to(second)
    assert seen() == [True, False, False, False]
    assert client_of(grace).delete(f"/attachments/{shown.pk}/").status_code == 404
    assert Client().get(f"/attachments/{shown.pk}/").status_code == 302
    Conversation.objects.filter(pk=conversation.pk).update(deleted_at=timezone.now())
    assert seen() == [False] * 4


def test_revoked_share_ends_at_once(ada, grace, shared):
    address = link_to(shared)
    assert client_of(ada).delete(address).status_code == 204
    assert [client_of(person).get(address).status_code for person in (grace, ada)] == [404, 404]


def test_deleted_conversation_ends_its_shares(ada, grace, conversation, shared):
    address = link_to(shared)
    Conversation.objects.filter(pk=conversation.pk).update(deleted_at=timezone.now())
    assert client_of(grace).get(address).status_code == 404
    assert client_of(ada).delete(address).status_code == 404


def test_others_cannot_make_list_or_revoke_shares(conversation, shared, grace, mallory, hopper):
    address = link_to(shared)
    for other in (grace, mallory, hopper):
        client = client_of(other)
        assert share(other, conversation, shared).status_code == 404
        assert client.get(f"/conversations/{conversation.pk}/shares/").status_code == 404
        assert client.delete(address).status_code == 404
    assert Share.objects.count() == 1


def test_running_and_temporary_answers_cannot_be_shared(ada, grace, conversation):
    foreign = ask(Conversation.objects.create(user=grace))
    assert share(ada, conversation, foreign).status_code == 404
    assert share(ada, conversation, uuid.uuid4()).status_code == 404
    assert share(ada, conversation, "no id").status_code == 400
    running = share(ada, conversation, ask(conversation))
    assert (running.status_code, running.json()["error"]["code"]) == (409, "response_in_progress")
    temporary = Conversation.objects.create(user=ada, is_temporary=True)
    answer(response := ask(temporary), text("Gone soon."))
    assert share(ada, temporary, response).json()["error"]["code"] == "temporary"
    assert Share.objects.count() == 0


def test_review_says_that_a_conversation_is_shared(hopper, conversation, shared):
    address = f"/admin/conversations/conversation/{conversation.pk}/change/"
    assert "Shared" not in client_of(hopper).get(address).text
    link_to(shared)
    assert "1 link" in client_of(hopper).get(address).text


def continue_of(user: User, address: str):
    return client_of(user).post(f"{address}continue/")


def test_reader_continues_a_copy_of_what_is_shared_and_nothing_else(ada, grace, conversation):
    harbour, secret = picture(ada, 40), picture(ada, 41)
    answer(first := ask_with(harbour, conversation), text("Two metres."), usage={"total_tokens": 9})
    answer(other := ask_with(secret, conversation), text("Another version."))
    answer(last := ask(conversation, first), text("Three metres."))
    answer(ask_with(secret, conversation, last), text("Later."))
    opened = continue_of(grace, link_to(last))
    copy = Conversation.objects.get(user=grace)
    assert (opened.status_code, opened.url) == (302, copy.get_absolute_url())
    assert (copy.title, copy.imported_from) == ("Tides", "share")
    beginning, end = copy.responses.all()
    assert (beginning.previous, end.previous) == (None, beginning)
    assert (beginning.answer(), end.answer()) == ("Two metres.", "Three metres.")
    assert {each.user for each in (beginning, end)} == {grace}
    assert [each.usage for each in (beginning, end)] == [None, None]
    assert not Response.objects.filter(conversation=copy, input=other.input).exists()
    (kept,) = copy.attachments.all()
    assert (kept.user, kept.file.name) == (grace, harbour.file.name)
    assert beginning.input[0]["content"][1]["file_id"] == str(kept.pk)
    assert "Copied from a shared conversation on" in client_of(grace).get(opened.url).content.decode()


def test_copy_outlives_the_link_and_the_conversation(ada, grace, conversation):
    harbour = picture(ada, 42)
    answer(response := ask_with(harbour, conversation), text("Two metres."))
    continue_of(grace, link_to(response))
    conversation.delete()
    (kept,) = Attachment.objects.filter(user=grace)
    assert client_of(grace).get(f"/attachments/{kept.pk}/").status_code == 200
    assert "Two metres." in client_of(grace).get(Conversation.objects.get().get_absolute_url()).content.decode()


def test_copy_does_not_have_what_its_sharer_says_about_themselves(grace, shared):
    Response.objects.filter(pk=shared.pk).update(instructions="Be brief.\n\nI sail.")
    continue_of(grace, link_to(shared))
    assert [each.instructions for each in Response.objects.filter(user=grace)] == [""]


def test_copy_is_made_once_and_restored(grace, shared):
    address = link_to(shared)
    first = continue_of(grace, address)
    Conversation.objects.filter(user=grace).update(deleted_at=timezone.now())
    again = continue_of(grace, address)
    assert first.url == again.url
    (copy,) = Conversation.objects.filter(user=grace)
    assert copy.deleted_at is None
    assert copy.responses.count() == 1


def test_owner_continues_the_conversation_itself(ada, conversation, shared):
    assert continue_of(ada, link_to(shared)).url == conversation.get_absolute_url()
    assert Conversation.objects.count() == 1


@pytest.mark.parametrize("end", ["revoked", "deleted"])
def test_link_that_has_ended_says_so_and_cannot_be_continued(grace, conversation, shared, end):
    address = link_to(shared)
    if end == "revoked":
        Share.objects.all().delete()
    else:
        Conversation.objects.filter(pk=conversation.pk).update(deleted_at=timezone.now())
    for gone in (client_of(grace).get(address), continue_of(grace, address)):
        assert gone.status_code == 404
        assert "Ask them for a new link." in gone.content.decode()
    assert not Conversation.objects.filter(user=grace).exists()


def test_own_shares_are_listed_page_by_page(ada, grace, conversation, shared, monkeypatch):
    monkeypatch.setattr("conversations.views.shares.LIST_SIZE", 1)
    answer(later := ask(conversation, shared), text("Three metres."))
    links = [link_to(response) for response in (shared, later)]
    newest = client_of(ada).get("/shares/").content.decode()
    assert links[1] in newest
    assert links[0] not in newest
    assert links[0] in client_of(ada).get("/shares/?page=2").content.decode()
    assert "You share nothing." in client_of(grace).get("/shares/").content.decode()


def test_whole_turn_is_shared_whichever_of_its_responses_is_named(ada, grace, conversation):
    first = ask(conversation)
    step = call_tool(first, called("get_tide", output="1.8 m"), words="I look it up.")
    answer(step, text("Two metres."))
    links = [share(ada, conversation, each).json() for each in (first, step)]
    assert links[0] == links[1]
    assert links[0]["response_id"] == str(step.pk)
    assert links[0]["message"] == first.message()
    html = client_of(grace).get(Share.objects.get().get_absolute_url()).content.decode()
    assert html.count('aria-label="Assistant"') == 1
    assert "I look it up." in html
    assert "Two metres." in html


def test_turn_that_waits_is_not_shared(ada, conversation):
    first = ask(conversation)
    step = call_tool(first, called("get_tide", status="waiting"))
    Response.objects.filter(pk=step.pk).update(status="waiting")
    assert share(ada, conversation, first).json()["error"]["code"] == "response_in_progress"
