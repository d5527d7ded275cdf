"""Conversations that are shared, in the browser."""

from playwright.sync_api import Page


def share_link(tab: Page) -> str:
    """Create a link to the conversation; return its address."""
    tab.get_by_role("button", name="This conversation").click()
    tab.get_by_role("menuitem", name="Share with the team").click()
    dialog = tab.get_by_role("dialog", name="Share with the team")
    dialog.get_by_role("button", name="Create a link").click()
    return dialog.get_by_role("textbox", name="Link").input_value()
