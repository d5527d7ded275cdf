"""What a person does and sees on the chat page."""

from playwright.sync_api import Locator, Page, expect

PAUSED = {"deltas": 3, "at": {"6": {"wait": "go"}}}
"""In three deltas, the last one when `go` is released."""


def ask(tab: Page, question: str) -> None:
    tab.get_by_role("textbox", name="Message").fill(question)
    tab.get_by_role("button", name="Send").click()


def questions(tab: Page) -> Locator:
    return tab.get_by_role("article", name="You")


def answers(tab: Page) -> Locator:
    return tab.get_by_role("article", name="Assistant")


def await_answer(tab: Page) -> None:
    """Until the newest answer is complete."""
    expect(answers(tab).last).not_to_have_attribute("aria-busy", "true")
    expect(tab.get_by_role("button", name="Send")).to_be_visible()


def step(tab: Page, name: str) -> None:
    """To the previous or next version, if one place alone has several."""
    tab.get_by_role("link", name=f"{name} version").click()


def place(tab: Page) -> Locator:
    """What says which of the versions is shown."""
    return tab.locator(".place:visible")
