"""The collections that an assistant searches: in its form, its versions, its file, and among what is offered."""

import json

import pytest

from accounts.sharing import Visibility
from assistants.changes import changes
from assistants.files import export_version, import_assistant
from assistants.forms import AssistantForm
from assistants.models import Assistant
from tests.support.assistants import make_assistant
from tests.support.knowledge import make_collection

pytestmark = pytest.mark.django_db

PLAIN = {"name": "Desk", "visibility": "private", "base": 0}


def saved(user, instance=None, **data) -> dict:
    form = AssistantForm(user, PLAIN | data, instance=instance)
    assert form.is_valid(), form.errors
    return form.content()["settings"]


def test_form_offers_what_the_person_may_see(ada, grace):
    mine, shared = make_collection(ada), make_collection(grace, "Shared", visibility=Visibility.EVERYBODY)
    hidden = make_collection(grace, "Hidden")
    assert {*AssistantForm(ada).fields["collections"].queryset} == {mine, shared}  # type: ignore[attr-defined]
    assert saved(ada, collections=[mine.pk]) == {"collections": [str(mine.pk)]}
    assert not AssistantForm(ada, PLAIN | {"collections": [hidden.pk]}).is_valid()


def test_one_that_the_editor_may_not_see_stays(ada, grace):
    hidden, mine = make_collection(grace), make_collection(ada)
    desk = make_assistant(ada, settings={"collections": [str(hidden.pk), str(mine.pk)]})
    assert saved(ada, desk, collections=[]) == {"collections": [str(hidden.pk)]}


def test_too_many_are_refused(ada):
    ids = [make_collection(ada).pk for _ in range(21)]
    assert "collections" in AssistantForm(ada, PLAIN | {"collections": ids}).errors
    assert saved(ada, collections=ids[1:])


def test_change_names_those_that_are_seen(ada, grace):
    hidden, shared = make_collection(grace), make_collection(grace, "Shared", visibility=Visibility.EVERYBODY)
    desk = make_assistant(grace, visibility=Assistant.Visibility.EVERYBODY)
    ids = [str(hidden.pk), str(shared.pk)]
    new = desk.publish(grace, name="Assistant", settings={"collections": ids})
    [change] = changes(desk.versions.get(number=1), new, ada)
    assert (change.label, change.pieces[0].text) == ("Knowledge", "Shared\nand another one")


def test_file_has_their_names_and_finds_those_of_its_new_owner(client, ada, grace):
    theirs, mine = make_collection(ada), make_collection(grace)
    hidden = make_collection(grace, "Hidden")
    desk = make_assistant(ada, settings={"collections": [str(theirs.pk), str(hidden.pk)]})
    client.force_login(ada)
    exported = client.get(f"/assistants/{desk.pk}/export.json").content
    assert json.loads(exported)["collections"] == ["Harbour"]
    assert str(theirs.pk) not in exported.decode()
    copy, notes = import_assistant(grace, exported)
    assert (copy.versions.get().settings, notes) == ({"collections": [str(mine.pk)]}, [])


def test_file_says_which_are_not_here_and_brings_no_ids(ada, grace):
    version = make_assistant(ada).versions.get()
    content = json.loads(export_version(version, collections=["Atlantis"]))
    content["settings"] = {"collections": [str(make_collection(grace).pk)]}
    copy, notes = import_assistant(ada, json.dumps(content).encode())
    assert notes == ["There are no collections with these names: Atlantis."]
    assert copy.versions.get().settings == {}


def test_composer_is_told_of_what_the_person_may_see(client, ada, grace):
    mine, hidden = make_collection(ada), make_collection(grace, "Hidden")
    desk = make_assistant(ada, settings={"collections": [str(mine.pk), str(hidden.pk)]})
    client.force_login(ada)
    offer = client.get("/").context["offer"]
    assert offer["collections"] == {str(mine.pk): "Harbour"}
    [offered] = [each for each in offer["assistants"] if each["id"] == str(desk.pk)]
    assert offered["collections"] == [str(mine.pk)]
    assert "Hidden" not in str(offer)
