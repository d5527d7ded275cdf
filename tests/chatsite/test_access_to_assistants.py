"""Nobody is answered by an assistant or a model that isn't theirs, on any way in."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from assistants.drafts import draft
from assistants.models import Assistant, TestAnswer, TestRun
from common.threads import in_thread
from conversations.models import Conversation, Response, Share
from tests.support.assistants import make_assistant, make_model
from tests.support.conversations import answer, ask, text
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


@pytest.mark.parametrize("target", TARGETS)
async def test_nothing_is_asked_to_compare_if_one_is_not_theirs(site, group, ada, mallory, target):
    field, make, _ = TARGETS[target]
    pk = await in_thread(make)(ada, group)
    tab = await open_socket(mallory)
    mine = str((await in_thread(make_assistant)(mallory)).pk)
    await tab.ask("How high is the tide?", assistant=mine, compare=[{field: str(pk)}])
    assert (await tab.receive())["code"] in {"assistant_not_found", "model_not_found"}
    assert not await in_thread(Response.objects.exists)()
    await tab.close()


@pytest.mark.parametrize("target", TARGETS)
def test_none_becomes_a_default_or_a_favorite_of_somebody_else(client, group, ada, mallory, target):
    _, make, _ = TARGETS[target]
    pk = make(ada, group)
    client.force_login(mallory)
    for kind in ("default", "favorite"):
        assert client.put(f"/choices/{pk}/{kind}/").status_code == 404
    assert str(pk) not in str(client.get("/").context["offer"])
    assert str(pk) not in str(client.get(f"/?assistant={pk}").context["offer"]["default"])


async def test_copy_of_a_shared_conversation_is_not_continued_by_its_assistant(site, ada, mallory):
    def shared() -> Response:
        asked = ask(Conversation.objects.create(user=ada))
        asked.assistant_version = make_assistant(ada, instructions="The secret of the bar.").newest
        asked.save()
        answer(asked, text("Two metres."))
        client = Client()
        client.force_login(mallory)
        link = Share.objects.create(conversation=asked.conversation, response=asked)
        client.post(f"{link.get_absolute_url()}continue/")
        return Response.objects.get(user=mallory)

    copy = await in_thread(shared)()
    tab = await open_socket(mallory)
    await tab.ask("And now?", conversation=str(copy.conversation_id), previous_response_id=str(copy.pk))
    await tab.until_end()
    assert "secret" not in str(site.bodies())
    newest = await in_thread(Response.objects.order_by("created_at").last)()
    assert (newest.user_id, newest.assistant_version_id) == (mallory.pk, None)
    await tab.close()


async def test_test_questions_are_asked_of_no_assistant_that_was_taken_away(site, server_process, group, ada, grace):
    def begun() -> TestRun:
        assistant = shared_with(ada, group)
        version = assistant.versions.get()
        run = TestRun.objects.create(assistant=assistant, version=version, created_by=grace)
        TestAnswer.objects.create(run=run, version=version, place=0, question="How high?")
        grace.groups.clear()
        return run

    run = await in_thread(begun)()
    await server_process.testing.step()
    problem = (await in_thread(run.answers.get)()).problem
    assert problem == "This assistant doesn't exist, or you may not use it any more. Choose another one."
    assert not site.bodies()


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
