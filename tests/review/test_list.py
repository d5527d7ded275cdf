"""The pages of the review's list: each conversation once, in order, and the last page is as easy as the first."""

import html
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from urllib.parse import parse_qsl, urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from conversations.models import Conversation
from tests.support.conversations import answer, ask, text

LIST = "/admin/conversations/conversation/"


@pytest.fixture
def admin(client, hopper):
    client.force_login(hopper)
    return client


@pytest.fixture
def twenty(ada, grace, monkeypatch) -> list[str]:
    """Create twenty conversations of two people, some at the same time; return their titles, newest first.

    A page has six of them.
    """
    monkeypatch.setattr("review.list.PAGE_SIZE", 6)
    now = timezone.now()
    made = [
        Conversation(
            user=[ada, grace][number % 2], title=f"Tides {number:02}", updated_at=now - timedelta(days=number // 4)
        )
        for number in range(20)
    ]
    Conversation.objects.bulk_create(made)
    ordered = sorted(made, key=lambda conversation: (conversation.updated_at, conversation.pk), reverse=True)
    return [conversation.title for conversation in ordered]


def pages(client, direction: str, **filters: str) -> Iterator[list[str]]:
    """Yield the titles on the pages of the list, following the links in one direction."""
    address = f"{LIST}?{urlencode(filters)}"
    while address:
        shown = client.get(address)
        assert shown.status_code == 200
        yield [conversation.title for conversation in shown.context["cl"].result_list]
        link = re.search(rf'<a rel="{direction}" href="([^"]*)"', shown.text)
        address = LIST + html.unescape(link[1]) if link else ""


def orders(titles: list[str]) -> dict[str, list[str]]:
    """Return the titles of `twenty` as each order of the list shows them, by its parameter."""
    of_ada = [title for title in titles if int(title[-2:]) % 2 == 0]
    of_grace = [title for title in titles if int(title[-2:]) % 2]
    return {"": titles, "-8": titles, "8": titles[::-1], "1": of_ada + of_grace, "-1.8": of_grace + of_ada}


@pytest.mark.parametrize("order", ["", "-8", "8", "1", "-1.8"])
@pytest.mark.parametrize("words", ["", "tides"])
def test_pages_together_have_each_conversation_once_in_order(admin, twenty, order, words):
    asked = {"o": order, "q": words}
    forwards = list(pages(admin, "next", **asked))
    assert list(chain(*forwards)) == orders(twenty)[order]
    assert [len(page) for page in forwards] == [6, 6, 6, 2]

    last = admin.get(LIST, asked | {"before": place_after_all(order)})
    link = re.search(r'<a rel="prev" href="([^"]*)"', last.text)
    assert [shown.title for shown in last.context["cl"].result_list] == orders(twenty)[order][-6:]
    before = dict(parse_qsl(html.unescape(link[1]).removeprefix("?")))
    assert list(chain(*reversed(list(pages(admin, "prev", **before))))) == orders(twenty)[order][:-6]


def place_after_all(order: str) -> str:
    """Return a place that comes after all conversations in an order of the list."""
    late, early = f"9999-01-01T00:00:00+00:00_{uuid.UUID(int=0)}", f"0001-01-02T00:00:00+00:00_{uuid.UUID(int=0)}"
    return {"": early, "-8": early, "8": late, "1": f"zz_{early}", "-1.8": f"A_{early}"}[order]


def test_page_goes_on_where_it_began_whatever_is_asked_meanwhile(admin, twenty):
    first = admin.get(LIST)
    assert [shown.title for shown in first.context["cl"].result_list] == twenty[:6]
    Conversation.objects.filter(title__in=[twenty[5], twenty[8]]).update(updated_at=timezone.now())
    later = admin.get(LIST + first.context["cl"].later)
    assert [shown.title for shown in later.context["cl"].result_list] == [*twenty[6:8], *twenty[9:13]]


def test_first_page_counts_up_to_a_limit(admin, twenty, monkeypatch):
    page = admin.get(LIST)
    assert " ".join(page.text.split()).count("20 conversations") == 1
    assert "more than" not in page.text
    assert "conversations" not in paginator(admin.get(LIST + page.context["cl"].later))
    assert "1 conversation" in paginator(admin.get(LIST, {"q": "07"}))

    monkeypatch.setattr("review.list.MAX_COUNTED", 12)
    assert "more than 12 conversations" in paginator(admin.get(LIST))
    assert "more than 12 results" in " ".join(admin.get(LIST, {"q": "tides"}).text.split())


def paginator(page) -> str:
    [found] = re.findall(r'<p class="paginator">(.*?)</p>', page.text, re.DOTALL)
    return " ".join(found.split())


@pytest.mark.parametrize("looked_through", [(), (3,), (100,)])
def test_fields_can_be_asked_for_in_the_address(admin, twenty, monkeypatch, looked_through):
    monkeypatch.setattr("review.list.LOOKED_THROUGH", looked_through)
    assert list(pages(admin, "next", title="Tides 07")) == [["Tides 07"]]


@pytest.mark.parametrize("place", ["", "x", "_", "2026-01-01_x", f"2026-01-01T00:00:00_{uuid.UUID(int=0)}", "\x00"])
def test_invalid_place_leads_to_the_first_page(admin, twenty, place):
    for name in ("after", "before"):
        page = admin.get(LIST, {name: place}, follow=True)
        assert len(page.context["cl"].result_list) == 6


def test_other_filters_begin_at_the_first_page(admin, twenty):
    later = admin.get(LIST + admin.get(LIST).context["cl"].later)
    assert "after=" not in "".join(re.findall(r'<nav id="changelist-filter".*?</nav>', later.text, re.DOTALL))
    assert 'name="after"' not in later.text


@pytest.mark.parametrize("asked", [{}, {"status": "completed"}, {"q": "metres"}, {"q": "metres", "images": "no"}])
def test_list_takes_as_many_queries_for_many_as_for_few(admin, ada, asked, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("review.list.PAGE_SIZE", 20)
    add_answered(ada, 2)
    with CaptureQueriesContext(connection) as few:
        assert len(admin.get(LIST, asked).context["cl"].result_list) == 2
    add_answered(ada, 28)
    with django_assert_num_queries(len(few)):
        page = admin.get(LIST, asked)
    assert len(page.context["cl"].result_list) == 20
    with django_assert_num_queries(len(few)):
        assert len(admin.get(LIST + page.context["cl"].later).context["cl"].result_list) == 10


@pytest.mark.parametrize("asked", [{"status": "failed"}, {"q": "seals"}, {"status": "failed", "q": "seals"}])
@pytest.mark.parametrize("looked_through", [(), (2,), (1, 4), (100,)])
def test_rare_ones_are_found_however_far_down(admin, ada, asked, looked_through, monkeypatch):
    rare = add_answered(ada, 1, status="failed", words="Seals.")
    add_answered(ada, 6)
    rare += add_answered(ada, 1, status="failed", words="Seals!")
    add_answered(ada, 1)
    monkeypatch.setattr("review.list.LOOKED_THROUGH", looked_through)
    page = admin.get(LIST, asked)
    assert [shown.pk for shown in page.context["cl"].result_list] == rare[::-1]
    assert "2 conversations" in paginator(page)


def test_common_words_are_found_in_the_few_that_pass_a_filter(admin, ada, monkeypatch):
    monkeypatch.setattr("review.list.PAGE_SIZE", 2)
    monkeypatch.setattr("review.list.LOOKED_THROUGH", (4,))
    rare = add_answered(ada, 3, status="failed")
    add_answered(ada, 1, status="failed", words="Seals.")
    add_answered(ada, 6)
    for number, pk in enumerate(rare):
        Conversation.objects.filter(pk=pk).update(title=f"Tides {number}")
    assert list(pages(admin, "next", status="failed", q="metres")) == [["Tides 2", "Tides 1"], ["Tides 0"]]


def add_answered(user: User, count: int, *, status: str = "completed", words: str = "Two metres.") -> list[uuid.UUID]:
    """Create conversations, each with an answer; return their ids, oldest first."""
    conversations = [Conversation.objects.create(user=user, title="How high?") for _ in range(count)]
    for conversation in conversations:
        answer(ask(conversation), text(words), status=status, usage={"total_tokens": 5})
    return [conversation.pk for conversation in conversations]
