"""Prompts: who sees, inserts, changes and shares them, and what may be in them."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from assistants import prompts
from assistants.models import Prompt
from tests.support.clients import client_of

TEXTS = {"name": "Letter", "text": "Dear {{customer}},\n\n{{ today }}"}
LETTER = TEXTS | {"visibility": "private"}


@pytest.fixture
def browser(ada) -> Client:
    return client_of(ada)


@pytest.fixture
def prompt(ada) -> Prompt:
    return Prompt.objects.create(owner=ada, **TEXTS)


def allow(user: User, codename: str) -> None:
    user.user_permissions.add(Permission.objects.get(codename=codename))


def names(client: Client) -> list[str]:
    return [each["name"] for each in client.get("/prompts/choices/").json()["prompts"]]


def pieces(client: Client, prompt: Prompt) -> list[str]:
    return client.get(reverse("prompt-text", args=[prompt.pk])).json()["pieces"]


def test_prompt_is_made_listed_and_changed(browser, ada):
    answer = browser.post("/prompts/new/", LETTER, follow=True)
    assert answer.redirect_chain == [("/prompts/", 302)]
    assert '<p class="success" role="status">Prompt saved.</p>' in answer.text
    made = Prompt.objects.get()
    assert (made.owner, made.name, made.text, made.is_shared) == (ada, *TEXTS.values(), False)
    assert "Letter</a>" in answer.text
    assert "Dear {{customer}}, {{ today }}" in answer.text

    browser.post(f"/prompts/{made.pk}/", {"name": " A\nletter ", "text": "Dear\r\nall", "visibility": "private"})
    made.refresh_from_db()
    assert (made.name, made.text) == ("A letter", "Dear\nall")


def test_list_is_in_order_and_in_pages(browser, ada):
    Prompt.objects.bulk_create(Prompt(owner=ada, name=f"{number:03}", text="x") for number in range(51))
    Prompt.objects.create(owner=ada, name="b", text="x")
    Prompt.objects.create(owner=ada, name="A", text="x")
    assert names(browser)[-3:] == ["050", "A", "b"]
    assert browser.get("/prompts/").text.count('<p class="name"') == 50
    assert browser.get("/prompts/?page=2").text.count('<p class="name"') == 3


def test_what_people_write_is_no_html(browser, ada):
    Prompt.objects.create(owner=ada, name="<b>", text="<script>", is_shared=True)
    for page in ("/prompts/", f"/prompts/{Prompt.objects.get().pk}/"):
        text = browser.get(page).text
        assert "<b>" not in text
        assert "<script>" not in text


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "\u202e"},
        {"name": "a" * 101},
        {"name": "nul\0"},
        {"text": ""},
        {"text": " \n"},
        {"text": "a" * 10_001},
        {"text": "nul\0"},
    ],
)
def test_what_cannot_be_kept_is_refused_and_stays_in_the_form(browser, wrong):
    answer = browser.post("/prompts/new/", LETTER | wrong)
    assert set(answer.context["form"].errors) == set(wrong)
    assert "Dear {{customer}}" in answer.text or "text" in wrong
    assert not Prompt.objects.exists()


def test_longest_prompt_in_the_longest_characters_fits_into_a_request(browser):
    for text in ("🌊" * 10_000, "\r\n".join(["a"] * 5000)):
        answer = browser.post("/prompts/new/", {"name": "🌊" * 100, "text": text, "visibility": "private"})
        assert answer.status_code == 302
        assert Prompt.objects.latest("created_at").text == text.replace("\r", "")


def test_deleted_prompt_can_be_restored_for_a_while(browser, prompt):
    assert browser.delete(f"/prompts/{prompt.pk}/").status_code == 204
    for method, path in (("get", ""), ("post", ""), ("delete", ""), ("get", "text/")):
        assert getattr(browser, method)(f"/prompts/{prompt.pk}/{path}").status_code == 404
    assert names(browser) == []
    assert browser.post(f"/prompts/{prompt.pk}/restore/").status_code == 204
    assert names(browser) == ["Letter"]


def test_prompt_that_was_deleted_long_ago_is_removed(ada):
    now = timezone.now()
    for name, deleted_at in (("kept", None), ("new", now), ("old", now - prompts.RETENTION - timedelta(minutes=1))):
        Prompt.objects.create(owner=ada, name=name, text="x", deleted_at=deleted_at)
    prompts.remove_due()
    assert [each.name for each in Prompt.objects.all()] == ["kept", "new"]


def test_nobody_has_more_prompts_than_a_page_can_bear(browser, prompt, monkeypatch):
    monkeypatch.setattr("assistants.prompts.MAX_PROMPTS", 2)
    browser.delete(f"/prompts/{prompt.pk}/")
    for _ in range(2):
        assert browser.post("/prompts/new/", LETTER).status_code == 302
    assert "You already have 2 prompts. Delete one first." in browser.post("/prompts/new/", LETTER).text
    answer = browser.post(f"/prompts/{prompt.pk}/restore/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too_many_prompts")
    assert len(names(browser)) == 2
    assert browser.post(f"/prompts/{Prompt.objects.filter(deleted_at=None)[0].pk}/", LETTER).status_code == 302


def test_private_prompts_are_their_owners_alone(prompt, grace, hopper):
    for other in (client_of(grace), client_of(hopper)):
        assert names(other) == []
        assert "Letter" not in other.get("/prompts/").text


def test_shared_prompts_are_inserted_by_everybody_and_changed_by_few(ada, grace, hopper, prompt):
    allow(ada, "share_prompt")
    client_of(ada).post(f"/prompts/{prompt.pk}/", LETTER | {"visibility": "everybody"})
    other = client_of(grace)
    assert names(other) == ["Letter"]
    assert pieces(other, prompt)[0] == "Dear "
    assert "Shared by ada" in other.get("/prompts/").text
    assert reverse("prompt", args=[prompt.pk]) not in other.get("/prompts/").text
    for method, path in (("get", ""), ("post", ""), ("delete", ""), ("post", "restore/")):
        assert getattr(other, method)(f"/prompts/{prompt.pk}/{path}").status_code == 404

    # Those who may change everybody's don't become their owners, and don't take them from everybody else.
    client_of(hopper).post(f"/prompts/{prompt.pk}/", {"name": "Corrected", "text": "x", "visibility": "everybody"})
    prompt.refresh_from_db()
    assert (prompt.name, prompt.owner, prompt.is_shared) == ("Corrected", ada, True)
    client_of(hopper).post(f"/prompts/{prompt.pk}/", LETTER)
    prompt.refresh_from_db()
    assert prompt.name == "Corrected"


def test_prompts_of_a_group_are_inserted_by_its_people_alone(ada, grace, mallory, hopper, prompt):
    editors, sailors = Group.objects.create(name="Editors"), Group.objects.create(name="Sailors")
    grace.groups.add(editors, sailors)
    allow(ada, "share_prompt")
    page = client_of(ada)
    refused = page.post(f"/prompts/{prompt.pk}/", LETTER | {"visibility": "groups"})
    assert refused.context["form"].errors["groups"] == ["Choose at least one group."]
    page.post(f"/prompts/{prompt.pk}/", LETTER | {"visibility": "groups", "groups": [editors.pk, sailors.pk]})
    prompt.refresh_from_db()
    assert (prompt.is_shared, {*prompt.groups.all()}) == (False, {editors, sailors})
    assert "Shared with Editors, Sailors" in page.get("/prompts/").text

    assert names(client_of(grace)) == ["Letter"]
    assert pieces(client_of(grace), prompt)[0] == "Dear "
    assert names(client_of(mallory)) == []
    assert "Letter" not in client_of(mallory).get("/prompts/").text
    assert client_of(mallory).get(f"/prompts/{prompt.pk}/text/").status_code == 404
    assert client_of(hopper).get(f"/prompts/{prompt.pk}/").status_code == 200

    grace.groups.clear()
    assert names(client_of(grace)) == []
    assert client_of(grace).get(f"/prompts/{prompt.pk}/text/").status_code == 404

    page.post(f"/prompts/{prompt.pk}/", LETTER | {"visibility": "private", "groups": [editors.pk]})
    assert not prompt.groups.exists()


def test_sharing_needs_a_permission_and_ending_it_needs_none(ada, browser, prompt):
    group = Group.objects.create(name="Editors")
    page = browser.get("/prompts/new/").text
    assert 'value="everybody"' not in page
    assert "Editors" not in page
    assert "ask an admin for the right to share prompts." in page
    for visibility in ("everybody", "groups"):
        sent = LETTER | {"visibility": visibility, "groups": [group.pk]}
        assert browser.post(f"/prompts/{prompt.pk}/", sent).context["form"].errors
        assert browser.post("/prompts/new/", sent).context["form"].errors
    assert [each.visibility for each in Prompt.objects.all()] == ["private"]

    Prompt.objects.filter(pk=prompt.pk).update(is_shared=True)
    assert "Everybody" in browser.get(f"/prompts/{prompt.pk}/").text
    browser.post(f"/prompts/{prompt.pk}/", LETTER | {"visibility": "private"})
    prompt.refresh_from_db()
    assert not prompt.is_shared


def test_groups_of_a_prompt_can_become_fewer_without_a_permission(browser, prompt):
    kept, taken, other = (Group.objects.create(name=name) for name in ("Kept", "Taken", "Other"))
    prompt.groups.set([kept, taken])
    sent = LETTER | {"visibility": "groups", "groups": [kept.pk]}
    assert browser.post(f"/prompts/{prompt.pk}/", sent | {"groups": [kept.pk, other.pk]}).context["form"].errors
    browser.post(f"/prompts/{prompt.pk}/", sent)
    assert [*prompt.groups.all()] == [kept]


def test_text_comes_in_pieces_with_the_known_variables_filled_in(ada, browser):
    ada.first_name, ada.last_name = "Ada", "{{customer}}"
    ada.save()
    text = "{{customer}}, {{name}} writes in {{ language }} on {{today}} to {{customer}}{{größe}} {{no such}}"
    prompt = Prompt.objects.create(owner=ada, name="x", text=text)
    today = timezone.localdate().isoformat()
    # What a person is called is no variable, however it looks.
    assert pieces(browser, prompt) == [
        "",
        "customer",
        f", Ada {{{{customer}}}} writes in English on {today} to ",
        "customer",
        "",
        "größe",
        " {{no such}}",
    ]
