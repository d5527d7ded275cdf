"""The review: its list and its filters, who may use it, and that nothing can be changed in it."""

import html
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from conversations.models import Attachment, Conversation, Item, Response
from tests.support.conversations import finish, queue_message

LIST = "/admin/conversations/conversation/"


@pytest.fixture
def conversation(ada) -> Conversation:
    return Conversation.objects.create(user=ada, title="Tides")


@pytest.fixture
def admin(client, hopper):
    client.force_login(hopper)
    return client


@pytest.fixture
def reviewer(db) -> User:
    """Return a staff user who may review conversations and do nothing else."""
    user = User.objects.create_user("katherine", password="orbital mechanics", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_conversation"))
    return user


def question(text: str, *more: Item) -> list[Item]:
    return [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}, *more]}]


def answer(text: str) -> Item:
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}


def answered(
    conversation: Conversation, reply: str = "Two metres.", *, status: str = "completed", **fields: Any
) -> Response:
    previous = fields.pop("previous", None)
    response, _ = queue_message(conversation, user=conversation.user, input=question("How high?"), previous=previous)
    finish(response, status, output=[answer(reply)], sequence_number=1, **fields)
    return response


def transcript(client, conversation) -> str:
    page = client.get(f"{LIST}{conversation.pk}/change/")
    assert page.status_code == 200
    return page.content.decode()


def titles(client, **filters) -> list[str]:
    page = client.get(LIST, filters)
    assert page.status_code == 200
    return [conversation.title for conversation in page.context["cl"].result_list]


# Who may use it


PAGES = [LIST, f"{LIST}{{pk}}/change/", f"{LIST}{{pk}}/history/"]


@pytest.mark.parametrize("page", PAGES)
def test_anonymous_visitor_signs_in_and_comes_back(client, conversation, page):
    page = page.format(pk=conversation.pk)
    asked = client.get(page, follow=True)
    assert asked.redirect_chain[-1][0] == f"{reverse('sign-in')}?next={page}"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("person", ["ada", "mallory"])
def test_non_admins_are_refused_without_a_redirect_loop(client, conversation, request, person, page):
    client.force_login(request.getfixturevalue(person))
    assert client.get(page.format(pk=conversation.pk), follow=True).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_staff_need_permission_to_review(client, conversation, reviewer, page):
    page = page.format(pk=conversation.pk)
    client.force_login(reviewer)
    assert client.get(page).status_code == 200

    reviewer.user_permissions.clear()
    assert client.get(page).status_code == 403


def test_signed_in_admin_is_not_asked_again(admin):
    assert admin.get("/admin/login/").headers["Location"] == "/admin/"


@pytest.mark.parametrize("pk", [uuid.UUID(int=0), "no-uuid", "1"])
def test_missing_conversation_is_not_found(admin, pk):
    assert admin.get(f"{LIST}{pk}/change/").status_code == 404


def test_reading_a_transcript_is_logged(admin, hopper, conversation, caplog):
    with caplog.at_level("INFO", logger="review.admin"):
        transcript(admin, conversation)
    assert f"user {hopper.pk} reads conversation {conversation.pk}" in caplog.text


def test_transcript_links_back_to_the_list_and_to_the_person(admin, client, conversation, reviewer):
    answered(conversation)
    (title,) = re.findall(rf'<a href="({LIST}{conversation.pk}[^"]*)"', admin.get(LIST, {"q": "high"}).content.decode())
    page = admin.get(html.unescape(title)).content.decode()
    account = f'href="/admin/accounts/user/{conversation.user_id}/change/"'
    for link in (f'href="{LIST}?q=high"', f'href="{LIST}?person=ada"', account):
        assert link in page

    client.force_login(reviewer)
    assert account not in transcript(client, conversation)


# Nothing can be changed


def stored() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Conversation, Response, Attachment)]


@pytest.mark.parametrize(
    ("page", "get", "other"),
    [
        ("add/", 403, 403),
        ("{pk}/delete/", 403, 403),
        ("{pk}/change/", 200, 405),
        ("{pk}/history/", 200, 200),
        ("", 200, 200),
    ],
)
def test_stored_conversations_cannot_be_changed(admin, conversation, page, get, other):
    answered(conversation)
    before = stored()
    url = f"{LIST}{page.format(pk=conversation.pk)}"
    form = {
        "title": "Changed",
        "post": "yes",
        "action": "delete_selected",
        "_selected_action": str(conversation.pk),
        "_save": "Save",
    }
    assert admin.get(url).status_code == get
    assert admin.post(url, form).status_code in (other, 302)
    for method in ("PUT", "PATCH", "DELETE"):
        assert admin.generic(method, url, "{}", "application/json").status_code == other
    assert stored() == before


@pytest.mark.parametrize("model", ["response", "attachment"])
@pytest.mark.parametrize("page", ["", "add/", "{pk}/change/", "{pk}/delete/"])
def test_responses_and_attachments_have_no_admin_pages(admin, conversation, model, page):
    response = answered(conversation)
    assert admin.get(f"/admin/conversations/{model}/{page.format(pk=response.pk)}").status_code == 404


@pytest.mark.parametrize("query", ["user__password__startswith=m", "responses__input__contains=1", "_to_field=title"])
def test_lookups_beyond_the_filters_are_refused(admin, conversation, query):
    assert admin.get(f"{LIST}?{query}").status_code == 400


def test_no_page_offers_changes(admin, conversation):
    answered(conversation)
    for page in (admin.get(LIST).content.decode(), transcript(admin, conversation)):
        assert "/add/" not in re.sub(r"/admin/(accounts|auth)/\w+/add/", "", page)
        assert "/delete/" not in page
        assert 'name="action"' not in page
        assert 'name="_save"' not in page


# The list


def test_list_summarizes_each_conversation(admin, conversation):
    first = answered(conversation, usage={"total_tokens": 1_200})
    Response.objects.filter(pk=first.pk).update(model="gpt-older")
    image = {"type": "input_image", "image_url": "https://example.org/harbour.png"}
    second, _ = queue_message(conversation, user=conversation.user, input=question("And here?", image), previous=first)
    Response.objects.filter(pk=second.pk).update(model="gpt-newer")
    finish(second, "failed", output=[], sequence_number=1, usage={"total_tokens": 34})

    page = admin.get(LIST)
    (listed,) = page.context["cl"].result_list
    assert (listed.response_count, listed.token_count, listed.newest_status) == (2, 1_234, "failed")
    assert (listed.model_names, listed.has_images) == (["gpt-newer", "gpt-older"], True)
    for words in ("Tides", "ada", "gpt-newer, gpt-older", "Failed", "1,234"):
        assert words in page.content.decode()


@pytest.mark.parametrize("usage", [None, {}, {"total_tokens": None}, {"total_tokens": "many"}, [1], "x", 7])
def test_missing_token_counts_break_no_page(admin, conversation, usage):
    answered(conversation, usage=usage)
    assert titles(admin) == ["Tides"]
    transcript(admin, conversation)


def test_conversation_without_title_and_messages_is_listed(admin, ada):
    untitled = Conversation.objects.create(user=ada)
    assert "Untitled" in admin.get(LIST).content.decode()
    assert "No messages yet." in transcript(admin, untitled)


def test_newest_conversations_come_first(admin, ada):
    now = timezone.now()
    for age, title in enumerate(["today", "yesterday", "before"]):
        Conversation.objects.create(user=ada, title=title, updated_at=now - timedelta(days=age))
    assert titles(admin) == ["today", "yesterday", "before"]
    assert titles(admin, o="8") == ["before", "yesterday", "today"]


@pytest.mark.parametrize("looked_through", [(100,), ()])
def test_filters_narrow_the_list(admin, ada, grace, monkeypatch, looked_through):
    # Without looking through the newest ones, what passes is found by the indexes.
    monkeypatch.setattr("review.list.LOOKED_THROUGH", looked_through)
    boats = Conversation.objects.create(user=grace, title="Boats")
    tides = Conversation.objects.create(user=ada, title="Tides")
    failed = answered(boats, status="failed")
    answered(boats, previous=failed)
    Response.objects.filter(conversation=boats).update(model="gpt-other")
    queue_message(tides, user=ada, input=question("Where?", {"type": "input_image", "file_id": str(uuid.uuid4())}))

    assert titles(admin) == ["Tides", "Boats"]
    assert titles(admin, person="grace") == ["Boats"]
    assert titles(admin, model="gpt-other") == ["Boats"]
    assert titles(admin, status="failed") == ["Boats"]
    assert titles(admin, status="completed") == ["Boats"]
    assert titles(admin, status="queued") == ["Tides"]
    assert titles(admin, status="cancelled") == []
    assert titles(admin, images="yes") == ["Tides"]
    assert titles(admin, images="no") == ["Boats"]
    assert titles(admin, person="grace", images="yes") == []
    assert titles(admin, status="failed", images="no", model="gpt-other") == ["Boats"]
    assert titles(admin, status="failed", images="no", q="two metres") == ["Boats"]


def test_deleted_conversation_stays_listed_and_marked(admin, ada, conversation):
    Conversation.objects.create(user=ada, title="Boats").mark(deleted=True)
    assert titles(admin) == ["Boats", "Tides"]
    assert titles(admin, deleted="yes") == ["Boats"]
    assert titles(admin, deleted="no") == ["Tides"]
    page = admin.get(LIST).text
    assert ">Boats (deleted)</a>" in page
    assert ">Tides</a>" in page
    assert "Deleted</dt>" in transcript(admin, Conversation.objects.get(title="Boats"))
    assert "Deleted</dt>" not in transcript(admin, conversation)


def test_filters_ignore_unknown_values(admin, conversation):
    answered(conversation)
    for name in ("model", "status", "images", "deleted"):
        assert titles(admin, **{name: "\x00'; --"}) == ["Tides"]


def test_person_is_found_by_a_name_that_is_typed(admin, ada, grace, monkeypatch):
    monkeypatch.setattr("review.filters.MAX_SUGGESTED", 1)
    for user in (ada, grace):
        answered(Conversation.objects.create(user=user, title=f"of {user}"))
    page = admin.get(LIST, {"q": "metres", "images": "no"}).text
    assert '<option value="ada">' in page
    assert '<option value="grace">' not in page
    # What else was chosen stays.
    form = page[page.index('class="person-filter"') :]
    assert '<input type="hidden" name="q" value="metres">' in form
    assert '<input type="hidden" name="images" value="no">' in form

    assert titles(admin, person=" grace ") == ["of grace"]
    assert titles(admin, person="") == ["of grace", "of ada"]
    for nobody in ("gra", "nobody", "\x00'; --", "x" * 10_000):
        assert titles(admin, person=nobody) == []


def test_conversations_are_filtered_by_the_time_of_the_last_message(admin, ada):
    now = timezone.now()
    Conversation.objects.create(user=ada, title="old", updated_at=now - timedelta(days=40))
    Conversation.objects.create(user=ada, title="new", updated_at=now)
    page = admin.get(LIST)
    (choices,) = (
        list(spec.choices(page.context["cl"]))
        for spec in page.context["cl"].filter_specs
        if spec.title == "last message"
    )
    week = next(choice["query_string"] for choice in choices if choice["display"] == "Past 7 days")
    assert [listed.title for listed in admin.get(LIST + week).context["cl"].result_list] == ["new"]


def test_search_box_finds_words_of_messages_and_answers(admin, ada):
    for title, reply in (("Tides", "Two metres at noon."), ("Boats", "Too windy.")):
        answered(Conversation.objects.create(user=ada, title=title), reply=reply)
    assert titles(admin, q="noon") == ["Tides"]
    assert titles(admin, q="boat") == ["Boats"]
    assert titles(admin, q="high -noon") == ["Boats"]
    assert titles(admin, q="wind", person="ada") == ["Boats"]
    assert titles(admin, q="\x00") == ["Boats", "Tides"]
