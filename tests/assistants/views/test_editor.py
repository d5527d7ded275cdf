"""The form of an assistant: what it stores, what it refuses, and two who edit at the same time."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission

from accounts.models import User
from assistants.models import Assistant
from providers.models import Model, Provider
from tests.support.assistants import make_assistant, make_model

CHAT = Provider.Dialect.CHAT_COMPLETIONS


@pytest.fixture
def editor(client, ada):
    client.force_login(ada)
    return client


def written(**fields: Any) -> dict[str, Any]:
    return {"name": "Translator", "visibility": "private", "base": "0"} | fields


def errors(page) -> list[str]:
    return re.findall(r'<ul class="errorlist"[^>]*><li>([^<]*)', page.text)


def allowed(user: User, *codenames: str) -> None:
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))


def test_new_assistant_is_made_with_its_first_version(editor, ada):
    answer = editor.post(
        "/assistants/new/",
        written(
            icon="🌍",
            description=" Into  plain English ",
            instructions="Translate.\r\nBe {{tone}}.",
            starters="First?\r\n\r\nSecond?",
            max_output_tokens="500",
        ),
        follow=True,
    )
    assert "Saved as version 1." in answer.text
    made = Assistant.objects.get()
    version = made.newest
    assert (made.owner, made.visibility, version.created_by) == (ada, "private", ada)
    assert version.content() == {
        "name": "Translator",
        "description": "Into plain English",
        "icon": "🌍",
        "instructions": "Translate.\nBe {{tone}}.",
        "model_id": None,
        "settings": {"max_output_tokens": 500},
        "starters": ["First?", "Second?"],
        "handoffs": [],
    }


def test_edit_makes_a_new_version_and_keeps_the_old_one(editor, ada):
    assistant = make_assistant(ada, name="Old", settings={"logit_bias": {"50256": -100.0}})
    editor.post(f"/assistants/{assistant.pk}/", written(name="New", base="1"))
    assert [version.name for version in assistant.versions.all()] == ["Old", "New"]
    assistant.refresh_from_db()
    assert assistant.newest.settings == {"logit_bias": {"50256": -100.0}}


def test_form_shows_what_is_stored(editor, ada):
    assistant = make_assistant(ada, name="Old", instructions="Say <b>", starters=["One?", "Two?"], icon="🌍")
    page = editor.get(f"/assistants/{assistant.pk}/").text
    assert "Say &lt;b&gt;" in page
    assert "One?\nTwo?" in page
    assert 'name="base" value="1"' in page


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "\u202e"}, "A name needs at least one character."),
        ({"name": "x" * 101}, "Ensure this value has at most 100 characters (it has 101)."),
        ({"icon": "AB"}, "Use one emoji, or leave it empty."),
        ({"icon": "<b>"}, "Use one emoji, or leave it empty."),
        ({"starters": "\n".join("abcdefg")}, "At most 6 lines."),
        ({"starters": "x" * 301}, "At most 300 characters in a line."),
        ({"instructions": " ".join(f"{{{{v{n}}}}}" for n in range(21))}, "At most 20 names in double braces"),
        ({"instructions": "a\0b"}, "Null characters are not allowed."),
        ({"temperature": "3"}, "Ensure this value is less than or equal to 2."),
        ({"temperature": "nan"}, "Enter a number."),
        ({"max_output_tokens": "1"}, "Ensure this value is greater than or equal to 16."),
        ({"visibility": "everybody"}, "Select a valid choice. everybody is not one of the available choices."),
        ({"model": "00000000-0000-4000-8000-00000000dead"}, "Select a valid choice."),
        ({"effort": "enormous"}, "Select a valid choice. enormous is not one of the available choices."),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(editor, fields, error):
    page = editor.post("/assistants/new/", written(description="Keep this", **fields))
    assert page.status_code == 200
    assert any(each.startswith(error.replace("'", "&#x27;")) for each in errors(page))
    assert 'value="Keep this"' in page.text
    assert not Assistant.objects.exists()


@pytest.mark.parametrize("icon", ["🌍", "👩🏽‍💻", "🇩🇪", "1️⃣", "❤️"])
def test_emoji_are_icons(editor, icon):
    editor.post("/assistants/new/", written(icon=icon))
    assert Assistant.objects.get().newest.icon == icon


def test_settings_that_the_model_does_not_take_are_left_out(editor):
    model = make_model("thinker", efforts=["low", "high"], default_effort="low", temperature="without_effort")
    editor.post("/assistants/new/", written(model=model.pk, effort="high", temperature="1", verbosity="low", seed="7"))
    assert Assistant.objects.get().newest.settings == {"effort": "high"}


def test_effort_that_the_model_does_not_take_is_refused(editor):
    model = make_model("thinker", efforts=["low", "high"])
    page = editor.post("/assistants/new/", written(model=model.pk, effort="medium"))
    assert errors(page) == ["This model doesn&#x27;t take that effort. Choose another one."]


def test_more_tokens_than_the_model_writes_are_refused(editor):
    model = make_model("short", max_output_tokens=1000)
    page = editor.post("/assistants/new/", written(model=model.pk, max_output_tokens="1001"))
    assert errors(page) == ["This model writes 1000 tokens at most."]


def test_chat_completions_models_take_their_own_settings(editor):
    model = make_model("llama", dialect=CHAT)
    own = {"stop": "END\nSTOP", "seed": "7", "frequency_penalty": "-1", "presence_penalty": "0.5", "temperature": "0"}
    editor.post("/assistants/new/", written(model=model.pk, **own))
    assert Assistant.objects.get().newest.settings == {
        "stop": ["END", "STOP"],
        "seed": 7,
        "frequency_penalty": -1.0,
        "presence_penalty": 0.5,
        "temperature": 0.0,
    }


def test_page_knows_what_each_model_takes(editor):
    thinker = make_model("thinker", efforts=["none", "high"], default_effort="high", temperature="without_effort")
    searching = make_model("searching", takes_functions=True, hosted_tools=["web_search"])
    page = editor.get("/assistants/new/").text
    models = json.loads(re.search(r'<script id="models"[^>]*>(.*?)</script>', page)[1])
    assert models[str(thinker.pk)] == {
        "efforts": ["none", "high"],
        "taken": ["effort", "max_output_tokens", "service_tier"],
        "taken_with": {
            "none": ["effort", "max_output_tokens", "service_tier", "temperature", "top_p"],
            "high": ["effort", "max_output_tokens", "service_tier"],
        },
        "tools": [],
    }
    # Also of a model that was made a moment ago.
    assert {"calculate", "web_search"} <= {*models[str(searching.pk)]["tools"]}
    assert "" in models


def test_models_of_other_groups_are_not_offered_but_stay_if_chosen_before(editor, ada, hopper):
    secret = make_model("secret", groups=[Group.objects.create(name="Others")])
    gone = make_model("gone", is_enabled=False)
    page = editor.post("/assistants/new/", written(model=secret.pk))
    assert errors(page) == ["Select a valid choice. That choice is not one of the available choices."]
    assert "secret" not in editor.get("/assistants/new/").text
    for model in (secret, gone):
        assistant = make_assistant(ada, model=model)
        editor.post(f"/assistants/{assistant.pk}/", written(base="1", name="Renamed", model=model.pk))
        assistant.refresh_from_db()
        assert (assistant.newest.number, assistant.newest.model) == (2, model)
    assert "gone (not offered)" in editor.get(f"/assistants/{assistant.pk}/").text


def test_sharing_is_a_right(editor, ada):
    group = Group.objects.create(name="Editors")
    assert "ask an admin for the right to share" in editor.get("/assistants/new/").text
    allowed(ada, "share_assistant")
    assert errors(editor.post("/assistants/new/", written(visibility="groups"))) == ["Choose at least one group."]
    editor.post("/assistants/new/", written(visibility="groups", groups=[group.pk]))
    made = Assistant.objects.get()
    assert (made.visibility, [*made.groups.all()]) == ("groups", [group])
    editor.post(f"/assistants/{made.pk}/", written(base="1", visibility="everybody"))
    made.refresh_from_db()
    assert (made.visibility, [*made.groups.all()], made.newest.number) == ("everybody", [], 1)


def test_making_is_refused_without_the_right_once_somebody_has_it(editor, grace):
    allowed(grace, "add_assistant")
    assert editor.get("/assistants/new/").status_code == 403
    assert editor.post("/assistants/new/", written()).status_code == 403
    assert "New assistant" not in editor.get("/assistants/").text


def test_shared_assistant_is_edited_by_those_who_may_and_not_taken_away(client, ada, grace):
    shared = make_assistant(ada, visibility=Assistant.Visibility.EVERYBODY)
    client.force_login(grace)
    address = f"/assistants/{shared.pk}/"
    assert client.get(address).status_code == 404
    allowed(grace, "change_assistant")
    assert errors(client.post(address, written(base="1"))) == [
        "Select a valid choice. private is not one of the available choices."
    ]
    client.post(address, written(base="1", visibility="everybody", name="Grace was here"))
    shared.refresh_from_db()
    assert (shared.newest.name, shared.newest.created_by, shared.owner) == ("Grace was here", grace, ada)


def test_second_of_two_who_edit_is_told_and_may_save_again(editor, ada):
    assistant = make_assistant(ada, name="Old")
    address = f"/assistants/{assistant.pk}/"
    editor.post(address, written(base="1", name="First"))
    refused = editor.post(address, written(base="1", name="Second"))
    assert "ada saved version 2 while you were writing." in refused.text
    assert 'value="Second"' in refused.text
    assert 'name="base" value="2"' in refused.text
    assistant.refresh_from_db()
    assert assistant.newest.name == "First"
    editor.post(address, written(base="2", name="Second"))
    assert [version.name for version in assistant.versions.all()] == ["Old", "First", "Second"]


def test_saving_without_a_change_makes_no_version(editor, ada):
    assistant = make_assistant(ada, name="Same")
    editor.post(f"/assistants/{assistant.pk}/", written(base="1", name="Same"))
    assert assistant.versions.count() == 1
    assert not Model.objects.filter(name="").exists()


SCHEMA = """{"type": "object", "properties": {"metres": {"type": "number"}, "at": {"type": "string"}},
 "required": ["metres", "at"], "additionalProperties": false}"""


def test_response_format_is_stored_shown_and_taken_away(editor):
    chosen = {"format": "json_schema", "format_name": "tide", "schema": SCHEMA, "strict": "on"}
    editor.post("/assistants/new/", written(**chosen))
    made = Assistant.objects.get()
    assert made.newest.settings == {"format": {"type": "json_schema", "name": "tide", "schema": SCHEMA}}
    page = editor.get(f"/assistants/{made.pk}/").text
    assert '<option value="json_schema" selected>' in page
    assert "&quot;metres&quot;" in page
    editor.post(f"/assistants/{made.pk}/", written(base="1", format="json_object"))
    made.refresh_from_db()
    assert made.newest.settings == {"format": {"type": "json_object"}}
    assert "Response format" in editor.get(f"/assistants/{made.pk}/versions/?from=1&to=2").text
    editor.post(f"/assistants/{made.pk}/", written(base="2"))
    made.refresh_from_db()
    assert made.newest.settings == {}


def test_what_is_wrong_with_a_schema_is_said_where(editor):
    schema = SCHEMA.replace('"required": ["metres", "at"], ', "")
    wrong = {"format": "json_schema", "format_name": "no spaces", "schema": schema, "strict": "on"}
    found = errors(editor.post("/assistants/new/", written(**wrong)))
    assert len(found) == 2
    assert not Assistant.objects.exists()
    assert len(errors(editor.post("/assistants/new/", written(format="json_schema", schema="{")))) == 1
    editor.post("/assistants/new/", written(format="json_schema", schema=schema))
    assert Assistant.objects.get().newest.settings["format"] == {
        "type": "json_schema",
        "name": "answer",
        "schema": schema,
        "strict": False,
    }
