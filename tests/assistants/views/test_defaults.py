"""The default assistants and models of the site and of groups."""

import pytest
from django.contrib.auth.models import Group, Permission

from assistants.choices import NO_WISH, Choices, Person
from assistants.models import Assistant, Default
from tests.support.assistants import make_assistant, make_model

PAGE = "/assistants/defaults/"


@pytest.fixture
def group(db) -> Group:
    return Group.objects.create(name="Editors")


@pytest.fixture
def admin(client, ada, group):
    ada.user_permissions.add(Permission.objects.get(codename="change_default"))
    client.force_login(ada)
    return client


def test_defaults_are_set_changed_and_removed(admin, ada, grace, group):
    shared = make_assistant(grace, visibility=Assistant.Visibility.EVERYBODY)
    model = make_model("thinker")
    admin.post(PAGE, {"everybody": f"assistant:{shared.pk}", f"group-{group.pk}": f"model:{model.pk}"})
    person = Person(ada.pk, "ada", frozenset())
    assert Choices().choose(person, NO_WISH).version == shared.newest
    assert Choices().choose(person._replace(groups=frozenset({group.pk})), NO_WISH).model == "thinker"
    assert f'value="assistant:{shared.pk}" selected' in admin.get(PAGE).text
    admin.post(PAGE, {"everybody": f"model:{model.pk}", f"group-{group.pk}": ""})
    assert [(each.group, each.model, each.assistant) for each in Default.objects.all()] == [(None, model, None)]


def test_only_what_all_of_them_may_use_is_offered(admin, grace, group):
    private = make_assistant(grace, name="Private")
    theirs = make_assistant(grace, name="Theirs", visibility=Assistant.Visibility.GROUPS)
    theirs.groups.add(group)
    secret = make_model("secret", groups=[group])
    for chosen in (f"assistant:{private.pk}", f"assistant:{theirs.pk}", f"model:{secret.pk}", "model:x", "x"):
        assert "Select a valid choice." in admin.post(PAGE, {"everybody": chosen}).text
    assert not Default.objects.exists()
    admin.post(PAGE, {f"group-{group.pk}": f"assistant:{theirs.pk}"})
    assert Default.objects.get().group == group


def test_own_defaults_stay(admin, grace):
    Default.objects.create(user=grace, model=make_model("thinker"))
    admin.post(PAGE, {"everybody": ""})
    assert Default.objects.get().user == grace


def test_without_the_right_nobody_changes_defaults(client, grace):
    client.force_login(grace)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"everybody": ""}).status_code == 403
    assert PAGE not in client.get("/assistants/").text
