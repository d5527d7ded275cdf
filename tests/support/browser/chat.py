"""Actions of a person on the chat page, and what the page shows."""

from playwright.sync_api import Locator, Page, expect

from tests.support.browser.keys import write

PAUSED = {"deltas": 3, "at": {"6": {"wait": "go"}}}
"""Options of a script whose answer comes in three deltas, the last one when `go` is released."""


def message_field(tab: Page) -> Locator:
    return tab.get_by_role("textbox", name="Message", exact=True)


def ask(tab: Page, question: str) -> None:
    write(message_field(tab), question)
    tab.get_by_role("button", name="Send").click()


def questions(tab: Page) -> Locator:
    return tab.get_by_role("article", name="You")


def answers(tab: Page) -> Locator:
    return tab.get_by_role("article", name="Assistant")


def await_answer(tab: Page) -> None:
    """Wait until the newest answer has ended."""
    expect(answers(tab).last).not_to_have_attribute("aria-busy", "true")
    expect(tab.get_by_role("button", name="Send")).to_be_visible()


def step(tab: Page, name: str) -> None:
    """Step to the previous or next version, if one turn alone has several."""
    tab.get_by_role("link", name=f"{name} version").click()
    await_page(tab)


def await_page(tab: Page) -> None:
    """Wait until the page shows the conversation whose link was pressed."""
    expect(tab.get_by_role("main")).not_to_have_attribute("aria-busy", "true")


def place(tab: Page) -> Locator:
    """Return the elements that say which version is shown, such as "1 / 2"."""
    return tab.locator(".place:visible")
