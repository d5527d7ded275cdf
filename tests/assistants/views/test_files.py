"""Duplicating assistants, taking them out and bringing them in."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile

from assistants.files import MAX_FILE_BYTES
from assistants.models import Assistant
from tests.support.assistants import make_assistant, make_model


@pytest.fixture
def shared(grace) -> Assistant:
    return make_assistant(
        grace, visibility=Assistant.Visibility.EVERYBODY, name='A "name"/..', instructions="Be brief."
    )


def test_copy_is_private_and_ones_own(client, ada, shared):
    client.force_login(ada)
    page = client.post(f"/assistants/{shared.pk}/duplicate/", follow=True)
    copy = Assistant.objects.get(owner=ada)
    assert "This is your own copy." in page.text
    assert (copy.visibility, copy.newest.number, copy.newest.created_by) == ("private", 1, ada)
    assert (copy.newest.name, copy.newest.instructions) == ('A "name"/.. (copy)', "Be brief.")


def test_copy_does_not_keep_a_model_that_the_person_may_not_choose(client, ada, grace):
    secret = make_model("secret", groups=[Group.objects.create(name="Others")])
    shared = make_assistant(grace, visibility=Assistant.Visibility.EVERYBODY, model=secret)
    client.force_login(ada)
    client.post(f"/assistants/{shared.pk}/duplicate/")
    assert Assistant.objects.get(owner=ada).newest.model is None


def test_file_is_exported_and_imported(client, ada, shared):
    client.force_login(ada)
    answer = client.get(f"/assistants/{shared.pk}/export.json")
    assert answer["Content-Disposition"] == r'''attachment; filename="A \"name\"/...json"'''
    page = client.post("/assistants/import/", {"file": SimpleUploadedFile("a.json", answer.content)}, follow=True)
    assert "The assistant was imported. Nobody else sees it." in page.text
    assert Assistant.objects.get(owner=ada).newest.content() == shared.newest.content()


def test_file_has_the_test_questions_for_those_who_see_them(client, ada, grace, shared):
    shared.questions.create(text="When is high tide?", must_contain=["noon"])
    for user, questions in ((ada, []), (grace, ["When is high tide?"])):
        client.force_login(user)
        file = client.get(f"/assistants/{shared.pk}/export.json").json()
        assert [each["text"] for each in file["questions"]] == questions


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "Choose a file."),
        (b"no", "This file isn&#x27;t an assistant that was exported from a chat site."),
        (b" " * (MAX_FILE_BYTES + 1), "The file is larger than 1 MB."),
    ],
)
def test_file_that_cannot_be_read_gets_a_sentence(client, ada, content, sentence):
    client.force_login(ada)
    data = {} if content is None else {"file": SimpleUploadedFile("a.json", content)}
    assert sentence in client.post("/assistants/import/", data).text
    assert not Assistant.objects.exists()


def test_without_the_right_nothing_is_made(client, ada, grace, shared):
    grace.user_permissions.add(Permission.objects.get(codename="add_assistant"))
    client.force_login(ada)
    assert client.post(f"/assistants/{shared.pk}/duplicate/").status_code == 403
    assert client.get("/assistants/import/").status_code == 403
    assert Assistant.objects.count() == 1


def test_assistants_of_a_person_are_bounded(client, ada, grace, shared, monkeypatch):
    monkeypatch.setattr("assistants.permissions.MAX_ASSISTANTS", 1)
    client.force_login(ada)
    client.post(f"/assistants/{shared.pk}/duplicate/")
    for refused in (
        client.post(f"/assistants/{shared.pk}/duplicate/", headers={"accept": "text/html"}),
        client.get("/assistants/new/", headers={"accept": "text/html"}),
        client.get("/assistants/import/", headers={"accept": "text/html"}),
    ):
        assert refused.status_code == 409
        assert "You&#x27;ve made 1 assistants already." in refused.text
    assert Assistant.objects.filter(owner=ada).count() == 1
