"""What a viewer gets of a row has nothing in it that is the server's or the admins' business."""

import uuid
from dataclasses import asdict

import pytest

from common.refusal import Refused
from conversations import representations
from conversations.branches import Turn
from conversations.models import Conversation, Feedback, Response
from conversations.representations.drawn import drawn
from conversations.representations.exported import exported_response

SECRET = "swordfish"


@pytest.fixture
def response(ada) -> Response:
    """A failed response whose row has secrets wherever it can."""
    return Response.objects.create(
        conversation=Conversation.objects.create(user=ada, title="Tides"),
        user=ada,
        client_message_id=uuid.uuid4(),
        response_id=SECRET,
        status="failed",
        model="gpt",
        instructions=SECRET,
        process=uuid.uuid4(),
        input=[{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "How high?"}]}],
        error={"code": "server_error", "message": "Ask again.", "detail": SECRET, "status": 500},
        completed_at="2026-11-30T12:00:00Z",
        sequence_number=7,
    )


def representation(name: str, row: Response) -> object:
    theirs: dict[str, object] = {
        "id": SECRET,
        "status": "failed",
        "error": row.error,
        "instructions": SECRET,
        "output": [],
    }
    match name:
        case "public":
            return representations.public({"type": "response.failed", "response": theirs}, row)
        case "drawn":
            return asdict(drawn(Turn(row, [row.pk])))
        case "exported_response":
            return exported_response(row)
        case _:
            return getattr(representations, name)(row)


@pytest.mark.parametrize("name", ["public", "queued", "first", "resumed", "ended", "drawn", "exported_response"])
def test_representation_has_no_secrets(response, name):
    response.refresh_from_db()
    text = str(representation(name, response))
    assert SECRET not in text
    assert str(response.process) not in text
    assert str(response.pk) in text


def test_end_is_newer_than_what_a_page_has_seen(response):
    response.refresh_from_db()
    numbers = [representations.ended(response, after=after)["sequence_number"] for after in (-1, 6, 7, 20)]
    assert numbers == [7, 7, 8, 21]


def test_waiting_that_is_sent_again_does_not_have_the_number_of_what_comes_next(response):
    response.status, response.completed_at = "waiting", None
    assert [representations.ended(response, after=after)["sequence_number"] for after in (-1, 7)] == [7, 7]


def test_drawn_turn_has_the_viewers_own_feedback(response, ada):
    feedback = Feedback(response=response, user=ada, rating="up", comment="Yes")
    turn = drawn(Turn(response, [response.pk]), feedback)
    assert turn.response.feedback == {"rating": "up", "comment": "Yes"}
    assert drawn(Turn(response, [response.pk])).response.feedback is None


def test_refusal_names_the_question_that_it_is_about():
    refused, question = Refused("empty_input", "Write a message.", "input"), uuid.uuid4()
    event: dict[str, object] = {"type": "error", "code": "empty_input", "message": "Write a message.", "param": "input"}
    assert representations.refusal(refused) == event
    assert representations.refusal(refused, question) == event | {"client_message_id": str(question)}
