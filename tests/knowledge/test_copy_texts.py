"""What the page of a collection says about its copies, and who may have them made."""

import pytest
from django.urls import reverse

from accounts.sharing import Visibility
from knowledge.copy_texts import copy_texts
from knowledge.models import Store, StoredFile
from providers.environment import store_environment
from providers.models import Model, Provider
from tests.support.knowledge import add_read, make_collection


@pytest.fixture
def harbour(db, ada):
    store_environment()
    Model.objects.update(hosted_tools=["file_search"])
    Provider.objects.update(name="OpenAI")
    return make_collection(ada)


def copied(collection, *files: tuple[str, str], state=Store.State.READY) -> Store:
    store = Store.objects.create(collection=collection, provider=Provider.objects.get(), state=state)
    for name, each in files:
        StoredFile.objects.create(store=store, collection_file=add_read(collection, name, name=name), state=each)
    return store


@pytest.mark.parametrize(
    ("state", "files", "text", "is_changing"),
    [
        ("ready", [("a.txt", "ready")], "OpenAI has a copy.", False),
        (
            "ready",
            [("a.txt", "ready"), ("b.pdf", "failed")],
            "OpenAI has a copy. 1 file is only found by its words: b.pdf.",
            False,
        ),
        (
            "ready",
            [(f"{number}.pdf", "failed") for number in range(5)],
            "OpenAI has a copy. 5 files are only found by their words: 0.pdf, 1.pdf, 2.pdf, ….",
            False,
        ),
        (
            "filling",
            [("a.txt", "ready"), ("b.pdf", "indexing"), ("c.pdf", "deleting")],
            "OpenAI is getting a copy: 1 of 3 files.",
            True,
        ),
        ("failed", [], "OpenAI keeps no copy at the moment. That is tried again.", False),
        ("deleting", [("a.txt", "ready")], "The copy at OpenAI is being deleted.", True),
    ],
)
def test_page_says_how_the_copy_is(client, ada, harbour, state, files, text, is_changing):
    copied(harbour, *files, state=state)
    [said] = copy_texts(harbour)
    assert (said.text, said.is_changing) == (text, is_changing)
    client.force_login(ada)
    assert text in client.get(reverse("collection", args=[harbour.pk])).content.decode()


def test_copy_that_will_be_made_is_said_at_once(harbour):
    add_read(harbour, "High tide")
    harbour.is_at_providers = True
    [said] = copy_texts(harbour)
    assert (said.text, said.is_changing) == ("OpenAI is getting a copy: 0 of 1 files.", True)


def test_file_that_was_added_since_is_on_its_way(harbour):
    copied(harbour, ("a.txt", "ready"))
    add_read(harbour, "High tide")
    [said] = copy_texts(harbour)
    assert (said.text, said.is_changing) == ("OpenAI is getting a copy: 1 of 2 files.", True)


def test_nothing_is_said_if_no_provider_has_a_copy(harbour):
    assert copy_texts(harbour) == []


def test_copies_are_offered_only_if_a_provider_searches_in_files(client, ada, harbour):
    client.force_login(ada)
    page = reverse("edit-collection", args=[harbour.pk])
    assert b"is_at_providers" in client.get(page).content
    Model.objects.update(hosted_tools=[])
    assert b"is_at_providers" not in client.get(page).content
    client.post(page, {"name": "Harbour", "visibility": "private", "is_at_providers": "on"})
    harbour.refresh_from_db()
    assert harbour.is_at_providers is False
    # Who has a copy can still end that.
    type(harbour).objects.update(is_at_providers=True)
    assert b"is_at_providers" in client.get(page).content


def test_only_the_owner_has_copies_made(client, hopper, harbour):
    type(harbour).objects.update(visibility=Visibility.EVERYBODY)
    client.force_login(hopper)
    page = reverse("edit-collection", args=[harbour.pk])
    assert b"is_at_providers" not in client.get(page).content
    client.post(page, {"name": "Quay", "visibility": "everybody", "is_at_providers": "on"})
    harbour.refresh_from_db()
    assert (harbour.name, harbour.is_at_providers) == ("Quay", False)
