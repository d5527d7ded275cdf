"""The list of conversations beside the chat, and its menu."""

from playwright.sync_api import Locator, Page


def navigation(tab: Page) -> Locator:
    return tab.get_by_role("navigation", name="Conversations")


def conversations(tab: Page) -> Locator:
    """Return the links of the list."""
    return navigation(tab).locator("li.entry > a")


def choose(tab: Page, title: str, choice: str) -> None:
    tab.get_by_role("button", name=f"Options for {title}").click()
    tab.get_by_role("menuitem", name=choice, exact=True).click()
