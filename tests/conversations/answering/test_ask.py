"""Asking without a socket: what is stored for a question, and what is refused."""

import asyncio
import uuid
from typing import Any

import msgspec
import pytest

from accounts.models import User
from common.refusal import Refused
from common.threads import in_thread
from conversations.answering import ownership
from conversations.answering.ask import MAX_RUNNING, ask
from conversations.messages import NewMessage
from conversations.models import Attachment, Conversation, Response
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

    def test_image_may_be_sent_again_in_its_conversation_only(self, ada, mallory):
        attachment = Attachment.objects.create(user=ada, name="harbour.png", width=1, height=1, size=1)
        part = image_part(file_id=str(attachment.pk))
        first = asked(ada, "What is this?", part)
        again = asked(ada, "", part, conversation=str(first.conversation_id))
        assert again.input[0]["content"] == [part]

        elsewhere = {user: str(Conversation.objects.create(user=user).pk) for user in (ada, mallory)}
        for user, conversation in elsewhere.items():
            assert refusal(user, "What is this?", part, conversation=conversation).code == "attachment_not_found"


@pytest.mark.parametrize("process", [None, uuid.uuid4()])
def test_response_waits_for_the_process_that_is_handed_in(ada, process):
    response, _ = ask(ada, made("How high is the tide?"), process)
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
    stored = await asyncio.gather(*(in_thread(ask)(ada, message) for _ in range(4)))

    assert sorted(is_new for _, is_new in stored) == [False, False, False, True]
    assert await row_counts() == (1, 1)


def made(text: str, *parts: dict[str, Any], **fields: Any) -> NewMessage:
    command = question(text, *parts, **fields)
    del command["type"]
    return msgspec.convert(command, NewMessage)


def asked(user: User, text: str, *parts: dict[str, Any], **fields: Any) -> Response:
    response, is_new = ask(user, made(text, *parts, **fields))
    assert is_new
    return response


def refusal(user: User, text: str, *parts: dict[str, Any], **fields: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        ask(user, made(text, *parts, **fields))
    return refused.value


def end(response: Response) -> Response:
    assert ownership.finish(response, "completed", output=[], sequence_number=1)
    return response
