"""A collection of which a provider keeps a copy: filled there, searched, and cited at the page."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support import documents
from tests.support.browser.assistants import offer_model
from tests.support.browser.chat import answers, ask, await_answer
from tests.support.browser.collections import new_collection, payload, upload
from tests.support.browser.files import delete_earlier_files
from tests.support.browser.picker import choose

LEAVE = "Parents may take 49 weeks of parental leave."
SERVICE_MS = 30_000
"""The service looks every few seconds."""


@pytest.fixture(autouse=True)
def no_files() -> Iterator[None]:
    delete_earlier_files()
    yield
    delete_earlier_files()


@pytest.fixture
def searcher(site_address, open_tab) -> Page:
    """Return a tab of ada's, on a site that has a model which searches in files."""
    offer_model("searcher-1", efforts=[], takes_functions=True, hosted_tools=["file_search"])
    return open_tab("ada")


def keep_copy(tab: Page) -> None:
    tab.get_by_role("link", name="Edit").click()
    tab.get_by_role("checkbox", name="Keep a copy at providers").check()
    tab.get_by_role("button", name="Save").click()


def test_answer_from_a_copy_is_numbered_where_it_cites_the_page(searcher, provider):
    new_collection(searcher, "Handbook")
    keep_copy(searcher)
    upload(searcher, payload("handbook.pdf", documents.pdf("Holidays are in July.", LEAVE)))
    expect(searcher.locator(".copies")).to_contain_text("has a copy.", timeout=SERVICE_MS)
    [store] = [store for store in provider.get("/v1/vector_stores")["data"] if store["name"] == "Handbook"]
    assert store["file_counts"]["completed"] == 1

    searcher.goto("/")
    choose(searcher, "searcher-1")
    searcher.get_by_role("button", name=re.compile("^Tools")).click()
    searcher.get_by_role("group", name="Knowledge").get_by_role("switch", name="Handbook").check()
    searcher.keyboard.press("Escape")
    ask(searcher, "How many weeks of parental leave?")
    await_answer(searcher)
    answer = answers(searcher)
    expect(answer.locator("output-item .title")).to_have_text("Searched in files")
    expect(answer.get_by_text(f"says: {LEAVE}")).to_be_visible()
    mark = answer.get_by_role("link", name="Source 1: handbook.pdf, Page 2")
    expect(mark).to_have_text("1")
    # It stands behind the sentence, not somewhere in the text.
    assert mark.evaluate("mark => mark.previousSibling.textContent").endswith(LEAVE)
