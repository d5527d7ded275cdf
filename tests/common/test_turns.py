"""Requests of a person take turns with those of others."""

from common.pools import PAGES
from tests.support.page_request import locked, requested, until_waiting


async def test_two_pages_of_a_person_are_made_at_once(transactional_db, ada, grace):
    with locked("conversations_conversation"):
        own = [await requested(ada, "/conversations/") for _ in range(5)]
        await until_waiting(2)
        other = await requested(grace, "/conversations/")
        await until_waiting(3)
        # What has a pool of its own, or is for everybody, waits for none of them.
        assert (await (await requested(ada, "/health/")).answer())[0] == 200
        assert (await (await requested(ada, "/search/?q=")).answer())[0] == 200
    answers = [await request.answer() for request in [*own, other]]
    assert [status for status, _body in answers] == [200] * 6


async def test_page_whose_turn_does_not_come_says_that_the_site_is_busy(transactional_db, ada, monkeypatch):
    monkeypatch.setattr(PAGES, "seconds", 0.01)
    async with PAGES.turn_async(ada.pk), PAGES.turn_async(ada.pk):
        status, body = await (await requested(ada, "/conversations/")).answer()
    assert status == 503
    assert b"The site is busy. Try again in a moment." in body
    assert (await (await requested(ada, "/conversations/")).answer())[0] == 200
