"""What the composer's picker offers a person, and what they prefer."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from accounts.models import User
from assistants.models import Assistant, Default, Favorite
from conversations.models import Conversation, Response
from conversations.views.choices import offered
from providers import catalog
from providers.capabilities import RETENTION
from providers.models import Refusal
from tests.support.assistants import make_assistant, make_model
from tests.support.conversations import finish, queue_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def names(offer: dict[str, Any], kind: str) -> list[str]:
    return [each["name"] for each in offer[kind]]


def test_offers_what_the_person_may_use(ada, grace):
    crew = Group.objects.create(name="Crew")
    make_model("for all")
    make_model("for the crew", groups=[crew])
    make_model("off", is_enabled=False)
    make_assistant(ada, name="Mine")
    make_assistant(grace, name="Hers")
    make_assistant(grace, name="Ours", visibility=Assistant.Visibility.EVERYBODY)
    make_assistant(grace, name="Old", visibility=Assistant.Visibility.EVERYBODY, archived_at="2026-01-01T00:00Z")
    closed = make_model("for the crew alone", groups=[crew])
    make_assistant(grace, name="Closed", visibility=Assistant.Visibility.EVERYBODY, model=closed)
    offer = offered(ada)
    assert "for the crew" not in names(offer, "models")
    assert {"for all"} <= {*names(offer, "models")}
    assert "off" not in names(offer, "models")
    assert names(offer, "assistants") == ["Ours", "Mine"]


def test_assistant_that_the_address_names_is_offered_however_many_there_are(client, ada, grace, monkeypatch):
    monkeypatch.setattr("assistants.offers.MAX_OFFERED", 1)
    old, private = make_assistant(ada, name="Old"), make_assistant(grace, name="Theirs")
    make_assistant(ada, name="New")
    assert names(offered(ada), "assistants") == ["New"]
    assert names(offered(ada, str(old.pk)), "assistants") == ["New", "Old"]
    client.force_login(ada)
    for named in (private.pk, "nothing", "%00"):
        page = client.get(f"/?assistant={named}")
        assert names(page.context["offer"], "assistants") == ["New"]


def test_says_what_a_model_takes_and_an_assistant_asks_for(ada):
    model = make_model("thinker", title="The Thinker", efforts=["low", "high"], default_effort="low")
    make_assistant(ada, instructions="About {{topic}}.", starters=["How high?"], model=model)
    offer: dict[str, Any] = offered(ada)
    (thinker,) = [each for each in offer["models"] if each["model"] == "thinker"]
    assert (thinker["name"], thinker["efforts"], thinker["default_effort"]) == ("The Thinker", ["low", "high"], "low")
    (assistant,) = offer["assistants"]
    assert (assistant["variables"], assistant["starters"]) == (["topic"], ["How high?"])
    assert assistant["efforts"] == ["low", "high"]


def test_tool_that_a_provider_refused_lately_is_not_offered_but_named(ada, settings):
    settings.DEFAULT_TOOLS = ["current_time"]
    model = make_model("caller", takes_functions=True, hosted_tools=["web_search", "image_generation"])
    now = timezone.now()
    refused = {"web_search": now, "function": now, "image_generation": now - RETENTION}
    Refusal.objects.bulk_create(
        Refusal(provider=str(model.provider_id), model="caller", parameter=f"tools.{part}", refused_at=at)
        for part, at in refused.items()
    )
    catalog.refresh()
    models: Any = offered(ada)["models"]
    (caller,) = [each for each in models if each["model"] == "caller"]
    assert (caller["tools"], caller["tools_on"]) == (["image_generation"], [])
    assert {"web_search", "current_time", "calculate"} <= set(caller["tools_refused"])


@pytest.mark.parametrize(
    ("fields", "takes"),
    [({}, False), ({"takes_functions": True}, True), ({"hosted_tools": ["file_search"]}, True)],
)
def test_knowledge_is_for_models_that_search_themselves_or_at_their_provider(ada, fields, takes):
    make_model("searcher", **fields)
    offer: dict[str, Any] = offered(ada)
    [model] = [each for each in offer["models"] if each["name"] == "searcher"]
    assert model["takes_knowledge"] is takes


def test_knows_what_answered_lately(ada):
    model = make_model("thinker")
    conversation = Conversation.objects.create(user=ada)
    for _ in range(2):
        response = queue_message(conversation, user=ada, input=[])[0]
        Response.objects.filter(pk=response.pk).update(model="thinker", provider=model.provider)
        finish(response, "completed", output=[], sequence_number=1)
    assert offered(ada)["recent"] == [str(model.pk)]


def test_default_is_the_persons_own_then_the_sites(ada, settings, server_process):
    assert offered(ada)["default"]["name"] == settings.MODEL
    assistant = make_assistant(ada, name="Pilot")
    Default.objects.create(user=ada, assistant=assistant)
    server_process.choices.forget()
    assert (offered(ada)["default"]["id"], offered(ada)["default"]["name"]) == (str(assistant.pk), "Pilot")


class TestPreferences:
    @pytest.mark.parametrize("kind", ["assistant", "model"])
    def test_favorite_is_kept_once_and_forgotten(self, client, ada, kind):
        target = make_assistant(ada) if kind == "assistant" else make_model("thinker")
        for _ in range(2):
            assert client.put(f"/choices/{target.pk}/favorite/").status_code == 204
        assert offered(ada)["favorites"] == [str(target.pk)]
        assert client.delete(f"/choices/{target.pk}/favorite/").status_code == 204
        assert not Favorite.objects.exists()

    def test_default_takes_the_place_of_the_one_before(self, client, ada):
        assistant, model = make_assistant(ada), make_model("thinker")
        for target in (assistant, model):
            assert client.put(f"/choices/{target.pk}/default/").status_code == 204
        assert offered(ada)["default"]["id"] == str(model.pk)
        assert client.delete(f"/choices/{model.pk}/default/").status_code == 204
        assert not Default.objects.exists()

    def test_what_is_closed_to_a_person_is_refused(self, client, grace):
        answer = client.put(f"/choices/{make_assistant(grace).pk}/favorite/")
        assert (answer.status_code, json.loads(answer.content)["error"]["code"]) == (404, "assistant_not_found")
