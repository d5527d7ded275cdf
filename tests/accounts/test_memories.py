"""What models remember of a person: only they read, change and delete it."""

import json
import uuid

import pytest
from django.test import Client

from accounts.memories import MAX_MEMORIES, remember
from accounts.models import Memory
from common.refusal import Refused

pytestmark = pytest.mark.django_db


def put(client: Client, pk: object, text: object):
    return client.put(f"/memories/{pk}/", json.dumps({"text": text}), content_type="application/json")


@pytest.fixture
def browser(client, ada) -> Client:
    client.force_login(ada)
    return client


def test_fact_that_is_known_is_not_kept_twice(ada, grace):
    first = remember(ada.pk, "Sails a  ketch.\n")
    assert first.text == "Sails a ketch."
    assert remember(ada.pk, "Sails a ketch.") == first
    assert remember(grace.pk, "Sails a ketch.") != first


@pytest.mark.parametrize("text", ["", " \n", "\u202e", "a" * 501])
def test_what_says_nothing_or_too_much_is_refused(ada, text):
    with pytest.raises(Refused):
        remember(ada.pk, text)


def test_there_is_a_limit(ada):
    Memory.objects.bulk_create(Memory(user=ada, text=str(number)) for number in range(MAX_MEMORIES))
    with pytest.raises(Refused, match="too_many_memories"):
        remember(ada.pk, "One more")
    assert remember(ada.pk, "7").text == "7"


def test_memory_is_listed_changed_deleted_and_brought_back(browser, ada):
    kept = remember(ada.pk, "Sails a <b>ketch</b>.", conversation=uuid.uuid4())
    page = browser.get("/preferences/").text
    assert "Sails a &lt;b&gt;ketch&lt;/b&gt;." in page
    assert f"/conversations/{kept.conversation}/" in page
    assert put(browser, kept.pk, "Sails a sloop.").json() == {"id": str(kept.pk), "text": "Sails a sloop."}
    assert browser.delete(f"/memories/{kept.pk}/").status_code == 204
    assert browser.delete(f"/memories/{kept.pk}/").status_code == 404
    assert put(browser, kept.pk, "Sails a sloop.").status_code == 200
    assert [(each.pk, each.text) for each in Memory.objects.all()] == [(kept.pk, "Sails a sloop.")]


@pytest.mark.parametrize("text", ["", None, "a" * 501, "\x00", 7])
def test_what_is_no_memory_changes_nothing(browser, ada, text):
    kept = remember(ada.pk, "Sails.")
    assert put(browser, kept.pk, text).status_code == 400
    assert Memory.objects.get().text == "Sails."


def test_nobody_else_reads_changes_or_deletes_it(browser, grace):
    kept = remember(grace.pk, "Rows.")
    assert "Rows." not in browser.get("/preferences/").text
    assert put(browser, kept.pk, "Swims.").status_code == 404
    assert browser.delete(f"/memories/{kept.pk}/").status_code == 404
    assert browser.delete("/memories/").status_code == 204
    assert [each.text for each in Memory.objects.all()] == ["Rows."]


def test_all_of_it_is_deleted_at_once(browser, ada):
    remember(ada.pk, "Sails.")
    remember(ada.pk, "Rows.")
    assert browser.delete("/memories/").status_code == 204
    assert not Memory.objects.exists()


def test_strangers_are_refused(client, ada):
    kept = remember(ada.pk, "Sails.")
    for answer in (client.delete("/memories/"), client.delete(f"/memories/{kept.pk}/"), put(client, kept.pk, "x")):
        assert answer.status_code == 401
    assert Memory.objects.exists()


def test_memory_is_off_until_it_is_switched_on(browser, ada):
    assert not ada.memory_is_on
    browser.post("/preferences/", {"enter_sends": "True", "memory_is_on": "on"})
    ada.refresh_from_db()
    assert ada.memory_is_on
