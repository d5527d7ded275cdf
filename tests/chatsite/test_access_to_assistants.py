"""Nobody is answered by an assistant or a model that isn't theirs, on any way in."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from assistants.drafts import draft
from assistants.models import Assistant
from common.threads import in_thread
from conversations.models import Conversation, Response
from tests.support.assistants import make_assistant, make_model
from tests.support.socket import open_socket

TARGETS: dict[str, tuple[str, Callable[[User, Group], UUID], set[str]]] = {
    "private": ("assistant", lambda ada, group: make_assistant(ada).pk, {"ada"}),
    "unsaved": ("assistant", lambda ada, group: draft(ada, None, {"name": "Draft"}).pk, {"ada"}),
    "of a group": ("assistant", lambda ada, group: shared_with(ada, group).pk, {"ada", "grace"}),
    "with a model of a group": ("assistant", lambda ada, group: with_model_of(ada, group).pk, {"grace"}),
    "model of a group": ("model", lambda ada, group: make_model("standin", groups=[group]).pk, {"grace"}),
}
"""What `response.create` may name: its field, how it is made, and who may use it."""
PEOPLE = ["ada", "grace", "mallory", "hopper"]


def shared_with(ada: User, group: Group) -> Assistant:
    assistant = make_assistant(ada, visibility=Assistant.Visibility.GROUPS)
    assistant.groups.set([group])
    return assistant


def with_model_of(ada: User, group: Group) -> Assistant:
    model = make_model("standin", groups=[group])
    return make_assistant(ada, visibility=Assistant.Visibility.EVERYBODY, model=model)


@pytest.fixture
def group(transactional_db, grace) -> Group:
    group = Group.objects.create(name="Editors")
    grace.groups.add(group)
    return group


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("target", TARGETS)
async def test_socket_answers_by_what_is_theirs_alone(request, site, group, ada, grace, mallory, hopper, target, name):
    field, make, allowed = TARGETS[target]
    pk = await in_thread(make)(ada, group)
    tab = await open_socket(request.getfixturevalue(name))
    await tab.ask("How high is the tide?", **{field: str(pk)})
    event: dict[str, Any] = await tab.receive()
    if name in allowed:
        assert event["type"] == "response.queued"
    else:
        assert event["code"] in {"assistant_not_found", "model_not_found"}
        assert not await in_thread(Conversation.objects.exists)()
        assert not await in_thread(Response.objects.exists)()
    await tab.close()


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("target", TARGETS)
def test_form_gives_an_assistant_no_model_that_is_not_theirs(request, group, ada, mallory, hopper, target, name):
    field, make, allowed = TARGETS[target]
    pk = make(ada, group)
    client = Client()
    client.force_login(request.getfixturevalue(name))
    before = Assistant.objects.count()
    client.post("/assistants/new/", {"name": "Mine", "visibility": "private", "base": "0", "model": str(pk)})
    assert (Assistant.objects.count() > before) == (field == "model" and name in allowed)


def test_assistant_that_is_taken_away_answers_no_more(client, group, ada, grace):
    assistant = shared_with(ada, group)
    client.force_login(grace)
    assert client.get(f"/assistants/{assistant.pk}/versions/").status_code == 200
    grace.groups.clear()
    for address in ("versions/", "export.json"):
        assert client.get(f"/assistants/{assistant.pk}/{address}").status_code == 404
    assert client.post(f"/assistants/{assistant.pk}/duplicate/").status_code == 404
    assert client.put(f"/choices/{assistant.pk}/default/").status_code == 404
