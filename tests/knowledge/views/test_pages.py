"""The pages of collections: who sees, makes and changes them, and what is shown of their files."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.sharing import Visibility
from knowledge.models import Collection, CollectionFile
from tests.support.clients import client_of
from tests.support.knowledge import add_read, make_collection

FORM = {"name": "Harbour", "description": "All tides", "visibility": "private"}
State = CollectionFile.State


@pytest.fixture
def browser(ada) -> Client:
    return client_of(ada)


def add(collection: Collection, name: str, state: State = State.WAITING, **fields) -> CollectionFile:
    digest = f"{name:0>64}"
    return CollectionFile.objects.create(
        collection=collection, digest=digest, name=name, size=1200, state=state, added_by=collection.owner, **fields
    )


def names_on(page: str) -> list[str]:
    return [piece.partition('"')[0] for piece in page.split(' data-name="')[1:]]


def test_collection_is_made_and_changed(browser, ada):
    answer = browser.post("/knowledge/new/", FORM | {"name": " The\nharbour "}, follow=True)
    made = Collection.objects.get()
    assert answer.redirect_chain == [(f"/knowledge/{made.pk}/", 302)]
    assert (made.owner, made.name, made.visibility, made.is_at_providers) == (ada, "The harbour", "private", False)
    assert "Nothing here yet. Upload" in answer.text
    changed = FORM | {"name": "Tides"}
    answer = browser.post(f"/knowledge/{made.pk}/edit/", changed, follow=True)
    assert '<p class="success" role="status">Collection saved.</p>' in answer.text
    assert "<h1" in answer.text
    assert Collection.objects.get().name == "Tides"


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": "\u202e"}, {"name": "a" * 101}, {"description": "a" * 501}])
def test_what_cannot_be_kept_is_refused(browser, wrong):
    answer = browser.post("/knowledge/new/", FORM | wrong)
    assert set(answer.context["form"].errors) == set(wrong)
    assert not Collection.objects.exists()


def test_groups_are_offered_if_there_are_some(browser, ada):
    ada.user_permissions.add(Permission.objects.get(codename="share_collection"))
    form = browser.get("/knowledge/new/").context["form"]
    assert "groups" not in form.fields
    assert [value for value, _ in form.fields["visibility"].choices] == ["private", "everybody"]
    Group.objects.create(name="Pilots")
    form = browser.get("/knowledge/new/").context["form"]
    assert [value for value, _ in form.fields["visibility"].choices] == ["private", "groups", "everybody"]


def test_sharing_is_a_right(browser, ada):
    assert "visibility" in browser.post("/knowledge/new/", FORM | {"visibility": "everybody"}).context["form"].errors
    ada.user_permissions.add(Permission.objects.get(codename="share_collection"))
    pilots = Group.objects.create(name="Pilots")
    browser.post("/knowledge/new/", FORM | {"visibility": "groups", "groups": [pilots.pk]})
    made = Collection.objects.get()
    assert (made.visibility, [*made.groups.all()]) == (Visibility.GROUPS, [pilots])
    # Whoever may not share any more may still end it.
    ada.user_permissions.clear()
    client_of(User.objects.get(pk=ada.pk)).post(f"/knowledge/{made.pk}/edit/", FORM)
    made.refresh_from_db()
    assert (made.visibility, [*made.groups.all()]) == (Visibility.PRIVATE, [])


def test_person_has_so_many_collections(browser, ada, monkeypatch):
    monkeypatch.setattr("knowledge.permissions.MAX_COLLECTIONS", 1)
    make_collection(ada)
    answer = browser.post("/knowledge/new/", FORM)
    assert answer.status_code == 409
    assert "You already have 1 collections. Delete one first." in answer.text
    assert Collection.objects.count() == 1


def test_team_mate_reads_what_is_shared_and_changes_nothing(ada, grace, mallory):
    pilots = Group.objects.create(name="Pilots")
    grace.groups.add(pilots)
    shared = make_collection(ada, groups=[pilots])
    add_read(shared, "High tide is at noon.")
    page = client_of(grace).get(f"/knowledge/{shared.pk}/").text
    assert "tides.pdf" in page
    assert "By ada · For Pilots" in page
    for words in ("Upload files", "Delete", "Edit<"):
        assert words not in page
    assert client_of(grace).get(f"/knowledge/{shared.pk}/edit/").status_code == 404
    assert client_of(mallory).get(f"/knowledge/{shared.pk}/").status_code == 404


def test_whoever_may_change_what_is_shared_sees_its_page(ada, grace):
    shared = make_collection(ada, groups=[Group.objects.create(name="Pilots")])
    grace.user_permissions.add(Permission.objects.get(codename="change_collection"))
    assert "Upload files" in client_of(grace).get(f"/knowledge/{shared.pk}/").text
    Collection.objects.filter(pk=shared.pk).update(visibility=Visibility.PRIVATE)
    assert client_of(grace).get(f"/knowledge/{shared.pk}/").status_code == 404


def test_state_of_each_file_is_said(browser, ada):
    collection = make_collection(ada)
    for number, (state, problem) in enumerate([(State.WAITING, ""), (State.READING, ""), (State.FAILED, "broken")]):
        add(collection, f"{number}.pdf", state, problem=problem)
    add_read(collection, "High tide is at noon.", "Low tide is at six.")
    page = browser.get(f"/knowledge/{collection.pk}/").text
    assert names_on(page) == ["tides.pdf", "2.pdf", "1.pdf", "0.pdf"]
    for words in ("Waiting to be read", "Is being read…", "2 pages"):
        assert words in page
    assert "4 files · 2 are being read" in page
    assert "1 couldn't be read" in page
    assert page.count(">Try again<") == 2  # Of the file, and of the upload.
    assert "data-open" in page


def test_files_are_found_by_name_and_state_and_come_in_pages(browser, ada, monkeypatch):
    collection = make_collection(ada)
    address = f"/knowledge/{collection.pk}/"
    for name, state in {"a.pdf": State.READ, "b.pdf": State.FAILED, "c.txt": State.READING, "d": State.WAITING}.items():
        add(collection, name, state)
    assert names_on(browser.get(address, {"q": "PDF\0 "}).text) == ["b.pdf", "a.pdf"]
    assert names_on(browser.get(address, {"state": "failed"}).text) == ["b.pdf"]
    assert names_on(browser.get(address, {"state": "waiting"}).text) == ["d", "c.txt"]
    assert "No file matches." in browser.get(address, {"q": "x" * 500}).text
    monkeypatch.setattr("knowledge.views.pages.PAGE_SIZE", 3)
    assert names_on(browser.get(address, {"page": "2"}).text) == ["a.pdf"]


def test_what_people_write_is_no_html(browser, ada):
    collection = make_collection(ada, name="<b>", description="<script>")
    add(collection, "<i>.pdf")
    for address in (f"/knowledge/{collection.pk}/", f"/knowledge/{collection.pk}/edit/", "/files/"):
        text = browser.get(address).text
        for markup in ("<b>", "<script>", "<i>"):
            assert markup not in text


def test_page_of_many_files_asks_as_often_as_one_of_few(browser, ada):
    collection = make_collection(ada)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(f"/knowledge/{collection.pk}/").status_code == 200
        return len(captured)

    add_read(collection, "High tide is at noon.")
    few = queries()
    for number in range(20):
        add_read(collection, f"Tide {number}", name=f"{number}.pdf")
    assert queries() == few


def test_file_is_shown_on_its_page_to_those_who_see_the_collection(browser, ada, grace):
    read = add_read(make_collection(ada), "High tide is at noon.", name="<i>.pdf")
    page = browser.get(f"/knowledge/files/{read.pk}/", {"page": "3", "passage": "x"}).text
    assert f'data-address="/knowledge/files/{read.pk}/content/"' in page
    assert f'data-passages="/knowledge/files/{read.pk}/passages/"' in page
    assert 'data-page="3" data-passage=""' in page
    assert "<i>" not in page
    assert browser.get(f"/knowledge/files/{add(read.collection, 'waiting.pdf').pk}/").status_code == 200
    assert client_of(grace).get(f"/knowledge/files/{read.pk}/").status_code == 404
    CollectionFile.objects.filter(pk=read.pk).delete()
    assert browser.get(f"/knowledge/files/{read.pk}/").status_code == 404
