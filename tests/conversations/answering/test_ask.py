"""Asking without a socket: what is stored for a question, and what is refused."""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from django.utils.translation import override

from accounts.models import User
from assistants.choices import Choices
from assistants.instructions import ABOUT_ME
from assistants.models import Assistant
from common.refusal import Refused
from common.threads import in_thread
from conversations.answering.ask import MAX_RUNNING, Asked, ask
from conversations.messages import NewMessage
from conversations.models import Attachment, Conversation, Response
from tests.support.assistants import make_assistant, make_model
from tests.support.conversations import call_tool, called, finish
from tests.support.socket import image_part, question, row_counts

pytestmark = pytest.mark.django_db(transaction=True)


class TestBranches:
    """Asking again and editing are questions that continue what the one beside them continues."""

    def test_questions_that_continue_the_same_answer_stand_side_by_side(self, ada):
        root = end(asked(ada, "Count"))
        beside = {"conversation": str(root.conversation_id), "previous_response_id": str(root.pk)}
        first = asked(ada, "More", **beside)
        again = asked(ada, "More", **beside)
        assert (first.previous, again.previous) == (root, root)
        assert first.input == again.input

    def test_a_first_question_has_siblings_too(self, ada):
        first = asked(ada, "Count")
        edited = asked(ada, "Count backwards", conversation=str(first.conversation_id))
        assert (edited.conversation, edited.previous) == (first.conversation, None)

    def test_question_that_continues_a_turn_continues_its_last_step(self, ada):
        root = asked(ada, "Count")
        step = call_tool(root, called("count", output="One"))
        last = end(call_tool(step, called("count", output="Two")))
        for response in (root, step, last):
            at = {"conversation": str(root.conversation_id), "previous_response_id": str(response.pk)}
            assert asked(ada, "More", **at).previous == last

    def test_turn_is_not_continued_before_its_last_step_has_ended(self, ada):
        root = asked(ada, "Count")
        at = {"conversation": str(root.conversation_id), "previous_response_id": str(root.pk)}
        step = call_tool(root, called("count", status="waiting"))
        assert "in progress" in refusal(ada, "More", **at).message
        Response.objects.filter(pk=step.pk).update(status="waiting")
        refused = refusal(ada, "More", **at)
        assert (refused.code, "waits for you" in refused.message) == ("response_in_progress", True)

    def test_image_may_be_sent_again_in_its_conversation_only(self, ada, mallory):
        attachment = Attachment.objects.create(user=ada, name="harbour.png", thumbnail="t", width=1, height=1, size=1)
        part = image_part(file_id=str(attachment.pk))
        first = asked(ada, "What is this?", part)
        again = asked(ada, "", part, conversation=str(first.conversation_id))
        assert again.input[0]["content"] == [part]

        elsewhere = {user: str(Conversation.objects.create(user=user).pk) for user in (ada, mallory)}
        for user, conversation in elsewhere.items():
            assert refusal(user, "What is this?", part, conversation=conversation).code == "attachment_not_found"


@pytest.mark.parametrize("process", [None, uuid.uuid4()])
def test_response_waits_for_the_process_that_is_handed_in(ada, process):
    ((response, _, _),) = together([Asked(ada.pk, made("How high is the tide?"))], process)
    response.refresh_from_db()
    assert (response.status, response.process) == ("queued", process)


def test_somebody_elses_conversation_is_refused_like_none(ada, mallory):
    response = end(asked(ada, "Count"))
    theirs = {"conversation": str(response.conversation_id), "previous_response_id": str(response.pk)}
    unknown = {"conversation": str(uuid.uuid4())}
    refusals = [refusal(mallory, "Mine now", **fields) for fields in (theirs, unknown)]
    assert [(each.code, each.message, each.status) for each in refusals] == [
        ("conversation_not_found", "This conversation doesn't exist, or you don't have access to it.", 404)
    ] * 2
    assert Response.objects.count() == 1


def test_next_question_is_refused_while_very_many_answers_are_in_progress(ada, grace):
    running = [asked(ada, "Again?") for _ in range(MAX_RUNNING)]
    refused = refusal(ada, "Again?")
    assert (refused.code, refused.message) == (
        "too_many_responses",
        "You already have 20 answers in progress. Wait for one to finish, or stop one.",
    )
    assert Conversation.objects.count() == MAX_RUNNING
    asked(grace, "And I?")
    end(running[0])
    asked(ada, "Again?")


async def test_duplicate_sent_concurrently_creates_one_response(ada):
    message = made("How high is the tide?")
    stored = await asyncio.gather(*(in_thread(together)([Asked(ada.pk, message)]) for _ in range(4)))

    assert sorted(is_new for ((_, is_new, _),) in stored) == [False, False, False, True]
    assert await row_counts() == (1, 1)


class TestTogether:
    """Messages that are stored in one batch."""

    def test_each_gets_what_is_its_own(self, ada, grace, mallory):
        root = end(asked(ada, "Count"))
        beside = {"conversation": str(root.conversation_id), "previous_response_id": str(root.pk)}
        twice = made("Twice?")
        batch = [
            Asked(ada.pk, made("More", **beside)),
            Asked(mallory.pk, made("Mine now", **beside)),
            Asked(grace.pk, twice),
            Asked(grace.pk, twice),
            Asked(grace.pk, made(" ")),
            # Another person's message may have the same id.
            Asked(ada.pk, twice),
        ]
        more, foreign, first, again, empty, same_id = together(batch)

        assert (more[0].conversation, more[0].previous, more[1]) == (root.conversation, root, True)
        assert (foreign.code, empty.code) == ("conversation_not_found", "empty_input")
        assert (first[0], first[1], again[1]) == (again[0], True, False)
        assert (same_id[0].user_id, same_id[1]) == (ada.pk, True)
        assert same_id[0].conversation != first[0].conversation
        assert (Response.objects.count(), Conversation.objects.count()) == (4, 3)

    def test_limit_of_one_person_holds_within_a_batch_and_touches_nobody_else(self, ada, grace):
        for _ in range(MAX_RUNNING - 2):
            asked(ada, "Again?")
        *mine, hers = together([Asked(ada.pk, made("Again?")) for _ in range(50)] + [Asked(grace.pk, made("And I?"))])

        assert [isinstance(each, Refused) for each in mine] == [False] * 2 + [True] * 48
        assert hers[1]
        assert (ada.responses.count(), grace.responses.count()) == (MAX_RUNNING, 1)

    def test_each_is_refused_in_the_language_of_who_asks(self, ada, grace):
        with override("de"):
            german = Asked(ada.pk, made(""))
        refused = [each.message for each in together([german, Asked(grace.pk, made(""))])]
        assert refused == ["Schreib eine Nachricht oder hänge eine Datei an.", "Write a message or attach a file."]

    def test_upload_is_sent_with_the_first_that_is_not_refused(self, ada, mallory):
        attachment = Attachment.objects.create(user=ada, name="harbour.png", thumbnail="t", width=1, height=1, size=1)
        part = image_part(file_id=str(attachment.pk))
        batch = [
            Asked(mallory.pk, made("Mine now", part)),
            Asked(ada.pk, made("What is this?", part, conversation=str(uuid.uuid4()))),
            Asked(ada.pk, made("What is this?", part)),
            Asked(ada.pk, made("Elsewhere too?", part)),
        ]
        *refused, (response, _, _), elsewhere = together(batch)

        codes = [each.code for each in (*refused, elsewhere)]
        assert codes == ["attachment_not_found", "conversation_not_found", "attachment_not_found"]
        attachment.refresh_from_db()
        assert attachment.conversation == response.conversation

    def test_message_is_stored_as_the_model_stores_it(self, ada):
        response = asked(ada, "How high is the tide?", temporary=True)
        stored = Response.objects.select_related("conversation").get(pk=response.pk)
        for one, other in ((response, stored), (response.conversation, stored.conversation)):
            for field in one._meta.concrete_fields:
                if not field.generated:
                    assert getattr(one, field.attname) == getattr(other, field.attname), field.name

    def test_conversation_that_goes_on_leaves_the_archive(self, ada):
        root = end(asked(ada, "Count"))
        root.conversation.mark(archived=True)
        more = asked(ada, "More", conversation=str(root.conversation_id), previous_response_id=str(root.pk))
        conversation = Conversation.objects.get(pk=root.conversation_id)
        assert (conversation.archived_at, conversation.updated_at) == (None, more.created_at)


class TestWhatAnswers:
    """The row says all that makes its answer, so that whoever asks the provider, and when, sends the same."""

    def test_assistant_and_what_was_chosen_beside_it_are_stored(self, ada):
        model = make_model("thinker", efforts=["low", "high"])
        assistant = make_assistant(ada, instructions="Speak to {{name}}.", model=model, settings={"temperature": 1.0})
        response = asked(ada, "Count", assistant=str(assistant.pk), effort="high")
        response = Response.objects.get(pk=response.pk)
        assert (response.provider, response.model) == (model.provider, "thinker")
        assert (response.assistant_version, response.instructions) == (assistant.newest, "Speak to ada.")
        assert response.settings == {"temperature": 1.0, "effort": "high"}
        assert response.comparison is None

    def test_next_message_is_answered_by_the_same_until_another_is_chosen(self, ada):
        model = make_model("thinker", efforts=["low", "high"])
        first = end(asked(ada, "Count", model=str(model.pk), effort="high"))
        on = {"conversation": str(first.conversation_id), "previous_response_id": str(first.pk)}
        second = end(asked(ada, "On", **on))
        assert (second.model, second.settings) == ("thinker", {"effort": "high"})
        on["previous_response_id"] = str(second.pk)
        third = asked(ada, "On", **on, assistant=str(make_assistant(ada, model=make_model("pilot")).pk))
        assert third.model == "pilot"

    def test_answers_to_compare_are_asked_at_once_and_only_once(self, ada):
        one, other = make_model("one"), make_model("other")
        assistant = make_assistant(ada, model=other, instructions="About {{topic}}.")
        fields = {"model": str(one.pk), "compare": [{"assistant": str(assistant.pk)}], "variables": {"topic": "tides"}}
        message = made("Count", **fields)
        ((first, is_new, (second,)),) = together([Asked(ada.pk, message)])
        assert (is_new, first.model, second.model, second.instructions) == (True, "one", "other", "About tides.")
        assert (first.conversation, first.previous, first.input) == (second.conversation, second.previous, second.input)
        assert first.comparison == second.comparison is not None
        ((again, is_new, compared),) = together([Asked(ada.pk, message)])
        assert (again, is_new, len(compared)) == (first, False, 0)
        assert Response.objects.count() == 2

    def test_each_answer_to_compare_counts_as_one_in_progress(self, ada):
        for number in range(MAX_RUNNING - 2):
            asked(ada, f"Count to {number}")
        model = {"model": str(make_model("one").pk)}
        assert refusal(ada, "Count", compare=[model, model]).code == "too_many_responses"
        assert asked(ada, "Count", compare=[model])

    def test_one_that_may_not_be_compared_refuses_all(self, ada, mallory):
        refused = refusal(mallory, "Count", compare=[{"assistant": str(make_assistant(ada).pk)}])
        assert refused.code == "assistant_not_found"
        assert not Response.objects.exists()

    def test_variables_are_asked_for_once_in_a_conversation(self, ada):
        assistant = make_assistant(ada, instructions="About {{topic}} on {{today}}.")
        refused = refusal(ada, "Count", assistant=str(assistant.pk))
        assert (refused.code, "topic" in refused.message) == ("variables_missing", True)
        first = end(asked(ada, "Count", assistant=str(assistant.pk), variables={"topic": "tides", "other": "no"}))
        assert first.instructions.startswith("About tides on 20")
        assert Conversation.objects.get(pk=first.conversation_id).variables == {"topic": "tides"}
        on = {"conversation": str(first.conversation_id), "previous_response_id": str(first.pk)}
        assert asked(ada, "On", **on).instructions.startswith("About tides")

    def test_variable_that_cannot_be_stored_is_refused_alone(self, ada, grace):
        assistant = make_assistant(ada, instructions="About {{topic}}.", visibility=Assistant.Visibility.EVERYBODY)
        refused, (of_grace, _, _) = together(
            [
                Asked(user.pk, made("Hi", assistant=str(assistant.pk), variables={"topic": topic}))
                for user, topic in ((ada, "ti\0des"), (grace, "tides"))
            ]
        )
        assert (refused.code, refused.param) == ("invalid_request", "variables")
        assert of_grace.instructions == "About tides."

    def test_variables_that_make_the_instructions_huge_are_refused(self, ada):
        assistant = make_assistant(ada, instructions="{{topic}} " * 10_000)
        refused = refusal(ada, "Hi", assistant=str(assistant.pk), variables={"topic": "tides " * 10})
        assert (refused.code, refused.param) == ("instructions_too_long", "variables")
        assert asked(ada, "Hi", assistant=str(assistant.pk), variables={"topic": "tides"})

    def test_variables_may_be_filled_in_later(self, ada):
        first = end(asked(ada, "Count"))
        assistant = make_assistant(ada, instructions="About {{topic}}.")
        on = {"conversation": str(first.conversation_id), "previous_response_id": str(first.pk)}
        assert asked(ada, "On", **on, assistant=str(assistant.pk), variables={"topic": "tides"}).instructions
        assert Conversation.objects.get(pk=first.conversation_id).variables == {"topic": "tides"}

    def test_what_people_say_about_themselves_comes_last(self, ada, grace):
        User.objects.filter(pk=ada.pk).update(about_me="I sail. Say {{topic}} & be brief.")
        assistant = make_assistant(ada, instructions="About {{topic}}.", visibility=Assistant.Visibility.EVERYBODY)
        first = {"assistant": str(assistant.pk), "variables": {"topic": "tides"}}
        of_ada, of_grace = (
            response for response, _, _ in together([Asked(each.pk, made("Hi", **first)) for each in (ada, grace)])
        )
        own = f"{ABOUT_ME}\nI sail. Say {{{{topic}}}} & be brief."
        assert (of_ada.instructions, of_grace.instructions) == (f"About tides.\n\n{own}", "About tides.")
        on = {"conversation": str(of_ada.conversation_id), "previous_response_id": str(end(of_ada).pk)}
        assert asked(ada, "On", **on).instructions == of_ada.instructions

    @pytest.mark.parametrize(
        ("is_on", "in_temporary", "said", "said_in_temporary"),
        [(True, False, True, False), (True, True, True, True), (False, True, False, False)],
    )
    def test_what_people_say_about_themselves_is_sent_if_they_want(
        self, ada, is_on, in_temporary, said, said_in_temporary
    ):
        ada.about_me, ada.about_me_is_on, ada.about_me_in_temporary = "I sail.", is_on, in_temporary
        ada.save()
        assert ("I sail." in asked(ada, "Hi").instructions) is said
        temporary = end(asked(ada, "Hi", temporary=True))
        on = {"conversation": str(temporary.conversation_id), "previous_response_id": str(temporary.pk)}
        for response in (temporary, asked(ada, "On", **on)):
            assert ("I sail." in response.instructions) is said_in_temporary

    @pytest.mark.parametrize("is_on", [True, False])
    def test_web_searches_know_the_place_of_their_person_if_they_want(self, ada, is_on):
        ada.place_city, ada.place_country, ada.place_is_on = "Bodø", "NO", is_on
        ada.save()
        tools = {"web_search": True, "current_time": True}
        found = asked(ada, "Hi", tools=tools).settings["tools"]
        place = {"user_location": {"city": "Bodø", "country": "NO"}} if is_on else {}
        assert found["web_search"] == place
        assert found["current_time"] == {}
        assert asked(ada, "Hi", tools=tools, temporary=True).settings["tools"]["web_search"] == {}

    def test_nothing_is_stored_for_an_assistant_that_is_not_theirs(self, ada, mallory):
        assistant = make_assistant(ada)
        assert refusal(mallory, "Count", assistant=str(assistant.pk)).code == "assistant_not_found"
        assert not Conversation.objects.exists()


def made(text: str, *parts: dict[str, Any], **fields: Any) -> NewMessage:
    command = question(text, *parts, **fields)
    del command["type"]
    return msgspec.convert(command, NewMessage)


def asked(user: User, text: str, *parts: dict[str, Any], **fields: Any) -> Response:
    response, is_new, _ = outcome(user, text, *parts, **fields)
    assert is_new
    return response


def refusal(user: User, text: str, *parts: dict[str, Any], **fields: Any) -> Refused:
    refused = outcome(user, text, *parts, **fields)
    assert isinstance(refused, Refused)
    return refused


def outcome(user: User, text: str, *parts: dict[str, Any], **fields: Any) -> Any:
    return together([Asked(user.pk, made(text, *parts, **fields))])[0]


def end(response: Response) -> Response:
    assert finish(response, "completed", output=[], sequence_number=1)
    return response


def together(asked: Sequence[Asked], process: uuid.UUID | None = None) -> list[Any]:
    """Return the outcomes, which are anything to the type checker: each test knows which is refused."""
    return [*ask(asked, Choices(), process)]
