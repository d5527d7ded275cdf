"""The list of assistants: whose are in it, what it says, and what may be done with each."""

import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from assistants.models import Assistant, Default
from tests.support.assistants import make_assistant

EVERYBODY = Assistant.Visibility.EVERYBODY


@pytest.fixture
def assistants(ada, grace) -> dict[str, Assistant]:
    """Store an assistant of each kind that ada's list has, and two that it lacks."""
    editors = Group.objects.create(name="Editors")
    ada.groups.add(editors)
    found = {
        "own": make_assistant(ada, name="Own", description="Mine alone"),
        "of group": make_assistant(grace, name="Of the group", visibility=Assistant.Visibility.GROUPS),
        "of other group": make_assistant(grace, name="Of others", visibility=Assistant.Visibility.GROUPS),
        "of everybody": make_assistant(grace, name="Of everybody", visibility=EVERYBODY, icon="🌊"),
        "private": make_assistant(grace, name="Of grace"),
        "archived": make_assistant(ada, name="Old", archived_at=timezone.now()),
    }
    found["of group"].groups.set([editors])
    found["of other group"].groups.set([Group.objects.create(name="Others")])
    return found


def names(page) -> list[str]:
    return [name.strip() for name in re.findall(r"<h2>([^<]*)", page.text)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Of everybody", "Of the group", "Own"]),
        ("?show=mine", ["Own"]),
        ("?show=shared", ["Of everybody", "Of the group"]),
        ("?show=archived", ["Old"]),
        ("?q=ALONE", ["Own"]),
        ("?q=of+the&show=shared", ["Of the group"]),
        ("?q=%25", []),
        ("?q=%00&show=nothing&page=99", ["Of everybody", "Of the group", "Own"]),
    ],
)
def test_list_has_what_the_person_may_use(client, ada, assistants, query, expected):
    client.force_login(ada)
    assert names(client.get(f"/assistants/{query}")) == expected


def test_entry_says_what_it_is_and_who_made_it(client, ada, grace, assistants):
    grace.first_name, grace.last_name = "Grace", "Hopper"
    grace.save()
    client.force_login(ada)
    page = client.get("/assistants/").text
    assert "By Grace Hopper" in page
    assert "Mine alone" in page
    assert "🌊</span>" in page
    assert re.search(r'data-hue="[0-5]" aria-hidden="true">O</span>', page)
    assert f"/?assistant={assistants['own'].pk}" in page
    assert "For Editors" in re.sub(r"\s+", " ", page)


def test_name_is_text_and_no_html(client, ada):
    make_assistant(ada, name="<script>alert(1)</script>", description='"><img src=x>', icon="<b>")
    client.force_login(ada)
    page = client.get("/assistants/").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>" not in page


def test_empty_list_says_what_an_assistant_is(client, ada):
    client.force_login(ada)
    assert "No assistants yet" in client.get("/assistants/").text
    assert "No assistant matches “tide”" in client.get("/assistants/?q=tide").text


def change(client, assistant: Assistant, **changes: object) -> int:
    return client.patch(f"/assistants/{assistant.pk}/", changes, content_type="application/json").status_code


def test_own_assistant_is_archived_and_unarchived(client, ada, assistants):
    client.force_login(ada)
    assert change(client, assistants["own"], archived=True) == 204
    assert "Own" not in names(client.get("/assistants/"))
    assert change(client, assistants["own"], archived=False) == 204
    assert "Own" in names(client.get("/assistants/"))


def test_shared_assistant_is_archived_by_those_who_may(client, ada, assistants):
    client.force_login(ada)
    assert change(client, assistants["of everybody"], archived=True) == 404
    ada.user_permissions.add(Permission.objects.get(codename="change_assistant"))
    assert change(client, assistants["of everybody"], archived=True) == 204
    assert change(client, assistants["private"], archived=True) == 404


def test_own_default_is_marked(client, ada, assistants):
    client.force_login(ada)
    assert "Your default" not in client.get("/assistants/").text
    Default.objects.create(user=ada, assistant=assistants["of group"])
    assert client.get("/assistants/").text.count("Your default") == 1


@pytest.mark.parametrize("body", ["", "[]", '{"archived": "yes"}', '{"owner": "me"}'])
def test_changes_that_no_page_sends_are_refused(client, ada, assistants, body):
    client.force_login(ada)
    answer = client.patch(f"/assistants/{assistants['own'].pk}/", body, content_type="application/json")
    assert answer.status_code == 400
