"""What the database itself guarantees, and the tree's own questions."""

import uuid

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from conversations.answering import ownership
from conversations.models import Conversation, Response
from tests.support.assistants import make_model
from tests.support.conversations import begin, finish, queue_message

QUESTION = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "How high is the tide?"}]}]
ANSWER = [
    {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "Two metres at noon.", "annotations": []}],
    }
]


@pytest.fixture
def conversation(ada) -> Conversation:
    return Conversation.objects.create(user=ada, title="Tides")


def ask(conversation: Conversation, previous: Response | None = None, **fields) -> Response:
    return queue_message(conversation, user=conversation.user, input=QUESTION, previous=previous, **fields)[0]


def check_deferred_constraints() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_path_runs_from_the_root_without_siblings(conversation):
    root = ask(conversation)
    _sibling, child = ask(conversation, root), ask(conversation, root)
    grandchild = ask(conversation, child)

    assert grandchild.path() == [root, child, grandchild]


def test_previous_response_must_be_in_the_same_conversation(conversation, ada):
    elsewhere = ask(Conversation.objects.create(user=ada))
    with transaction.atomic():
        ask(conversation, elsewhere)
        with pytest.raises(IntegrityError, match="response_previous_in_conversation"):
            check_deferred_constraints()
        transaction.set_rollback(True)


def test_message_is_asked_once(conversation):
    message = uuid.uuid4()
    first = queue_message(conversation, user=conversation.user, input=QUESTION, client_message_id=message)
    again = queue_message(conversation, user=conversation.user, input=QUESTION, client_message_id=message)

    assert first == (again[0], True)
    assert again[1] is False
    assert conversation.responses.count() == 1


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"status": "done", "completed_at": timezone.now()}, "response_status"),
        ({"status": "completed"}, "response_ended_when_not_running"),
        ({"input": {"type": "message"}}, "response_input_is_items"),
        ({"output": "words"}, "response_output_is_items"),
    ],
)
def test_database_refuses_invalid_rows(conversation, fields, constraint):
    response = ask(conversation)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Response.objects.filter(pk=response.pk).update(**fields)


def test_response_cannot_continue_itself(conversation):
    response = ask(conversation)
    with pytest.raises(DatabaseError, match="response_not_its_own_previous"), transaction.atomic():
        Response.objects.filter(pk=response.pk).update(previous=response)


def test_response_id_is_unique_among_those_of_its_provider(conversation):
    first, second = ask(conversation), ask(conversation)
    assert begin(first, "resp_1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Response.objects.filter(pk=second.pk).update(response_id="resp_1")
    second.provider = make_model("elsewhere").provider
    second.save()
    assert begin(second, "resp_1")
    third = ask(conversation)
    with pytest.raises(IntegrityError), transaction.atomic():
        Response.objects.filter(pk=third.pk).update(provider=second.provider, response_id="resp_1")


@pytest.mark.django_db(transaction=True)
def test_response_id_given_twice_is_dropped_from_both(conversation):
    first, second = ask(conversation), ask(conversation)
    elsewhere = ask(conversation)
    elsewhere.provider = make_model("elsewhere").provider
    elsewhere.save()
    for response in (first, elsewhere, second):
        assert begin(response, "resp_1")

    assert set(Response.objects.values_list("pk", "response_id")) == {
        (first.pk, None),
        (second.pk, None),
        (elsewhere.pk, "resp_1"),
    }


def test_answer_ends_once(conversation):
    response = ask(conversation)
    assert finish(response, "completed", output=ANSWER, sequence_number=9)
    assert not finish(response, "cancelled", output=[], sequence_number=10)
    # Who was not told that it was stored stores it again.
    assert finish(response, "completed", output=ANSWER, sequence_number=9)

    response.refresh_from_db()
    assert (response.status, response.answer(), response.sequence_number) == (
        "completed",
        "Two metres at noon.",
        9,
    )
    assert not begin(response, "resp_2")


def test_words_are_indexed_when_the_answer_has_ended(conversation):
    response = ask(conversation)
    assert not Response.objects.filter(search="tide").exists()

    finish(response, "completed", output=ANSWER, sequence_number=9)
    assert Response.objects.filter(search="tide").exists()
    assert Response.objects.filter(search="noon").exists()
    assert not Response.objects.filter(search="output_text").exists()


def test_answer_too_long_to_index_is_stored(conversation):
    words = " ".join(f"word{number:06}" for number in range(150_000))
    output = [{**ANSWER[0], "content": [{"type": "output_text", "text": words, "annotations": []}]}]
    response = ask(conversation)

    assert finish(response, "completed", output=output, sequence_number=9)
    assert Response.objects.get(search="tide").answer() == words


def test_lost_answer_is_queued_again_and_kept_as_a_sibling(conversation):
    root = ask(conversation)
    lost = ask(conversation, root)
    begin(lost, "resp_1")
    ownership.hand_off(lost, output=ANSWER, sequence_number=7, starting_after=None)
    lost.refresh_from_db()

    assert ownership.restart(lost, {"code": "interrupted"}, lost.output)
    lost.refresh_from_db()
    assert (lost.status, lost.response_id, lost.output, lost.attempt) == ("queued", None, [], 2)
    sibling, again = conversation.responses.filter(previous=root)
    assert again == lost
    assert (sibling.status, sibling.response_id, sibling.output) == ("failed", "resp_1", ANSWER)
    assert sibling.error == {"code": "interrupted"}
    assert conversation.responses.last() == lost


def test_lost_answer_is_asked_again_once_and_only_if_recent(conversation):
    twice, late = ask(conversation), ask(conversation)
    assert ownership.restart(twice, {}, [])
    # A process that wasn't told may repeat the restart; for one that knows of it, it was the last time.
    assert ownership.restart(twice, {}, [])
    twice.refresh_from_db()
    assert not ownership.restart(twice, {}, [])
    Response.objects.filter(pk=late.pk).update(created_at=timezone.now() - ownership.RESTART_AGE)
    assert not ownership.restart(late, {}, [])
    assert Response.objects.count() == 2


def test_handed_off_answer_does_not_count_as_lost(conversation):
    """So it may be lost once, however often it was handed on."""
    response = ask(conversation)
    for _ in range(3):
        assert ownership.hand_off(response, output=[], sequence_number=1, starting_after=None)
        response.refresh_from_db()
        assert ownership.restart(response, {}, [])
        response.refresh_from_db()
    assert ownership.restart(response, {}, [])
    response.refresh_from_db()
    assert not ownership.restart(response, {}, [])
    assert (response.attempt, response.hand_offs) == (5, 3)


def test_resumed_answer_is_the_same_attempt(conversation):
    response = ask(conversation)
    assert ownership.hand_off(response, output=[], sequence_number=1, starting_after=7)
    response.refresh_from_db()
    assert (response.attempt, response.hand_offs) == (1, 0)


def test_conversation_is_visible_to_its_owner_only(conversation, ada, grace, mallory):
    response = ask(conversation)
    assert Conversation.objects.visible_to(ada).get() == conversation
    assert Response.objects.visible_to(ada).get() == response
    for other in (grace, mallory):
        assert not Conversation.objects.visible_to(other).exists()
        assert not Response.objects.visible_to(other).exists()
