"""The assistants that one may hand a conversation over to: their functions, the form, versions and files."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants.changes import changes
from assistants.files import export_version, import_assistant
from assistants.forms import AssistantForm
from assistants.handoffs import MAX_HANDOFFS, functions, names
from assistants.models import Assistant, AssistantVersion
from tests.support.assistants import make_assistant


@given(st.lists(st.text(max_size=100), max_size=MAX_HANDOFFS))
def test_each_has_a_name_of_its_own_that_the_api_takes(titles):
    found = functions([AssistantVersion(name=title) for title in titles], taken={"transfer_to_a"})
    assert len(found) == len(titles)
    assert all(re.fullmatch("[a-zA-Z0-9_-]{1,64}", name) for name in found)


def form(user, assistant: Assistant | None = None, **fields) -> AssistantForm:
    return AssistantForm(user, {"name": "Desk", "visibility": "private", "base": 0, **fields}, instance=assistant)


@pytest.mark.django_db
class TestForm:
    def test_those_that_the_person_may_use_can_be_chosen_but_not_itself(self, ada, grace):
        mine, shared = (
            make_assistant(ada, name="Mine"),
            make_assistant(grace, name="Shared", visibility=Assistant.Visibility.EVERYBODY),
        )
        hidden = make_assistant(grace, name="Hidden")
        filled = form(ada, handoffs=[str(shared.pk), str(mine.pk)])
        assert filled.is_valid()
        assert filled.content()["handoffs"] == [str(mine.pk), str(shared.pk)]
        assert "handoffs" in form(ada, handoffs=[str(hidden.pk)]).errors
        assert "handoffs" in form(ada, mine, handoffs=[str(mine.pk)]).errors

    def test_those_that_only_their_owner_sees_stay(self, ada, grace):
        hidden, shared = (
            make_assistant(grace, name="Hidden"),
            make_assistant(grace, visibility=Assistant.Visibility.EVERYBODY),
        )
        desk = make_assistant(ada, handoffs=[str(hidden.pk), str(shared.pk)])
        filled = form(ada, desk)
        assert filled.is_valid()
        assert filled.content()["handoffs"] == [str(hidden.pk)]

    def test_there_are_not_more_than_a_model_can_choose_from(self, ada):
        others = [make_assistant(ada, name=f"Assistant {number}") for number in range(MAX_HANDOFFS + 1)]
        assert "handoffs" in form(ada, handoffs=[str(each.pk) for each in others]).errors


@pytest.mark.django_db
def test_versions_name_those_that_the_reader_may_use(ada, grace):
    hidden, shared = (
        make_assistant(grace),
        make_assistant(grace, name="Shared", visibility=Assistant.Visibility.EVERYBODY),
    )
    desk = make_assistant(grace, visibility=Assistant.Visibility.EVERYBODY)
    new = desk.publish(grace, name="Assistant", handoffs=[str(hidden.pk), str(shared.pk)])
    [change] = changes(desk.versions.get(number=1), new, ada)
    assert (change.label, change.pieces[0].text) == ("May hand over to", "Shared\nand another one")


@pytest.mark.django_db
def test_file_names_them_and_finds_them_again(ada, grace):
    shared = make_assistant(grace, name="Billing", visibility=Assistant.Visibility.EVERYBODY)
    version = make_assistant(grace, name="Desk", handoffs=[str(shared.pk)]).versions.get()
    own = make_assistant(ada, name="Billing")
    make_assistant(grace, name="Billing", visibility=Assistant.Visibility.EVERYBODY)
    copy, notes = import_assistant(ada, export_version(version, handoffs=names(version.handoffs, grace)))
    assert (copy.versions.get().handoffs, notes) == ([str(own.pk)], [])


@pytest.mark.django_db
def test_file_can_name_no_functions_of_its_own(ada, grace):
    handoffs = {"transfer_to_x": {"assistant": str(make_assistant(grace).pk), "name": "X", "description": ""}}
    file = {"format": "chatsite-assistant", "version": 1, "name": "Desk", "handoffs": ["Nobody"]}
    copy, notes = import_assistant(ada, json.dumps(file | {"settings": {"handoffs": handoffs}}).encode())
    assert notes == ["There are no assistants with these names: Nobody."]
    assert (copy.versions.get().handoffs, copy.versions.get().settings) == ([], {})
