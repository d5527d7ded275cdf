"""A search takes nothing from others: it has an end, and a person has one at a time."""

import asyncio
import json

import pytest

from common.threads import in_thread
from tests.support.page_request import locked, requested, until_waiting

CONVERSATIONS = "conversations_conversation"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "This search takes too long. Search for fewer words."),
        ("de", "Diese Suche dauert zu lange. Such nach weniger Wörtern."),
    ],
)
async def test_search_that_takes_too_long_ends_with_a_sentence(transactional_db, ada, monkeypatch, language, sentence):
    monkeypatch.setattr("conversations.views.search.SEARCH_SECONDS", 0.05)
    ada.language = language
    await in_thread(ada.save)()
    with locked(CONVERSATIONS):
        status, body = await (await requested(ada, "/search/?q=tide")).answer()
    assert status == 503
    assert json.loads(body) == {"error": {"code": "search_too_slow", "message": sentence}}


async def test_search_is_cancelled_when_its_browser_leaves(transactional_db, ada):
    with locked(CONVERSATIONS):
        search = await requested(ada, "/search/?q=tide")
        await until_waiting(1)
        await search.leave()
        await until_waiting(0)
    assert await (await requested(ada, "/search/?q=tide")).answer() == (200, b'{"results": [], "next": null}')


async def test_person_has_one_search_at_a_time(transactional_db, ada, grace):
    with locked(CONVERSATIONS):
        own = [await requested(ada, f"/search/?q=tide{number}") for number in range(22)]
        await until_waiting(1)
        other = await requested(grace, "/search/?q=tide")
        await until_waiting(2)
    statuses = [(await search.answer())[0] for search in [*own, other]]
    assert sorted(statuses) == [200] * 22 + [429]
    assert statuses[-1] == 200


async def test_site_is_well_while_searches_run(transactional_db, ada):
    with locked(CONVERSATIONS):
        searches = [await requested(ada, "/search/?q=tide") for _ in range(20)]
        await until_waiting(1)
        assert (await (await requested(ada, "/health/")).answer())[0] == 200
        assert (await (await requested(ada, "/import/")).answer())[0] == 200
    await asyncio.gather(*(search.answer() for search in searches))


async def test_reviewers_search_has_an_end_too(transactional_db, hopper, monkeypatch):
    monkeypatch.setattr("review.admin.SEARCH_SECONDS", 0.05)
    with locked(CONVERSATIONS):
        status, body = await (await requested(hopper, "/admin/conversations/conversation/?q=tide")).answer()
    assert status == 503
    assert b"This search takes too long." in body
