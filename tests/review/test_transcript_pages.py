"""A transcript's pages are bounded: in turns, in what they render, and in what each turn shows."""

import re

import pytest

from conversations.models import Conversation, Response
from review.parts import parts
from review.transcript import Transcript
from tests.support.conversations import answer, ask, call_tool, called, finish, message, text


@pytest.fixture
def conversation(ada) -> Conversation:
    return Conversation.objects.create(user=ada, title="Tides")


@pytest.fixture
def page(client, hopper, conversation):
    """Return a function that loads a page of the transcript as an admin."""
    client.force_login(hopper)

    def get(query: str = "", status: int = 200) -> str:
        response = client.get(f"/admin/conversations/conversation/{conversation.pk}/change/{query}")
        assert response.status_code == status
        return str(response.content, "utf-8")

    return get


def answered(conversation: Conversation, words: str, previous: Response | None = None) -> Response:
    answer(response := ask(conversation, previous), text(words))
    return response


def test_long_conversation_is_shown_page_by_page(conversation, page):
    last = None
    for number in range(120):
        last = answered(conversation, f"Answer **{number}**.", last)
    seen, html = [], page()
    while True:
        seen.append(re.findall(r"Answer <strong>(\d+)</strong>", html))
        if (later := re.search(r'rel="next" href="([^"]+)"', html)) is None:
            break
        html = page(later[1])
    assert [len(numbers) for numbers in seen] == [50, 50, 20]
    assert [int(number) for numbers in seen for number in numbers] == list(range(120))
    assert 'rel="prev" href="?from=50"' in html
    assert "<dd>120</dd>" in html


def test_long_turns_make_shorter_pages(conversation):
    for _ in range(3):
        answered(conversation, "a" * 60_000)
    transcript = Transcript(conversation)
    assert (len(transcript.turns), transcript.count, transcript.page.later) == (2, 3, 2)
    assert len(Transcript(conversation, "2").turns) == 1


def test_branch_continues_on_an_earlier_page(conversation, monkeypatch, page):
    monkeypatch.setattr("review.transcript.PAGE_SIZE", 2)
    root = answered(conversation, "Yes.")
    answered(conversation, "A", root)
    answered(conversation, "B", root)
    assert 'href="?from=0#turn-1"' in page("?from=2")


@pytest.mark.parametrize("start", ["-1", "one", "²", "1", "99999999"])
def test_page_that_is_not_there_is_not_found(conversation, page, start):
    answered(conversation, "Yes.")
    page(f"?from={start}", 404)


def test_very_long_text_is_cut(conversation, page):
    answered(conversation, "- a\n\n" * 40_000)
    html, _, _record = page().partition('<details class="record">')
    assert "… and 150,000 characters more" in html
    assert html.count("<li>") < 15_000


def test_very_many_parts_are_cut():
    item = {"type": "message", "content": [{"type": "output_text", "text": "a"}] * 5_000}
    found = parts([item] * 3 + [{"type": "future_call"}] * 20_000, {})
    assert len(found.shown) < 1_000
    assert len(found.page_items.items) < 1_000
    assert [part.content for part in found.shown if str(part.content).startswith("…")] == [
        "… and 4,700 more",
        "… and 20,002 more",
    ]


def test_turn_is_shown_with_all_that_its_steps_put_out(conversation, page):
    first = ask(conversation)
    call = called("get_tide", output="1.8 m", note="Never.")
    step = call_tool(first, call, words="I look it up.")
    finish(step, "completed", output=[message("Two metres.")], usage={"input_tokens": 7, "total_tokens": 9})
    Response.objects.filter(pk=first.pk).update(usage={"input_tokens": 3, "total_tokens": 4})
    transcript = Transcript(conversation)
    [turn] = transcript.turns
    assert (transcript.count, turn.responses, turn.last) == (1, [first, step], step)
    assert turn.tokens == [("input", 10), ("total", 13)]
    html = page()
    assert html.count('<li class="turn ') == 1
    for words in ("I look it up.", "Two metres.", "get_tide", str(first.pk), str(step.pk)):
        assert words in html
