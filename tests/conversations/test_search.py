"""Which conversations are found by which words."""

from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.statements import time_limit
from conversations.models import Conversation
from conversations.search import Search
from tests.support.conversations import finish, queue_message


@pytest.fixture
def tides(ada) -> Conversation:
    return answered(ada, "Tides", "How high is it in the harbour?", "Two metres at noon.")


@pytest.fixture
def boats(ada) -> Conversation:
    return answered(ada, "Small boats", "Is it too windy?", "Not before noon, near the harbour.")


def answered(user, title: str, question: str, answer: str) -> Conversation:
    conversation = Conversation.objects.create(user=user, title=title)
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": question}]}
    response, _ = queue_message(conversation, user=user, input=[message])
    output = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": answer}]}
    finish(response, "completed", output=[output], sequence_number=1)
    return conversation


def matching(words: str) -> set[UUID]:
    """Return the ids of the conversations that match, which are found both ways."""
    search = Search(words)
    found = {row["pk"] for row in search.everywhere()}
    assert search.among(Conversation.objects.values_list("pk", flat=True)) == found
    return found


def found(words: str) -> set[str]:
    titles = dict(Conversation.objects.values_list("pk", "title"))
    return {titles[pk] for pk in matching(words)}


BOTH = {"Tides", "Small boats"}


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("noon", BOTH),
        ("NOON", BOTH),
        ("metres", {"Tides"}),
        ("windy", {"Small boats"}),
        ("boats", {"Small boats"}),
        ("harbour noon", BOTH),
        ("harbour metres", {"Tides"}),
        ("metres windy", set()),
        ("submarine", set()),
        ('"two metres"', {"Tides"}),
        ('"metres two"', set()),
        ("harbour -metres", {"Small boats"}),
        ("metres or windy", BOTH),
        ("har", BOTH),
        ("harbour met", {"Tides"}),
        ("har metres", set()),
        ('"har"', set()),
        ("noon -har", BOTH),
        ("windy or met", {"Small boats"}),
        ("sma", {"Small boats"}),
        ("!!!", set()),
        ("", set()),
    ],
)
def test_words_match(tides, boats, words, titles):
    assert found(words) == titles


def test_conversation_is_found_once(tides):
    finish(
        queue_message(tides, user=tides.user, input=[{"role": "user", "content": "noon"}])[0],
        "cancelled",
        output=[],
        sequence_number=1,
    )
    assert list(Search("noon").everywhere()) == [{"pk": tides.pk}]


def test_answer_is_found_when_ended_and_title_at_once(ada):
    conversation = Conversation.objects.create(user=ada, title="Lighthouses")
    response, _ = queue_message(
        conversation,
        user=ada,
        input=[{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Who keeps them?"}]}],
    )
    assert found("lighthouses") == {"Lighthouses"}
    assert found("keeps") == set()

    finish(response, "failed", output=[], sequence_number=1)
    assert found("keeps") == {"Lighthouses"}


@pytest.mark.parametrize("text", ["a_", "~/", "<!-- "])
def test_text_that_is_hard_to_parse_is_stored_and_found(ada, text):
    with time_limit(5):
        answered(ada, "Hard", "Is it noon?", f"{text * (100_000 // len(text))} harbour")
    assert found("noon harbour") == {"Hard"}


def test_only_the_first_eight_words_are_searched(tides):
    assert found("how high is it in the harbour two submarine") == {"Tides"}
    assert found("how high is it in the harbour t metres") == set()


def test_only_the_given_conversations_are_looked_through(tides, boats):
    assert Search("noon").among([boats.pk]) == {boats.pk}
    assert Search("noon").among([]) == set()


def test_search_uses_indexes(db):
    with connection.cursor() as cursor:
        # Neither a whole table nor a whole index is read for the few rows of a test.
        for way in ("seqscan", "indexscan", "indexonlyscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    plan = Search("noon").everywhere().explain()
    assert "conversation_title_words" in plan
    assert "response_search" in plan


operators = st.sampled_from(["or", "-", '"', "'", "\\", "&", "|", "!", ":*", "<->", "(", ")", "%", "\x00", " "])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(operators | st.text(max_size=8), max_size=8).map("".join))
def test_whatever_somebody_types_is_a_search(db, words):
    matching(words)
