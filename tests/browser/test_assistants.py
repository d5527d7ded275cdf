"""Assistants in the browser: the list, the form, their versions and test questions, with real keys."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.assistants import archive_earlier_assistants, store_assistant
from tests.support.browser.keys import write


@pytest.fixture(autouse=True)
def empty_list(site_address) -> None:
    archive_earlier_assistants()


def entries(tab: Page):
    return tab.get_by_role("list", name="Assistants").get_by_role("listitem")


def test_assistant_is_found_archived_and_brought_back(ada):
    store_assistant("ada", name="Translator", description="Into plain English")
    store_assistant("ada", name="Minutes")
    ada.get_by_role("navigation", name="Assistants").get_by_role("link").click()
    expect(entries(ada)).to_have_count(2)
    write(ada.get_by_role("searchbox", name="Search assistants"), "plain")
    ada.keyboard.press("Enter")
    expect(entries(ada)).to_have_count(1)
    entries(ada).get_by_role("button", name="Archive").click()
    expect(entries(ada)).to_have_count(0)
    ada.get_by_role("button", name="Undo").click()
    expect(entries(ada).get_by_role("heading", name="Translator")).to_be_visible()
    expect(entries(ada).get_by_role("link", name="Start a conversation")).to_be_focused()
    ada.get_by_role("button", name="Make this my default").click()
    expect(entries(ada).get_by_role("heading", name="Translator Your default")).to_be_visible()
