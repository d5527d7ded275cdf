"""Who may make and share assistants."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission

from accounts.models import User
from assistants.permissions import may_change_defaults, may_make, may_share


def given(codename: str) -> Permission:
    return Permission.objects.get(codename=codename, content_type__app_label="assistants")


def test_everybody_may_make_assistants_until_the_right_is_given_to_some(ada, hopper):
    assert may_make(ada)
    group = Group.objects.create(name="Editors")
    group.permissions.add(given("add_assistant"))
    assert not may_make(ada)
    assert may_make(hopper)
    ada.groups.add(group)
    assert may_make(User.objects.get(pk=ada.pk))


@pytest.mark.django_db
def test_visitors_make_nothing():
    assert not may_make(AnonymousUser())


@pytest.mark.parametrize(("codename", "may"), [("share_assistant", may_share), ("change_default", may_change_defaults)])
def test_sharing_and_defaults_are_rights(ada, hopper, codename, may):
    assert not may(ada)
    assert may(hopper)
    ada.user_permissions.add(given(codename))
    assert may(User.objects.get(pk=ada.pk))


def test_admins_read_the_rights_in_their_language(client, hopper):
    client.force_login(hopper)
    page = client.get("/admin/auth/group/add/", headers={"accept-language": "de"}).text
    assert "Darf Assistenten mit Gruppen und mit allen teilen" in page
    assert "Can share assistants" in client.get("/admin/auth/group/add/").text
