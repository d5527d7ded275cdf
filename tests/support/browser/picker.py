"""Choosing what answers, as a person does."""

import re

from playwright.sync_api import Locator, Page, expect


def model_button(tab: Page) -> Locator:
    return tab.get_by_role("button", name=re.compile("^Model"))


def panel(tab: Page) -> Locator:
    return tab.get_by_role("dialog", name="Choose what answers")


def choose(tab: Page, name: str) -> None:
    model_button(tab).click()
    expect(panel(tab).get_by_role("searchbox")).to_be_focused()
    tab.keyboard.type(name)
    tab.keyboard.press("Enter")
    expect(panel(tab)).to_be_hidden()
    expect(model_button(tab)).to_have_accessible_name(re.compile(f"^Model.*: {name}$"))
