"""Test questions: asked of the versions that a run names, kept with what they cost, stopped, asked again if lost."""

import pytest

from assistants.models import Assistant, AssistantVersion, TestAnswer, TestQuestion, TestRun
from common.threads import in_thread
from conversations.answering.ask import MAX_RUNNING
from conversations.live.testing import LOST, MAX_AT_ONCE
from conversations.models import Conversation, Response
from conversations.retention.temporary import remove
from tests.support.assistants import make_assistant

QUESTIONS = ["How high is the tide?", "When is it?"]


@pytest.fixture
def assistant(transactional_db, ada) -> Assistant:
    made = make_assistant(ada, name="Tides", instructions="Old {{tone}}.")
    made.publish(ada, name="Tides", instructions="New {{tone}}.")
    return made


def begin(assistant: Assistant, *, questions: list[str] = QUESTIONS, **fields) -> TestRun:
    """Store a run of questions, for the newest version beside the first one."""
    old, new = assistant.versions.order_by("number")[:2]
    fields = {"variables": {"tone": "words"}, "created_by": assistant.owner} | fields
    run = TestRun.objects.create(assistant=assistant, version=new, against=old, **fields)
    for place, text in enumerate(questions):
        for version in (new, old):
            TestAnswer.objects.create(run=run, version=version, place=place, question=text, must_contain=["METRES"])
    return run


async def begun(assistant: Assistant, **fields) -> TestRun:
    return await in_thread(begin)(assistant, **fields)


async def answers(run: TestRun) -> list[TestAnswer]:
    return await in_thread(lambda: [*run.answers.select_related("version")])()


async def until_over(process, run: TestRun) -> list[TestAnswer]:
    """Step until no answer is open, each time after the answers that run have ended."""
    while any(each.status in TestAnswer.OPEN for each in await answers(run)):
        await process.testing.step()
        tasks = [task for _, task in process.runner._runs.values()]
        for task in tasks:
            await task
    return await answers(run)


async def test_both_versions_answer_each_question_and_nothing_else_is_kept(site, server_process, assistant):
    site.script(text="Two metres.")
    found = await until_over(server_process, await begun(assistant))
    assert {each.status for each in found} == {"completed"}
    assert all(each.is_good and each.tokens and each.seconds is not None for each in found)
    sent = sorted((body["instructions"], body["input"][-1]["content"][0]["text"]) for body in site.bodies())
    assert sent == sorted((f"{age} words.", question) for age in ("New", "Old") for question in QUESTIONS)
    assert all(body["store"] is False for body in site.bodies())
    assert not await in_thread(Conversation.objects.exists)()


async def test_a_few_are_asked_at_once(site, server_process, assistant):
    site.script(text="Two.", at={"1": {"wait": "go"}})
    run = await begun(assistant, questions=["1?", "2?", "3?"])
    await server_process.testing.step()
    await server_process.testing.step()
    assert [each.status for each in await answers(run)].count("running") == MAX_AT_ONCE
    await in_thread(TestRun.objects.filter(pk=run.pk).update)(stopped_at=run.created_at)
    site.release("go")
    await until_over(server_process, run)


async def test_stopped_run_keeps_what_was_answered(site, server_process, assistant):
    run = await begun(assistant, questions=["First?"])
    site.script(text="Two metres.")
    await until_over(server_process, run)
    site.script(text="Two.", at={"1": {"wait": "never"}})
    again = await begun(assistant, questions=["Second?"])
    await server_process.testing.step()
    await in_thread(TestRun.objects.filter(pk=again.pk).update)(stopped_at=again.created_at)
    await server_process.testing.step()
    assert {each.status for each in await answers(again)} == {"stopped"}
    assert {each.status for each in await answers(run)} == {"completed"}
    assert not await in_thread(Conversation.objects.exists)()


async def test_answers_that_are_lost_are_asked_once_more(site, server_process, assistant):
    site.script(text="Two metres.", at={"1": {"wait": "never"}})
    run = await begun(assistant, questions=["Where?"])
    for attempt in (1, 2):
        await server_process.testing.step()
        assert {(each.status, each.attempt) for each in await answers(run)} == {("running", attempt)}
        for conversation in await in_thread(lambda: [*Conversation.objects.all()])():
            await remove(server_process.logs, conversation.pk)
    await server_process.testing.step()
    assert {(each.status, each.problem) for each in await answers(run)} == {("failed", LOST)}


async def test_refusals_are_said_and_a_full_person_waits(site, server_process, assistant, ada):
    run = await begun(assistant, variables={}, questions=["Where?"])
    await server_process.testing.step()
    assert {each.problem for each in await answers(run)} == {"Fill in first: tone."}

    def busy() -> list[Response]:
        conversation = Conversation.objects.create(user=ada)
        message = {"type": "message", "role": "user", "content": []}
        rows = [Response(conversation=conversation, user=ada, input=[message]) for _ in range(MAX_RUNNING)]
        return Response.objects.bulk_create(rows)

    await in_thread(busy)()
    waiting = await begun(assistant, questions=["Where?"])
    await server_process.testing.step()
    assert {each.status for each in await answers(waiting)} == {"queued"}


async def test_archived_assistant_answers_no_test_questions(site, server_process, assistant):
    run = await begun(assistant, questions=["Where?"])
    await in_thread(Assistant.objects.update)(archived_at=run.created_at)
    await server_process.testing.step()
    assert {each.problem for each in await answers(run)} == {"The assistant Tides was archived. Choose another one."}


async def test_nothing_is_asked_for_somebody_whose_account_is_deactivated(site, server_process, assistant, ada):
    run = await begun(assistant, questions=["Where?"])
    ada.is_active = False
    await in_thread(ada.save)()
    assert {each.status for each in await until_over(server_process, run)} == {"stopped"}
    assert not site.bodies()


async def test_failed_and_cut_answers_are_not_good(site, server_process, assistant):
    final = {"$response": {"incomplete_details": {"reason": "max_output_tokens"}}}
    end = {"event": {"type": "response.incomplete", "response": final}}
    site.script(match="cut", steps=[{"event": {"type": "response.created", "response": "$response"}}, end])
    site.script(match="wrong", error={"status": 400, "body": '{"error": {"message": "no"}}'})
    found = await until_over(server_process, await begun(assistant, questions=["cut?", "wrong?"]))
    assert {each.is_good for each in found} == {False}
    assert {each.problem for each in found if each.question == "cut?"} == {"The answer was cut off."}
    assert all(each.problem for each in found)


async def test_slow_runs_of_others_hold_up_nobody(site, server_process, assistant, grace):
    await in_thread(Assistant.objects.update)(visibility=Assistant.Visibility.EVERYBODY)
    site.script(match="slow", text="Two.", at={"1": {"wait": "go"}})
    site.script(match="fast", text="Two metres.")
    slow = [await begun(assistant, questions=["slow?"], created_by=grace) for _ in range(6)]
    fast = await begun(assistant, questions=["fast?"])
    await server_process.testing.step()
    assert {each.status for each in await answers(fast)} == {"running"}
    site.release("go")
    for run in (*slow, fast):
        await until_over(server_process, run)


async def test_run_that_cannot_go_on_holds_up_no_other(site, server_process, assistant, grace, monkeypatch, caplog):
    site.script(text="Two metres.")
    broken, run = await begun(assistant, created_by=grace), await begun(assistant)
    ask = server_process.testing._ask

    def ask_or_break(run: TestRun, *args) -> None:
        if run == broken:
            raise RuntimeError
        ask(run, *args)

    monkeypatch.setattr(server_process.testing, "_ask", ask_or_break)
    assert {each.status for each in await until_over(server_process, run)} == {"completed"}
    assert {each.status for each in await answers(broken)} == {"queued"}
    assert f"The run of test questions {broken.pk} could not go on." in caplog.text
    await in_thread(TestRun.objects.filter(pk=broken.pk).update)(stopped_at=broken.created_at)
    await server_process.testing.step()
    assert {each.status for each in await answers(broken)} == {"stopped"}


def test_words_are_found_in_any_case():
    answer = TestAnswer(
        status="completed", text="Two METRES, at noon", must_contain=["metres", "tide"], must_not_contain=["Noon", "x"]
    )
    assert (answer.missing, answer.unwanted, answer.is_good) == (["tide"], ["Noon"], False)
    assert TestAnswer(status="completed", text="Straße", must_contain=["STRASSE"]).is_good
    assert not TestAnswer(status="failed", text="").is_good
    assert str(AssistantVersion(name="Tides", number=2)) == "Tides 2"
    assert str(TestQuestion(text="Where?")) == "Where?"
