"""The page of one's own files: found, opened, deleted where they were sent, and brought back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support import documents
from tests.support.browser.attached_files import attach
from tests.support.browser.chat import ask, await_answer, questions
from tests.support.browser.files import delete_earlier_files
from tests.support.browser.keys import write
from tests.support.images import encoded, image


@pytest.fixture(autouse=True)
def no_files() -> Iterator[None]:
    delete_earlier_files()
    yield
    delete_earlier_files()


def entries(tab: Page) -> Locator:
    return tab.get_by_role("list", name="My files").get_by_role("listitem")


def test_file_that_was_sent_is_found_opened_deleted_and_brought_back(ada, provider):
    provider.script(text="At noon.")
    attach(ada, {"tides of <b>March.pdf": documents.pdf("High tide is at noon.", "Low tide: six.")})
    ask(ada, "When is high tide?")
    await_answer(ada)
    attach(ada, {"harbour.png": encoded(image())})
    conversation = ada.url

    ada.get_by_role("navigation", name="Files").get_by_role("link").click()
    expect(entries(ada)).to_have_count(2)
    expect(entries(ada).nth(0)).to_contain_text("Not sent yet")
    expect(entries(ada).nth(1)).to_contain_text("2 pages")
    write(ada.get_by_role("searchbox", name="Search my files"), "TIDES")
    ada.keyboard.press("Enter")
    expect(entries(ada)).to_have_count(1)
    ada.get_by_label("Kind").select_option("Image")
    ada.get_by_role("search").get_by_role("button", name="Search").click()
    expect(ada.get_by_text("No file matches.")).to_be_visible()
    ada.get_by_role("link", name="Show all files").click()

    entry = entries(ada).nth(1)
    entry.get_by_role("link", name="tides of <b>March.pdf", exact=True).click()
    expect(ada.get_by_role("heading", level=1)).to_contain_text("tides of")
    ada.go_back()
    with ada.expect_download() as download:
        entry.get_by_role("link", name="Download tides of").click()
    assert download.value.suggested_filename.endswith(".pdf")
    entry.get_by_role("link", name="When is high tide?").click()
    expect(ada).to_have_url(conversation)

    ada.goto("/files/")
    ada.get_by_role("button", name="Delete tides of").focus()
    ada.keyboard.press("Enter")
    expect(entries(ada)).to_have_count(1)
    expect(ada.get_by_role("button", name="Delete harbour.png")).to_be_focused()
    elsewhere = ada.context.new_page()
    elsewhere.goto(conversation)
    expect(questions(elsewhere)).to_contain_text("This file was deleted")
    ada.keyboard.press("Control+z")
    expect(entries(ada)).to_have_count(2)
    expect(ada.get_by_role("button", name="Delete tides of")).to_be_focused()
    elsewhere.reload()
    expect(questions(elsewhere)).to_contain_text("tides of")
