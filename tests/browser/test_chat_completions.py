"""A conversation with a provider that speaks Chat Completions looks like any other."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.chat import answers, ask, await_answer
from tests.support.browser.site import running_site
from tests.support.browser.tabs import sign_in, watch


@pytest.fixture
def tab(browser, provider) -> Iterator[Page]:
    with running_site(provider.base_url, database="chat_completions", OPENAI_DIALECT="chat_completions") as address:
        tab = browser.new_context(base_url=address).new_page()
        problems: list[str] = []
        watch(tab, problems)
        sign_in(tab, "ada")
        tab.goto("/")
        yield tab
        tab.context.close()
        assert problems == []


def test_conversation_goes_on_after_a_thought_a_stop_and_a_cut(tab, provider):
    ask(tab, "Please think of a table")
    await_answer(tab)
    expect(answers(tab).get_by_role("cell", name="4222.6")).to_be_visible()
    thought = answers(tab).get_by_text("It has 5 words.")
    expect(thought).to_be_hidden()
    answers(tab).locator("summary").first.click()
    expect(thought).to_be_visible()

    provider.script(times=1, text="Water rises and falls.", deltas=2, at={"2": {"wait": "never"}})
    ask(tab, "And the tide?")
    expect(answers(tab).last).to_contain_text("Water rises")
    tab.get_by_role("button", name="Stop").click()
    await_answer(tab)
    expect(answers(tab).last).to_contain_text("Stopped")

    provider.script(times=1, odd="chat/done-without-a-reason")
    provider.script(times=1, odd="chat/tags")
    ask(tab, "When, at Brest?")
    await_answer(tab)
    expect(answers(tab).last).to_contain_text("High water at Brest is at six.")
    tab.reload()
    expect(answers(tab).last).to_contain_text("High water at Brest is at six.")
    expect(answers(tab)).to_have_count(3)

    provider.script(times=1, odd="chat/refusal")
    ask(tab, "What do you think of it?")
    await_answer(tab)
    expect(answers(tab).last).to_contain_text("I can't say that.")
    roles = [message["role"] for message in provider.bodies()[-1]["messages"]]
    assert roles == ["system", *["user", "assistant"] * 3, "user"]
