"""The page "Files": what a person uploaded or had made, where it is used, and how it is deleted."""

import uuid

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from conversations.attachments import keep, keep_file, keep_made
from conversations.models import Attachment, Conversation
from files.kinds.images import prepare
from tests.support.clients import client_of
from tests.support.conversations import ask
from tests.support.images import encoded, image
from tests.support.knowledge import add_read, make_collection


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def browser(ada) -> Client:
    return client_of(ada)


@pytest.fixture
def conversation(ada) -> Conversation:
    return Conversation.objects.create(user=ada, title="Tides of March")


def names_on(page: str) -> list[str]:
    return [piece.partition('"')[0] for piece in page.split(' data-name="')[1:]]


def picture(user: User, name: str = "harbour.png", conversation: Conversation | None = None) -> Attachment:
    return keep(prepare(encoded(image())), name, user.pk, conversation.pk if conversation else None)


def test_everything_that_one_uploaded_or_had_made_is_listed_with_its_use(browser, ada, grace, conversation):
    picture(ada, "unsent.png")
    picture(ada, "sent.png", conversation)
    response = ask(conversation)
    keep_made(b"a,b", "made.csv", response)
    add_read(make_collection(ada, name="Handbook"), "High tide is at noon.", name="tides.pdf")
    picture(grace, "of-grace.png")
    page = browser.get("/files/").text
    assert names_on(page) == ["tides.pdf", "made.csv", "sent.png", "unsent.png"]
    assert "Not sent yet" in page
    assert f'<a href="/conversations/{conversation.pk}/" dir="auto">Tides of March</a>' in page
    assert f'<a href="/conversations/{conversation.pk}/?response={response.pk}" dir="auto">Tides of March</a>' in page
    assert "Made by a model" in page
    assert 'dir="auto">Handbook</a>' in page


def test_what_one_cannot_open_is_not_listed(browser, ada, grace, conversation):
    picture(ada, "temporary.png", Conversation.objects.create(user=ada, is_temporary=True))
    picture(ada, "deleted.png", Conversation.objects.create(user=ada, deleted_at=timezone.now()))
    add_read(make_collection(ada, deleted_at=timezone.now()), "x", name="in-deleted-collection.pdf")
    gone = add_read(make_collection(ada), "y", name="deleted.pdf")
    type(gone).objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    # Grace's, to which ada once could add.
    add_read(make_collection(grace), "z", name="private.pdf")
    assert names_on(browser.get("/files/").text) == []
    assert "Nothing here yet." in browser.get("/files/").text


def test_files_are_found_by_name_and_kind(browser, ada, conversation):
    picture(ada, "Harbour.png", conversation)
    keep_file(b"abc", "harbour.zip", ada.pk, conversation.pk)
    add_read(make_collection(ada), "High tide is at noon.", name="harbour.pdf")
    assert names_on(browser.get("/files/", {"q": " HARBOUR\0"}).text) == ["harbour.pdf", "harbour.zip", "Harbour.png"]
    for kind, name in {"image": "Harbour.png", "pdf": "harbour.pdf", "file": "harbour.zip"}.items():
        assert names_on(browser.get("/files/", {"kind": kind}).text) == [name]
        assert f'<option value="{kind}">' in browser.get("/files/").text
    assert len(names_on(browser.get("/files/", {"kind": "nothing"}).text)) == 3
    assert "No file matches." in browser.get("/files/", {"q": "x" * 500}).text


def test_collections_with_the_same_content_are_named(browser, ada, grace, conversation):
    pilots = Group.objects.create(name="Pilots")
    ada.groups.add(pilots)
    read = add_read(make_collection(grace, name="Shared", groups=[pilots]), "High tide is at noon.")
    add_read(make_collection(grace, name="Secret"), "High tide is at noon.")
    attachment = keep_file(b"abc", "mine.pdf", ada.pk, conversation.pk)
    Attachment.objects.filter(pk=attachment.pk).update(document=read.document)
    page = browser.get("/files/").text
    assert names_on(page) == ["mine.pdf"]
    assert 'dir="auto">Shared</a>' in page
    assert "Secret" not in page


def test_many_files_come_in_pages_without_more_queries(browser, ada, conversation):
    def queries(page: str = "1") -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get("/files/", {"page": page})
        return len(captured)

    collection = make_collection(ada)
    add_read(collection, "first")
    picture(ada, "first.png", conversation)
    few = queries()
    for number in range(30):
        keep_file(b"abc", f"{number}.zip", ada.pk, conversation.pk)
        add_read(collection, f"text {number}", name=f"{number}.pdf")
    assert queries() == few
    assert len(names_on(browser.get("/files/").text)) == 50
    assert names_on(browser.get("/files/", {"page": "2"}).text)[-2:] == ["first.png", "tides.pdf"]


def test_own_file_is_deleted_and_restored(browser, ada, conversation):
    attachment = picture(ada, "sent.png", conversation)
    address = f"/files/{attachment.pk}/"
    assert browser.delete(address).status_code == 204
    assert names_on(browser.get("/files/").text) == []
    assert browser.delete(address).status_code == 404
    assert browser.patch(address).status_code == 204
    assert names_on(browser.get("/files/").text) == ["sent.png"]


def test_files_of_others_are_neither_deleted_nor_restored(browser, ada, grace, hopper):
    theirs = picture(grace, "theirs.png", Conversation.objects.create(user=grace))
    for client in (browser, client_of(hopper)):
        assert client.delete(f"/files/{theirs.pk}/").status_code == 404
    Attachment.objects.update(deleted_at=timezone.now())
    for client in (browser, client_of(hopper)):
        assert client.patch(f"/files/{theirs.pk}/").status_code == 404
    assert Attachment.objects.get().deleted_at


def test_collection_that_was_deleted_just_now_can_be_brought_back(browser, ada, grace):
    gone, theirs = (make_collection(user, name="Gone", deleted_at=timezone.now()) for user in (ada, grace))
    assert f'value="/knowledge/{gone.pk}/restore/"' in browser.get("/files/", {"deleted": gone.pk}).text
    for other in (theirs.pk, make_collection(ada).pk, uuid.uuid4(), "nothing"):
        assert "was deleted" not in browser.get("/files/", {"deleted": other}).text


def test_collections_are_listed_with_what_is_in_them(browser, ada, grace):
    add_read(make_collection(ada, name="Handbook"), "High tide is at noon.")
    make_collection(grace, name="For all", visibility="everybody")
    make_collection(grace, name="Hers")
    page = browser.get("/files/").text
    for words in (
        "Handbook",
        "1 file",
        "By you · Only for you",
        "For all",
        "No files yet",
        "By grace · For everybody",
    ):
        assert words in page
    assert "Hers" not in page


def test_long_list_of_collections_comes_in_pages(browser, ada):
    for number in range(12):
        make_collection(ada, name=f"Collection {number:02}")
    assert "Collection 09" in browser.get("/files/").text
    assert "Collection 10" not in browser.get("/files/").text
    assert "Collection 11" in browser.get("/files/", {"collections": "2"}).text
