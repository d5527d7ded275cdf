"""The pages of test questions: what is stored, what is refused, and what a run shows."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from assistants.models import Assistant, TestAnswer, TestRun
from assistants.models.testing import MAX_QUESTIONS
from tests.support.assistants import make_assistant


@pytest.fixture
def assistant(ada) -> Assistant:
    made = make_assistant(ada, name="Tides", instructions="Old.")
    made.publish(ada, name="Tides", instructions="For {{customer}}.")
    return made


@pytest.fixture
def editor(client, ada):
    client.force_login(ada)
    return client


def address(assistant: Assistant, *parts: object) -> str:
    return "/".join(["/assistants", str(assistant.pk), *map(str, parts), ""])


def add(editor, assistant: Assistant, **fields):
    return editor.post(
        address(assistant, "questions"), {"text": "Where <b>?", "must_contain": "metres\r\n\r\nnoon"} | fields
    )


def test_question_is_added_changed_and_deleted(editor, assistant):
    assert add(editor, assistant).status_code == 302
    question = assistant.questions.get()
    assert (question.text, question.must_contain, question.must_not_contain) == ("Where <b>?", ["metres", "noon"], [])
    page = editor.get(address(assistant, "questions")).text
    assert "Where &lt;b&gt;?" in page
    assert "metres\nnoon" in page
    editor.post(address(assistant, "questions", question.pk), {"text": "When?", "must_not_contain": "maybe"})
    question.refresh_from_db()
    assert (question.text, question.must_contain, question.must_not_contain) == ("When?", [], ["maybe"])
    editor.post(address(assistant, "questions", question.pk), {"delete": "1"})
    assert not assistant.questions.exists()


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"text": " "}, "This field is required."),
        ({"text": "x" * 4001}, "Ensure this value has at most 4000 characters"),
        ({"must_contain": "\n".join("abcdefghijk")}, "At most 10 lines."),
        ({"must_not_contain": "x" * 201}, "At most 200 characters in a line."),
    ],
)
def test_what_is_wrong_with_a_question_is_said(editor, assistant, fields, error):
    assert error in add(editor, assistant, **fields).text
    assert not assistant.questions.exists()
    question = assistant.questions.create(text="Where?")
    page = editor.post(address(assistant, "questions", question.pk), {"text": "When?"} | fields).text
    assert error in page
    assert "<details open>" in page


def test_questions_are_bounded(editor, assistant):
    for number in range(MAX_QUESTIONS):
        assistant.questions.create(text=str(number))
    assert "At most 30 questions. Delete one first." in add(editor, assistant).text
    assert assistant.questions.count() == MAX_QUESTIONS


def test_run_has_an_answer_of_each_version_for_each_question(editor, assistant, ada):
    for text in ("Where?", "When?"):
        assistant.questions.create(text=text, must_contain=["metres"])
    new, old = assistant.versions.order_by("-number")
    data = {"version": new.pk, "against": old.pk, "variable-customer": "Ada"}
    page = editor.post(address(assistant, "runs"), data, follow=True)
    run = TestRun.objects.get()
    assert (run.version, run.against, run.variables, run.created_by) == (new, old, {"customer": "Ada"}, ada)
    assert [(each.place, each.question, each.version) for each in run.answers.all()] == [
        (place, text, version) for place, text in enumerate(["Where?", "When?"]) for version in (new, old)
    ]
    assert "4 of 4 answers are still to come." in page.text
    again = editor.post(address(assistant, "runs"), data)
    assert "Your questions are being asked already." in again.text
    assert TestRun.objects.count() == 1


def test_run_without_questions_or_with_versions_of_another_assistant_is_refused(editor, assistant, grace):
    newest = assistant.newest_id
    assert (
        "Add a question first."
        in editor.post(address(assistant, "runs"), {"version": newest}).context["run_form"].errors["version"]
    )
    assistant.questions.create(text="Where?")
    other = make_assistant(grace)
    for data in ({"version": other.newest_id}, {"version": newest, "against": other.newest_id}, {"version": "x"}):
        assert editor.post(address(assistant, "runs"), data).status_code == 200
    assert not TestRun.objects.exists()


def test_runs_that_begin_at_the_same_moment_are_one(transactional_db, ada, assistant):
    assistant.questions.create(text="Where?")
    barrier = Barrier(3)

    def post(_number: int) -> int:
        try:
            client = Client()
            client.force_login(ada)
            barrier.wait(timeout=10)
            return client.post(address(assistant, "runs"), {"version": assistant.newest_id}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor() as threads:
        assert sorted(threads.map(post, range(3))) == [200, 200, 302]
    assert TestRun.objects.count() == 1


def test_newest_versions_can_be_asked(editor, assistant, monkeypatch):
    monkeypatch.setattr("assistants.views.questions.MAX_VERSIONS", 2)
    assistant.questions.create(text="Where?")
    assistant.publish(assistant.owner, name="Tides", instructions="Newest.")
    form = editor.get(address(assistant, "questions")).context["run_form"]
    assert [version.number for version in form.fields["version"].queryset] == [3, 2]


def test_page_of_a_run_shows_both_side_by_side_with_differences(editor, assistant, ada):
    new, old = assistant.versions.order_by("-number")
    run = TestRun.objects.create(assistant=assistant, version=new, against=old, created_by=ada)
    common = {"run": run, "place": 0, "question": "Where?", "status": "completed", "must_contain": ["metres"]}
    TestAnswer.objects.create(**common, version=new, text="<i>Two metres</i>", usage={"total_tokens": 150}, seconds=3)
    TestAnswer.objects.create(**common, version=old, text="Two feet", usage={"total_tokens": 100}, seconds=2)
    page = editor.get(address(assistant, "runs", run.pk)).text
    plain = re.sub(r"\s+", " ", page)
    assert "&lt;i&gt;Two metres&lt;/i&gt;" in page
    assert "+112% length · +50% tokens · +50% time" in plain
    assert "Missing: metres" in plain
    assert "1 of 1" in plain
    assert "0 of 1" in plain
    assert "All answers are here." in page


def test_run_is_stopped_once(editor, assistant, ada):
    run = TestRun.objects.create(assistant=assistant, version=assistant.versions.last(), created_by=ada)
    assert "The run was stopped." in editor.post(address(assistant, "runs", run.pk, "stop"), follow=True).text
    run.refresh_from_db()
    first = run.stopped_at
    editor.post(address(assistant, "runs", run.pk, "stop"))
    run.refresh_from_db()
    assert run.stopped_at == first


def test_those_who_only_use_it_see_no_test_questions(client, assistant, grace, ada):
    Assistant.objects.update(visibility=Assistant.Visibility.EVERYBODY)
    run = TestRun.objects.create(assistant=assistant, version=assistant.versions.last(), created_by=ada)
    client.force_login(grace)
    assert client.get(address(assistant, "questions")).status_code == 404
    assert client.get(address(assistant, "runs", run.pk)).status_code == 404
    assert "Test questions" not in client.get(address(assistant, "versions")).text


def test_run_of_another_assistant_is_not_found(editor, assistant, ada, grace):
    other = make_assistant(grace)
    theirs = TestRun.objects.create(assistant=other, version=other.versions.get(), created_by=grace)
    assert editor.get(address(assistant, "runs", theirs.pk)).status_code == 404
    assert editor.post(address(assistant, "runs", theirs.pk, "stop")).status_code == 404
    question = other.questions.create(text="Theirs")
    assert editor.post(address(assistant, "questions", question.pk), {"delete": "1"}).status_code == 404
