"""The page of an assistant's versions, and restoring an old one."""

import pytest

from assistants.models import Assistant, TestRun
from tests.support.assistants import make_assistant


@pytest.fixture
def assistant(ada) -> Assistant:
    made = make_assistant(ada, name="Tides", instructions="Answer in English.")
    made.publish(ada, name="Tides", instructions="Answer in <b>German</b>.")
    return made


def test_page_lists_who_made_which_version(client, ada, assistant):
    client.force_login(ada)
    page = client.get(f"/assistants/{assistant.pk}/versions/").text
    assert page.index("Version 2") < page.index("Version 1")
    assert page.count("In use") == 1
    assert "By ada on" in page


def test_page_says_what_changed_in_words(client, ada, assistant):
    client.force_login(ada)
    page = client.get(f"/assistants/{assistant.pk}/versions/?from=1&to=2").text
    assert "What changed from version 1 to version 2" in page
    assert "<dt>Instructions</dt>" in page
    assert "&lt;" in page
    assert "<b>German" not in page
    same = client.get(f"/assistants/{assistant.pk}/versions/?from=2&to=2").text
    assert "Nothing: they are the same." in same


@pytest.mark.parametrize("query", ["?from=1&to=9", "?from=x&to=1", "?from=1&to=%00", f"?from=1&to={10**30}"])
def test_versions_that_do_not_exist_are_not_found(client, ada, assistant, query):
    client.force_login(ada)
    assert client.get(f"/assistants/{assistant.pk}/versions/{query}").status_code == 404


def test_restoring_makes_a_new_version_like_the_old_one(client, ada, assistant):
    client.force_login(ada)
    answer = client.post(f"/assistants/{assistant.pk}/versions/1/restore/", follow=True)
    assert "Version 1 is back, as version 3." in answer.text
    assistant.refresh_from_db()
    assert (assistant.newest.number, assistant.newest.instructions) == (3, "Answer in English.")
    assert assistant.versions.count() == 3


def test_versions_are_bounded_and_nothing_typed_is_lost(client, ada, assistant, monkeypatch):
    monkeypatch.setattr("assistants.models.assistant.MAX_VERSIONS", 2)
    client.force_login(ada)
    sentence = "This assistant has 2 versions already. Duplicate it, and go on with the copy."
    written = {"name": "Tides", "instructions": "Answer in French.", "visibility": "private", "base": "2"}
    page = client.post(f"/assistants/{assistant.pk}/", written)
    assert page.context["form"].non_field_errors() == [sentence]
    assert "Answer in French." in page.text
    restored = client.post(f"/assistants/{assistant.pk}/versions/1/restore/", headers={"accept": "text/html"})
    assert (restored.status_code, sentence in restored.text) == (409, True)
    assert assistant.versions.count() == 2
    # What changes nothing in the newest one can still be saved, such as with whom it is shared.
    kept = written | {"instructions": "Answer in <b>German</b>."}
    assert client.post(f"/assistants/{assistant.pk}/", kept).status_code == 302


def test_those_who_only_use_it_read_the_versions_and_restore_none(client, grace, assistant):
    assistant.visibility = Assistant.Visibility.EVERYBODY
    assistant.save()
    client.force_login(grace)
    page = client.get(f"/assistants/{assistant.pk}/versions/")
    assert page.status_code == 200
    assert "Restore" not in page.text
    assert client.post(f"/assistants/{assistant.pk}/versions/1/restore/").status_code == 404
    assert assistant.versions.count() == 2


def test_version_leads_to_its_newest_test_answers(client, ada, assistant):
    old, new = assistant.versions.all()
    runs = [TestRun.objects.create(assistant=assistant, version=new, against=old, created_by=ada) for _ in range(2)]
    client.force_login(ada)
    page = client.get(f"/assistants/{assistant.pk}/versions/").text
    assert page.count("Test answers") == 1
    assert str(runs[1].pk) in page
