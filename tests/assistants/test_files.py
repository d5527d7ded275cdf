"""Assistants as files: nothing is lost on the way, and hostile files make nothing."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistants.files import export_version, import_assistant
from assistants.models import Assistant
from common.refusal import Refused
from tests.support.assistants import make_assistant, make_model

SCHEMA = '{"type": "object", "properties": {}, "required": [], "additionalProperties": false}'
FORMAT = {"type": "json_schema", "name": "tide", "schema": SCHEMA}
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=50)


def file(**fields: Any) -> bytes:
    return json.dumps({"format": "chatsite-assistant", "version": 1, "name": "Tides"} | fields).encode()


def test_assistant_comes_back_as_it_was(ada, grace):
    model = make_model("thinker", efforts=["low", "high"], takes_verbosity=True)
    assistant = make_assistant(
        ada,
        name="Tides",
        description="When to sail",
        icon="🌊",
        instructions="Answer {{name}}.\n\tBriefly.  ",
        starters=["When?", "Where?"],
        model=model,
        settings={
            "format": FORMAT,
            "effort": "high",
            "verbosity": "low",
            "logit_bias": {"50256": -100.0},
            "max_output_tokens": 500,
        },
    )
    copy, notes = import_assistant(grace, export_version(assistant.versions.get()))
    assert notes == []
    assert copy.newest.content() == assistant.newest.content()
    assert (copy.owner, copy.visibility) == (grace, "private")


def test_test_questions_come_back_in_their_order(ada, grace):
    assistant = make_assistant(ada)
    asked = [
        {"text": "When is\nhigh tide?", "must_contain": ["at  noon", "é"], "must_not_contain": []},
        {"text": "Where?", "must_contain": [], "must_not_contain": ["<b>", "}"]},
        {"text": "A?", "must_contain": [], "must_not_contain": []},
    ]
    for each in asked:
        assistant.questions.create(**each)
    copy, _ = import_assistant(grace, export_version(assistant.versions.get(), assistant.questions.all()))
    assert [*copy.questions.values("text", "must_contain", "must_not_contain")] == asked


def test_words_with_a_line_break_in_a_file_stay_one_entry(ada):
    made, _ = import_assistant(ada, file(questions=[{"text": "When?", "must_contain": ["at\nnoon"]}]))
    assert made.questions.get().must_contain == ["at noon"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(WORDS, st.lists(WORDS, max_size=6))
def test_any_texts_come_back(ada, instructions, starters):
    starters = [" ".join(starter.split()) for starter in starters if starter.strip()]
    assistant = make_assistant(ada, name="Tides", instructions=instructions, starters=starters)
    copy, _ = import_assistant(ada, export_version(assistant.versions.get()))
    assert copy.newest.content() == assistant.newest.content()


def test_model_that_is_not_here_is_said(ada):
    _, notes = import_assistant(
        ada, file(model={"provider": "Elsewhere", "name": "gpt-9"}, settings={"effort": "high"})
    )
    assert notes == ["The model gpt-9 of Elsewhere isn't offered to you here, so the default model answers."]
    assert Assistant.objects.get().newest.settings == {}


def test_model_of_another_group_is_not_given_by_a_file(ada):
    make_model("secret", groups=[Group.objects.create(name="Others")])
    _, notes = import_assistant(ada, file(model={"provider": "Provider of Responses", "name": "secret"}))
    assert len(notes) == 1
    assert Assistant.objects.get().newest.model is None


def test_model_of_a_provider_with_another_name_is_found(ada):
    model = make_model("thinker")
    import_assistant(ada, file(model={"provider": "Elsewhere", "name": "thinker"}))
    assert Assistant.objects.get().newest.model == model


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[" * 100_000,
        b'{"name": "x"}' * 2,
        b'{"format": "chatsite-assistant", "version": 1, "name": "\\ud800"}',
        file(name=7),
        file(owner="me"),
        file(format="other"),
        file(version=2),
        file(settings={"tools": []}),
        file(settings={"temperature": 99}),
        file(settings={"logit_bias": {str(n): 1 for n in range(301)}}),
        file(questions=[{"text": "When?"}] * 31),
        file(questions=[{"text": "When?", "answer": "At noon."}]),
        file(model="gpt-9"),
    ],
)
def test_what_is_no_assistant_makes_nothing(ada, content):
    with pytest.raises(Refused) as refused:
        import_assistant(ada, content)
    assert refused.value.message == "This file isn't an assistant that was exported from a chat site."
    assert not Assistant.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "Name: This field is required."),
        ({"name": "x" * 101}, "Name: Ensure this value has at most 100 characters (it has 101)."),
        ({"icon": "<img>"}, "Icon: Use one emoji, or leave it empty."),
        ({"instructions": "x" * 100_001}, "Instructions: Ensure this value has at most 100000 characters"),
        ({"settings": {"format": FORMAT | {"schema": "["}}}, "JSON schema: "),
        ({"settings": {"format": FORMAT | {"name": "a b"}}}, "Name of the schema: "),
        ({"starters": ["x"] * 7}, "Starter questions: At most 6 lines."),
        ({"questions": [{"text": "When?"}, {"text": " "}]}, "Test question 2: Question: This field is required."),
        (
            {"questions": [{"text": "When?", "must_contain": ["x"] * 11}]},
            "Test question 1: A good answer contains: At most 10 lines.",
        ),
    ],
)
def test_what_the_form_refuses_a_file_cannot_bring(ada, fields, sentence):
    with pytest.raises(Refused) as refused:
        import_assistant(ada, file(**fields))
    assert refused.value.message.startswith(sentence)
    assert not Assistant.objects.exists()


def test_nul_is_left_out(ada):
    import_assistant(ada, file(instructions="a\0b"))
    assert Assistant.objects.get().newest.instructions == "ab"
