"""Thumbs up and down: whose they are, when they can be given, and what the page and the review show of them."""

import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.models import Conversation, Feedback, Item, Response
from tests.support.conversations import finish, queue_message

QUESTION: list[Item] = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "How high?"}]}]
ANSWER: list[Item] = [
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Two metres."}]}
]


def asked(conversation: Conversation, previous: Response | None = None) -> Response:
    return queue_message(conversation, user=conversation.user, input=QUESTION, previous=previous)[0]


def answered(conversation: Conversation, previous: Response | None = None) -> Response:
    response = asked(conversation, previous)
    assert finish(response, "completed", output=ANSWER, sequence_number=9)
    return response


@pytest.fixture
def conversation(ada) -> Conversation:
    return Conversation.objects.create(user=ada, title="Tides")


@pytest.fixture
def response(conversation) -> Response:
    return answered(conversation)


def address(response: Response) -> str:
    return f"/responses/{response.pk}/feedback/"


def put(client: Client, response: Response, **body: Any) -> Any:
    return client.put(address(response), json.dumps(body), "application/json")


def given(response: Response) -> list[tuple[str, str, str]]:
    return [(str(row.user), row.rating, row.comment) for row in response.feedback.all()]


class TestGiving:
    @pytest.fixture
    def client(self, client, ada):
        client.force_login(ada)
        return client

    def test_feedback_is_given_changed_and_withdrawn(self, client, response):
        assert put(client, response, rating="up").status_code == 204
        assert given(response) == [("ada", "up", "")]

        assert put(client, response, rating="down", comment=" Tides are higher there. ").status_code == 204
        assert given(response) == [("ada", "down", "Tides are higher there.")]

        assert client.delete(address(response)).status_code == 204
        assert given(response) == []

    def test_missing_feedback_can_be_withdrawn(self, client, response):
        assert client.delete(address(response)).status_code == 204

    def test_new_rating_drops_the_old_comment(self, client, response):
        put(client, response, rating="down", comment="Wrong.")
        put(client, response, rating="up")
        assert given(response) == [("ada", "up", "")]

    def test_comment_is_limited_to_2000_characters(self, client, response):
        assert put(client, response, rating="up", comment="ü" * 2000).status_code == 204
        refused = put(client, response, rating="down", comment="ü" * 2001)
        assert refused.status_code == 400
        assert refused.json()["error"] == {
            "code": "comment_too_long",
            "message": "Write no more than 2000 characters.",
        }
        assert given(response) == [("ada", "up", "ü" * 2000)]

    def test_nul_is_removed_from_a_comment(self, client, response):
        assert put(client, response, rating="up", comment="Go\0od").status_code == 204
        assert given(response) == [("ada", "up", "Good")]

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "thumbs up",
            "[]",
            '"up"',
            "{}",
            '{"rating": null}',
            '{"rating": "sideways"}',
            '{"rating": "up", "comment": 5}',
            '{"rating": "up", "user": 1}',
            '{"rating": "up", "comment": "\\ud800"}',
            "[" * 50_000,
            b"\xff",
            b'{"rating": "up", "comment": "\xff"}',
        ],
    )
    def test_invalid_feedback_is_refused_with_a_sentence(self, client, response, body):
        refused = client.put(address(response), body, "application/json")
        assert refused.status_code == 400
        assert refused.json()["error"]["code"] == "invalid_request"
        assert given(response) == []

    def test_running_answer_cannot_be_rated(self, client, conversation):
        running = asked(conversation)
        for refused in (put(client, running, rating="up"), client.delete(address(running))):
            assert refused.status_code == 409
            assert refused.json()["error"]["code"] == "response_in_progress"

    def test_response_of_a_deleted_conversation_is_not_found(self, client, conversation, response):
        Conversation.objects.filter(pk=conversation.pk).update(deleted_at=timezone.now())
        assert put(client, response, rating="up").status_code == 404

    def test_unknown_response_is_not_found(self, client, ada):
        refused = client.delete(f"/responses/{uuid.uuid4()}/feedback/")
        assert refused.status_code == 404
        assert refused.json()["error"]["code"] == "response_not_found"

    def test_feedback_allows_only_put_and_delete(self, client, response):
        assert client.get(address(response)).status_code == 405
        assert client.post(address(response)).status_code == 405


class TestWhose:
    def test_outsiders_cannot_rate(self, client, response, ada, grace, mallory, hopper):
        Feedback.objects.create(response=response, user=ada, rating="up")
        for other in (grace, mallory, hopper):
            client.force_login(other)
            assert put(client, response, rating="down").status_code == 404
            assert client.delete(address(response)).status_code == 404
        assert given(response) == [("ada", "up", "")]

    def test_who_is_signed_out_gets_a_sentence(self, client, response):
        refused = put(client, response, rating="up")
        assert refused.status_code == 401
        assert refused.json()["error"] == {
            "code": "unauthenticated",
            "message": "You're signed out. Sign in again to continue.",
        }

    def test_feedback_needs_the_csrf_token(self, ada, response):
        client = Client(enforce_csrf_checks=True)
        client.force_login(ada)
        assert put(client, response, rating="up").status_code == 403
        assert given(response) == []


class TestThePage:
    def test_page_shows_own_feedback(self, client, ada, grace, conversation, response):
        second = answered(conversation, response)
        answered(conversation, second)
        Feedback.objects.create(response=response, user=ada, rating="up", comment='A "good" <b>one</b>')
        Feedback.objects.create(response=second, user=ada, rating="down")
        # As if the conversation had once been shared.
        Feedback.objects.create(response=second, user=grace, rating="up", comment="Not for ada")
        client.force_login(ada)
        html = client.get(conversation.get_absolute_url()).text

        drawn, _, _ = html.partition("<template")
        assert drawn.count('data-rating="up" data-comment="A &quot;good&quot; &lt;b&gt;one&lt;/b&gt;"') == 1
        assert drawn.count('data-rating="down" data-comment=""') == 1
        assert drawn.count('data-rating="" data-comment=""') == 1
        assert "Not for ada" not in html


class TestTheReview:
    LIST = "/admin/conversations/conversation/"

    @pytest.fixture
    def client(self, client, hopper):
        client.force_login(hopper)
        return client

    @pytest.fixture
    def liked(self, conversation, response, ada, grace) -> Conversation:
        second = answered(conversation, response)
        Feedback.objects.create(response=response, user=ada, rating="up")
        Feedback.objects.create(response=second, user=ada, rating="up")
        Feedback.objects.create(response=second, user=grace, rating="down", comment="It is <b>three</b> metres.")
        return conversation

    def test_list_counts_feedback(self, client, liked, grace):
        Conversation.objects.create(user=grace, title="Boats")
        page = client.get(self.LIST).text
        assert page.count('<td class="field-feedback">2 up, 1 down</td>') == 1
        assert page.count('<td class="field-feedback"></td>') == 1

    def test_feedback_counts_take_no_extra_query(self, client, liked, ada, django_assert_num_queries):
        with CaptureQueriesContext(connection) as one:
            client.get(self.LIST)
        for _ in range(5):
            Feedback.objects.create(response=answered(Conversation.objects.create(user=ada)), user=ada, rating="up")
        with django_assert_num_queries(len(one)):
            client.get(self.LIST)

    def test_conversations_are_filtered_by_feedback(self, client, liked, ada):
        good = Conversation.objects.create(user=ada, title="Boats")
        Feedback.objects.create(response=answered(good), user=ada, rating="up")
        for rating, found in {"up": {"Tides", "Boats"}, "down": {"Tides"}, "sideways": {"Tides", "Boats"}}.items():
            page = client.get(self.LIST, {"feedback": rating}).text
            assert {title for title in ("Tides", "Boats") if f">{title}</a>" in page} == found

    def test_transcript_shows_each_rating_with_its_comment(self, client, liked):
        page = client.get(f"{self.LIST}{liked.pk}/change/").text
        assert "<dd>2 up, 1 down</dd>" in page
        assert page.count("<b>Thumbs up</b> by ada") == 2
        assert page.count("<b>Thumbs down</b> by grace") == 1
        assert '<span class="comment">It is &lt;b&gt;three&lt;/b&gt; metres.</span>' in page

    def test_transcript_loads_all_feedback_in_one_query(self, client, liked, ada, django_assert_num_queries):
        answered(liked)
        with CaptureQueriesContext(connection) as few:
            client.get(f"{self.LIST}{liked.pk}/change/")
        for _ in range(2):
            Feedback.objects.create(response=answered(liked), user=ada, rating="up")
        with django_assert_num_queries(len(few)):
            client.get(f"{self.LIST}{liked.pk}/change/")
