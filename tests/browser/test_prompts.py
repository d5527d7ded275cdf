"""Prompts: "/" in the message field inserts one, and their page keeps them."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.chat import PAUSED, answers, ask, await_answer, message_field, questions
from tests.support.browser.keys import write
from tests.support.browser.requests import hold, release
from tests.support.browser.site import delete_earlier_prompts
from tests.support.browser.tabs import await_frame


@pytest.fixture(autouse=True)
def no_prompts(site_address) -> None:
    delete_earlier_prompts()


def options(tab: Page):
    return tab.get_by_role("listbox", name="Prompts").get_by_role("option")


def keep(tab: Page, name: str, text: str) -> None:
    """Make a prompt on its page."""
    tab.goto("/prompts/new/")
    write(tab.get_by_label("Name"), name)
    write(tab.get_by_label("Text"), text)
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_role("status").filter(has_text="Prompt saved.")).to_be_visible()


def test_prompt_is_inserted_with_keys_and_sent(ada, provider):
    provider.script(text="Noted.")
    for name, text in (
        ("Summary", "Summarize this."),
        ("Letter", "Write a letter.\nBe kind."),
        ("Tides", "High tide?"),
    ):
        keep(ada, name, text)
    ada.goto("/")
    message_field(ada).focus()
    ada.keyboard.type("/")
    expect(options(ada)).to_have_text(
        ["Letter Write a letter. Be kind.", "Summary Summarize this.", "Tides High tide?"]
    )
    expect(ada.locator("page-announcer")).to_contain_text("3 prompts")
    selected = ada.get_by_role("option", selected=True)
    expect(selected).to_contain_text("Letter")
    ada.keyboard.press("ArrowDown")
    expect(selected).to_contain_text("Summary")
    expect(message_field(ada)).to_have_attribute("aria-activedescendant", selected.get_attribute("id") or "")
    ada.keyboard.press("ArrowUp")
    ada.keyboard.press("ArrowUp")
    expect(selected).to_contain_text("Tides")
    ada.keyboard.type("let")
    expect(options(ada)).to_have_count(1)
    ada.keyboard.press("Enter")
    expect(message_field(ada)).to_have_value("Write a letter.\nBe kind.")
    expect(options(ada)).to_have_count(0)
    expect(questions(ada)).to_have_count(0)
    ada.keyboard.press("ControlOrMeta+z")
    expect(message_field(ada)).to_have_value("/let")

    # In the middle of a message, with the mouse.
    write(message_field(ada), "Please: /sum")
    options(ada).filter(has_text="Summary").click()
    expect(message_field(ada)).to_have_value("Please: Summarize this.")
    expect(message_field(ada)).to_be_focused()
    ada.keyboard.press("Enter")
    expect(questions(ada)).to_have_text("Please: Summarize this.")
    await_answer(ada)


def test_escape_closes_the_list_and_stops_nothing(ada, provider):
    keep(ada, "Letter", "Write a letter.")
    ada.goto("/")
    provider.script(times=1, text="High tide is at noon.", **PAUSED)
    provider.script(text="Noted.")
    ask(ada, "When is high tide?")
    expect(answers(ada)).to_contain_text("High tide")
    ada.keyboard.type("/le")
    expect(options(ada)).to_have_count(1)
    ada.keyboard.press("Escape")
    expect(options(ada)).to_have_count(0)
    ada.keyboard.type("t")
    expect(options(ada)).to_have_count(0)
    provider.release("go")
    expect(answers(ada)).to_contain_text("noon")
    ada.keyboard.press("Enter")
    expect(questions(ada).last).to_have_text("/let")
    await_answer(ada)


def test_what_matches_no_prompt_is_sent(ada, provider):
    provider.script(text="Noted.")
    ada.keyboard.type("/")
    expect(ada.get_by_text("There are no prompts yet.")).to_be_visible()
    ada.keyboard.type("etc is full")
    expect(ada.get_by_text("There are no prompts yet.")).to_be_hidden()
    ada.keyboard.press("Enter")
    expect(questions(ada)).to_have_text("/etc is full")
    await_answer(ada)

    write(message_field(ada), "/")
    ada.get_by_role("link", name="Manage prompts").click()
    expect(ada.get_by_role("heading", name="Prompts")).to_be_visible()


def test_slash_typed_while_the_page_loads_opens_the_list_once_it_has_loaded(ada):
    keep(ada, "Letter", "Write a letter.")
    held = hold(ada, "**/chat/page/page.*.js")
    with ada.expect_request("**/chat/page/page.*.js"):
        ada.goto("/", wait_until="commit")
    message_field(ada).focus()
    ada.keyboard.type("/")
    expect(message_field(ada)).to_have_value("/")
    release(held)
    expect(options(ada)).to_have_count(1)


def test_list_is_right_although_more_is_typed_while_it_is_fetched(ada):
    keep(ada, "Letter", "Write a letter.")
    ada.goto("/")
    held = hold(ada, "**/prompts/choices/")
    message_field(ada).focus()
    with ada.expect_request("**/prompts/choices/"):
        ada.keyboard.type("/")
    ada.keyboard.type("l")
    ada.keyboard.press("Backspace")
    await_frame(ada)
    expect(ada.get_by_text("There are no prompts yet.")).to_be_hidden()
    release(held)
    expect(options(ada)).to_have_count(1)


def test_variables_are_asked_for(ada):
    keep(ada, "Letter", "Dear {{customer}},\nabout {{ the_order }}: {{name}} knows, {{customer}}.")
    ada.goto("/")
    message_field(ada).focus()
    ada.keyboard.type("Write: /let")
    expect(options(ada)).to_have_count(1)
    ada.keyboard.press("Enter")
    dialog = ada.get_by_role("dialog", name="Letter")
    expect(dialog.get_by_role("textbox", name="customer")).to_be_focused()
    ada.keyboard.press("Escape")
    expect(message_field(ada)).to_be_focused()
    expect(message_field(ada)).to_have_value("Write: /let")

    ada.keyboard.type("t")
    expect(options(ada)).to_have_count(1)
    ada.keyboard.press("Enter")
    expect(dialog.get_by_role("textbox", name="customer")).to_be_focused()
    ada.keyboard.type("Grace {{x}}")
    ada.keyboard.press("Tab")
    ada.keyboard.type("order 7")
    ada.keyboard.press("Enter")
    expect(message_field(ada)).to_have_value("Write: Dear Grace {{x}},\nabout order 7: ada knows, Grace {{x}}.")
    expect(message_field(ada)).to_be_focused()


def test_prompts_are_kept_on_their_page(ada):
    keep(ada, "Letter", "Write a letter.")
    keep(ada, "Summary", "Summarize this.")
    ada.get_by_role("link", name="Letter").click()
    write(ada.get_by_label("Name"), "Kind letter")
    ada.get_by_role("button", name="Save").click()
    listed = ada.get_by_role("list", name="Prompts").get_by_role("listitem")
    expect(listed).to_have_count(2)
    ada.get_by_role("button", name="Delete Kind letter").click()
    expect(listed).to_have_count(1)
    expect(ada.get_by_role("button", name="Delete Summary")).to_be_focused()
    ada.get_by_role("button", name="Undo").click()
    expect(listed).to_have_count(2)
    ada.reload()
    expect(listed).to_have_count(2)
    for name in ("Kind letter", "Summary"):
        ada.get_by_role("button", name=f"Delete {name}").click()
    expect(ada.get_by_text("There are no prompts yet.")).to_be_visible()
    expect(ada.get_by_role("link", name="New prompt")).to_be_focused()

    ada.goto("/")
    ada.get_by_role("button", name="Signed in as").click()
    ada.get_by_role("link", name="Prompts").click()
    expect(ada.get_by_text("There are no prompts yet.")).to_be_visible()
