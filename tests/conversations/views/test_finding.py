"""Finding one's own conversations again: what is found, in which order, where it opens, and what is shown of it."""

import json

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from common.statements import time_limit
from conversations.models import Conversation, Response
from conversations.search import hits, plain
from tests.support.conversations import finish, queue_message

NOON = "Two metres at noon, and half a metre at six."


@pytest.fixture
def tides(ada) -> Conversation:
    return begun(ada, "Tides", "How high is it in the harbour?", NOON)


def begun(user: User, title: str, question: str = "What?", answer: str = "That.", **fields) -> Conversation:
    conversation = Conversation.objects.create(user=user, title=title, **fields)
    asked(conversation, question, answer)
    return conversation


def asked(conversation: Conversation, question: str, answer: str, previous: Response | None = None) -> Response:
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": question}]}
    response, _ = queue_message(conversation, user=conversation.user, input=[message], previous=previous)
    output = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": answer}]}
    finish(response, "completed", output=[output], sequence_number=1)
    return response


def search(user: User, words: str, **query) -> dict:
    client = Client()
    client.force_login(user)
    response = client.get("/search/", {"q": words, **query})
    assert response.status_code == 200, response.content
    return json.loads(response.content)


def titles(user: User, words: str) -> list[str]:
    return ["".join(result["title"]) for result in search(user, words)["results"]]


def marked(pieces: list[str]) -> str:
    """With brackets around every second piece, which is what was searched for."""
    return "".join(f"[{piece}]" if at % 2 else piece for at, piece in enumerate(pieces))


def test_hit_has_its_response_and_a_snippet(tides, ada):
    asked(tides, "And in Dover?", "Nobody knows.", previous=tides.responses.get())
    (result,) = search(ada, "noon")["results"]
    assert result["conversation"]["id"] == str(tides.pk)
    assert result["response_id"] == str(tides.responses.earliest("created_at").pk)
    assert marked(result["title"]) == "Tides"
    assert "Two metres at [noon], and half" in marked(result["snippet"])


def test_title_is_found_while_it_is_typed(tides, ada):
    (result,) = search(ada, "tid")["results"]
    assert (marked(result["title"]), result["response_id"], result["snippet"]) == ("[Tides]", None, [])


def test_hit_opens_its_branch(tides, ada, client):
    root = tides.responses.get()
    hidden = asked(tides, "And in Dover?", "Samphire grows there.", previous=root)
    asked(tides, "And in Brest?", "Nothing.", previous=root)
    (result,) = search(ada, "samphire")["results"]
    assert result["response_id"] == str(hidden.pk)
    client.force_login(ada)
    assert "Samphire grows there." in client.get(tides.get_absolute_url(), {"response": hidden.pk}).text


def test_best_matching_response_is_opened(tides, ada):
    best = asked(tides, "noon?", "noon, noon and noon", previous=tides.responses.get())
    assert search(ada, "noon")["results"][0]["response_id"] == str(best.pk)


def test_titles_rank_higher_and_newer_goes_first(ada):
    for name in ("First", "Second"):
        begun(ada, name, answer="The lighthouse of Brest.")
    begun(ada, "Lighthouse")
    begun(ada, "Third", answer="The lighthouse of Brest.")
    assert titles(ada, "lighthouse") == ["Lighthouse", "Third", "Second", "First"]


def test_archived_conversations_are_found_and_marked(tides, ada):
    tides.mark(archived=True)
    assert search(ada, "noon")["results"][0]["conversation"]["archived"]


@pytest.mark.parametrize("fields", [{"deleted_at": timezone.now()}, {"is_temporary": True}])
def test_deleted_and_temporary_conversations_are_never_found(ada, fields):
    begun(ada, "Tides", answer=NOON, **fields)
    assert titles(ada, "tides") == titles(ada, "noon") == []


def test_conversations_of_others_are_never_found(tides, grace, mallory, hopper):
    for other in (grace, mallory, hopper):
        assert titles(other, "noon") == titles(other, "tides") == []


def test_hits_come_page_by_page(ada):
    for number in range(45):
        begun(ada, f"Tide {number}")
    seen, offset = [], 0
    while offset is not None:
        page = search(ada, "tide", offset=offset)
        seen.append(["".join(result["title"]) for result in page["results"]])
        offset = page["next"]
    assert [len(page) for page in seen] == [20, 20, 5]
    assert sorted(title for page in seen for title in page) == sorted(f"Tide {number}" for number in range(45))


@pytest.mark.parametrize("words", ["", "   ", "!!!", "submarine"])
def test_no_match_has_no_results(tides, ada, words):
    assert search(ada, words) == {"results": [], "next": None}


@pytest.mark.parametrize("offset", ["-1", "one", "²", "999999"])
def test_invalid_offset_is_not_found(client, ada, offset):
    client.force_login(ada)
    assert client.get("/search/", {"q": "noon", "offset": offset}).status_code == 404


def test_snippets_are_plain_text(ada):
    begun(ada, "<b>Tides</b>", answer="**High** `noon` <img src=x onerror=alert(1)> \ue000tide\ue001")
    (result,) = search(ada, "noon")["results"]
    assert "High [noon] <img src=x onerror=alert(1)> tide" in marked(result["snippet"])
    assert marked(result["title"]) == "<b>Tides</b>"


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("- High\n- low\n  1. *noon*\n- [x] six", "High low noon six"),
        ("## High\n\n> at **noon**, 2*3 = 6", "High at noon, 2*3 = 6"),
        ("High\n\n```sql\nselect noon;\n```\n\n---\n\nlow", "High select noon; low"),
        ("| High | low |\n|---|:-:|\n| noon | six |", "High low noon six"),
        ("High [at noon](https://example.org/noon), C# and ~~low~~", "High at noon, C# and low"),
    ],
)
def test_snippet_has_the_words_of_markdown_without_its_signs(ada, markdown, words):
    assert " ".join(plain(markdown).split()) == words
    begun(ada, "Tides", answer=f"- low\n- **High**\n\n{markdown}")
    (result,) = search(ada, "noon")["results"]
    assert "low High" in marked(result["snippet"])


def test_hit_says_when_its_message_was_sent(tides, ada):
    (result,) = search(ada, "noon")["results"]
    assert result["created_at"] == tides.responses.get().created_at.isoformat()
    (result,) = search(ada, "tid")["results"]
    assert result["created_at"] is None


@pytest.mark.parametrize(
    ("words", "snippet"),
    [
        ("samphire", "[Samphire] grows on the cliff"),
        ("samph", "[Samphire] grows"),
        ("rising samphire", "[rising] resamphire [Samphire] grows"),
        ('"on the cliff"', "grows [on] [the] [cliff]"),
        ("samphire or submarine", "[Samphire] grows"),
        ("samphire -submarine", "[Samphire] grows"),
    ],
)
def test_snippet_of_a_long_text_shows_the_match(ada, words, snippet):
    begun(ada, "Tides", answer=f"{'rising resamphire ' * 4000} Samphire grows on the cliff. {'falling ' * 1000}")
    (result,) = search(ada, words)["results"]
    assert snippet in marked(result["snippet"])


@pytest.mark.parametrize(
    "words", ["a b c d e f g h", '"a b c d e f g h"', '"a b" "b c" "c d"', "a or b or c or d or e"]
)
def test_text_full_of_matches_is_searched_soon(ada, words):
    for _ in range(3):
        begun(ada, "Letters", answer="a b c d e f g h " * 6250)
    with time_limit(1):
        assert len(hits(ada, words)[0]) == 3


def test_title_is_shown_unchanged(ada):
    begun(ada, "C# and F#, ~/.bashrc | `x` *\ue000*")
    (result,) = search(ada, "and")["results"]
    assert marked(result["title"]) == "C# [and] F#, ~/.bashrc | `x` **"


def test_search_takes_one_query(ada, django_assert_num_queries):
    for number in range(30):
        begun(ada, f"Tide {number}", answer=NOON)
    with django_assert_num_queries(1):
        found, is_more = hits(ada, "noon")
    assert (len(found), is_more) == (20, True)


operators = st.sampled_from(
    ["or", "-", '"', "'", "\\", "&", "|", "!", ":*", "<->", "(", ")", "%", "\x00", " ", "\ue000"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(operators | st.text(max_size=8), max_size=8).map("".join))
def test_whatever_somebody_types_is_a_search(tides, words):
    for hit in hits(tides.user, words)[0]:
        assert "".join(hit.title) == "Tides"
