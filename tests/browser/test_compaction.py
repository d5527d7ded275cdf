"""A summary in place of earlier messages: made while an answer waits, or on demand, read, and taken back."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.assistants import offer_model
from tests.support.browser.chat import answers, ask, await_answer
from tests.support.browser.picker import choose
from tests.support.provider import Provider

SUMMARY = "They asked for the tides at Brest."
NOTICE = "Earlier messages are summarized for the model"
PROGRESS = "Summarizing the conversation…"
NOT_FOUND = {"status": 404, "body": {"error": {"message": "Not found"}}}


@pytest.fixture(autouse=True)
def offers(site_address) -> None:
    offer_model("small-2", efforts=[], context_window=1000)


@pytest.fixture
def small(ada: Page, provider: Provider) -> Page:
    """Let a model with a small window answer, whose provider compacts nothing."""
    provider.script(on="compact", error=NOT_FOUND)
    choose(ada, "small-2")
    return ada


def notices(tab: Page) -> Locator:
    return tab.locator("branch-compaction")


def test_summary_is_made_while_an_answer_waits_read_and_taken_back(small, provider):
    provider.script(times=1, text="Tide. " * 450)
    ask(small, "When is high tide?")
    await_answer(small)
    provider.script(has="Summarize the conversation", times=1, wait="go", text=SUMMARY)
    ask(small, "And low tide?")
    expect(answers(small).last).to_contain_text(PROGRESS)
    provider.release("go")
    await_answer(small)
    expect(answers(small)).to_have_count(2)

    for _visit in range(2):
        expect(notices(small)).to_have_count(1)
        expect(notices(small).get_by_text(SUMMARY)).to_be_hidden()
        notices(small).get_by_text(NOTICE).click()
        expect(notices(small).get_by_text(SUMMARY)).to_be_visible()
        expect(notices(small)).to_contain_text("small-2 · ")
        small.reload()

    notices(small).get_by_role("button", name="Undo").click()
    expect(notices(small)).to_have_count(0)
    small.reload()
    expect(answers(small)).to_have_count(2)
    expect(notices(small)).to_have_count(0)


def test_conversation_is_summarized_on_demand(small, provider):
    provider.script(times=1, text="Tide. " * 100)
    ask(small, "When is high tide?")
    await_answer(small)
    provider.script(has="Summarize the conversation", times=1, wait="go", text=SUMMARY)
    meter = small.get_by_role("button", name=re.compile("^Context: "))
    meter.click()
    group = small.get_by_role("group", name="Context")
    group.get_by_role("button", name="Summarize now").click()
    expect(group.get_by_role("button", name=PROGRESS)).to_be_disabled()
    provider.release("go")
    expect(notices(small)).to_have_count(1)
    expect(group.get_by_role("button")).to_be_hidden()

    notices(small).get_by_role("button", name="Undo").click()
    expect(notices(small)).to_have_count(0)
    provider.script(has="Summarize the conversation", error={"status": 429, "body": {"error": {"message": "No"}}})
    if not group.is_visible():
        meter.click()
    group.get_by_role("button", name="Summarize now").click()
    expect(small.locator("page-toast")).to_contain_text("The conversation couldn't be summarized. The model is busy.")
