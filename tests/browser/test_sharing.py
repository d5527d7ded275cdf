"""Exporting, importing and sharing conversations, and temporary conversations."""

import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.browser.chat import answers, ask, await_answer, questions
from tests.support.browser.requests import hold, release
from tests.support.browser.tabs import time_stopped


def conversation_tool(tab: Page, name: str):
    tab.get_by_role("button", name="This conversation").click()
    return tab.get_by_role("menuitem", name=name)


def test_link_shows_the_team_the_conversation_as_it_was(ada, open_tab):
    ask(ada, "What is **shared**?")
    await_answer(ada)
    conversation_tool(ada, "Share with the team…").click()
    dialog = ada.get_by_role("dialog", name="Share with the team")
    dialog.get_by_role("button", name="Create a link").click()
    address = dialog.get_by_role("textbox", name="Link").input_value()
    dialog.get_by_role("button", name="Close").click()
    ask(ada, "And what is not?")
    await_answer(ada)

    grace = open_tab("grace", address)
    expect(questions(grace)).to_have_text(["What is **shared**?"])
    expect(answers(grace)).to_have_count(1)
    expect(grace.get_by_role("textbox", name="Message", exact=True)).to_have_count(0)
    grace.get_by_role("button", name="Continue in my chat").click()
    expect(answers(grace).get_by_text("Copied from a shared conversation on")).to_be_visible()
    ask(grace, "What do I make of it?")
    await_answer(grace)
    expect(questions(grace)).to_have_text(["What is **shared**?", "What do I make of it?"])

    # There is no link yet to the conversation as it is now.
    conversation_tool(ada, "Share with the team…").click()
    expect(dialog.get_by_role("listitem")).to_contain_text("Up to “What is **shared**?”")
    expect(dialog.get_by_role("listitem")).to_contain_text(re.compile(r"Created on \w+ \d+, 20\d\d"))
    dialog.get_by_role("button", name="Create a link").click()
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    for _ in range(2):
        expect(dialog.get_by_text("There is already a link")).to_be_visible()
        expect(dialog.get_by_role("button", name="Create a link")).to_be_hidden()
        dialog.get_by_role("button", name="Close").click()
        conversation_tool(ada, "Share with the team…").click()
    dialog.get_by_role("button", name="Revoke").first.click()
    expect(dialog.get_by_role("button", name="Create a link")).to_be_focused()
    dialog.get_by_role("button", name="Revoke").click()
    expect(dialog.get_by_role("listitem")).to_have_count(0)
    assert grace.request.get(address).status == 404


def test_link_is_created_only_once_the_list_of_links_is_there(ada):
    ask(ada, "What is shared?")
    await_answer(ada)
    held = hold(ada, "**/shares/", times=1)
    with ada.expect_request("**/shares/"):
        conversation_tool(ada, "Share with the team…").click()
    create = ada.get_by_role("button", name="Create a link")
    expect(create).to_be_disabled()
    release(held)
    create.click()
    expect(ada.get_by_role("textbox", name="Link")).to_be_visible()
    expect(create).to_be_hidden()


def test_links_are_listed_copied_and_revoked(ada):
    for message in ("What is first?", "What is second?"):
        ada.goto("/")
        ask(ada, message)
        await_answer(ada)
        conversation_tool(ada, "Share with the team…").click()
        ada.get_by_role("button", name="Create a link").click()
        ada.get_by_role("dialog").get_by_role("button", name="Close").click()
    ada.get_by_role("button", name="Signed in as ada").click()
    ada.get_by_role("link", name="Shared links").click()
    links = ada.get_by_role("list", name="Shared links").get_by_role("listitem")
    expect(links).to_have_count(2)
    ada.emulate_media(media="print")
    expect(links.first).to_be_visible()
    ada.emulate_media(media="screen")
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    with time_stopped(ada):
        links.first.get_by_role("button", name="Copy").click()
        expect(links.first.get_by_role("button", name="Copied")).to_be_visible()
    address = ada.evaluate("() => navigator.clipboard.readText()")
    expect(links.first.get_by_role("link")).to_have_attribute("href", address)
    links.first.get_by_role("button", name="Revoke").click()
    expect(links).to_have_count(1)
    expect(links.get_by_role("button", name="Revoke")).to_be_focused()
    assert ada.request.get(address).status == 404
    links.get_by_role("button", name="Revoke").click()
    expect(ada.get_by_text("You share nothing.")).to_be_visible()
    expect(ada.get_by_role("link", name="Back to the chat")).to_be_focused()


def test_shown_branch_is_exported(ada):
    ask(ada, "What is kept?")
    await_answer(ada)
    with ada.expect_download() as markdown:
        conversation_tool(ada, "Export as Markdown").click()
    assert markdown.value.suggested_filename == "What is kept.md"
    assert "> What is kept?" in Path(markdown.value.path()).read_text()
    with ada.expect_download() as exported:
        conversation_tool(ada, "Export as JSON").click()
    assert json.loads(Path(exported.value.path()).read_text())["conversation"]["title"] == "What is kept?"


def test_conversation_is_shared_and_exported_from_the_list(ada, open_tab):
    ask(ada, "What is listed?")
    await_answer(ada)
    ada.goto("/")
    expect(ada.get_by_role("button", name="This conversation")).to_be_hidden()

    def choose(choice: str) -> None:
        ada.get_by_role("button", name="Options for What is listed?").click()
        ada.get_by_role("menuitem", name=choice).click()

    choose("Share with the team…")
    dialog = ada.get_by_role("dialog", name="Share with the team")
    dialog.get_by_role("button", name="Create a link").click()
    address = dialog.get_by_role("textbox", name="Link").input_value()
    dialog.get_by_role("button", name="Close").click()
    expect(questions(open_tab("grace", address))).to_have_text(["What is listed?"])

    for choice, name in (("Export as Markdown", "What is listed.md"), ("Export as JSON", "What is listed.json")):
        with ada.expect_download() as exported:
            choose(choice)
        assert exported.value.suggested_filename == name
    expect(ada.get_by_role("menu")).to_be_hidden()


def test_export_of_another_site_is_imported_and_continued(ada, open_tab):
    ask(ada, "What goes elsewhere?")
    await_answer(ada)
    with ada.expect_download() as exported:
        conversation_tool(ada, "Export as JSON").click()

    grace = open_tab("grace", "/import/")
    grace.get_by_label("File").set_input_files(exported.value.path())
    for report in ("1 conversation was imported.", "Nothing new: 1 conversation was already here."):
        grace.get_by_role("button", name="Import").click()
        expect(grace.get_by_text(report)).to_be_visible()
    grace.goto("/")
    grace.get_by_role("link", name="What goes elsewhere?").click()
    expect(answers(grace)).to_have_count(1)
    expect(answers(grace).get_by_text("Imported from a chat export on")).to_be_visible()
    ask(grace, "And comes back?")
    await_answer(grace)
    expect(answers(grace)).to_have_count(2)
    expect(grace.get_by_text("Imported from a chat export on")).to_have_count(1)


def test_temporary_conversation_is_marked_unlisted_and_deleted_when_it_ends(ada):
    ada.get_by_role("switch", name="Temporary chat").click()
    expect(ada.get_by_text("Temporary chat: not listed")).to_be_visible()
    ask(ada, "Who must not know?")
    await_answer(ada)
    conversation = ada.url
    expect(ada.get_by_role("navigation", name="Conversations").get_by_role("listitem")).to_have_count(0)
    expect(ada).to_have_title("Temporary chat")
    ada.get_by_role("button", name="This conversation").click()
    exports = ["Export as Markdown", "Export as JSON", "Export with its files (zip)"]
    expect(ada.get_by_role("menuitem")).to_have_text(["Print…", *exports])
    ada.keyboard.press("Escape")

    ada.reload()
    expect(questions(ada)).to_have_text(["Who must not know?"])
    expect(ada.get_by_text("Temporary chat: not listed")).to_be_visible()
    ada.get_by_role("button", name="Delete now", exact=True).click()
    expect(questions(ada)).to_have_count(0)
    assert ada.request.get(conversation).status == 404


def test_leaving_a_temporary_conversation_asks_and_exporting_another_one_does_not(ada):
    ask(ada, "Who may know?")
    await_answer(ada)
    ada.goto("/")
    ada.get_by_role("switch", name="Temporary chat").click()
    ask(ada, "Who must not know?")
    await_answer(ada)
    conversation = ada.url

    with ada.expect_download():
        ada.get_by_role("button", name="Options for Who may know?").click()
        ada.get_by_role("menuitem", name="Export as Markdown").click()
    ask(ada, "Is it still here?")
    await_answer(ada)
    expect(answers(ada)).to_have_count(2)

    dialog = ada.get_by_role("dialog", name="Leave this temporary chat?")
    for leave in (
        lambda: ada.get_by_role("button", name="New conversation").click(),
        lambda: ada.get_by_role("link", name="Who may know?").click(),
        ada.go_back,
    ):
        leave()
        dialog.get_by_role("button", name="Stay").click()
        expect(answers(ada)).to_have_count(2)
        expect(ada).to_have_url(conversation)
    ada.get_by_role("link", name="Who may know?").click()
    dialog.get_by_role("button", name="Leave and delete").click()
    expect(questions(ada)).to_have_text(["Who may know?"])
    assert ada.request.get(conversation).status == 404
    # Nothing in the browser's history leads to it.
    for _ in range(3):
        ada.go_back()
        expect(ada).not_to_have_url(conversation)
        expect(ada.get_by_role("textbox", name="Message", exact=True)).to_be_visible()


def test_closing_a_temporary_conversation_asks_while_it_has_words(ada):
    ada.get_by_role("switch", name="Temporary chat").click()
    ask(ada, "Who must not know?")
    await_answer(ada)
    with ada.expect_event("dialog") as asked:
        ada.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    expect(answers(ada)).to_have_count(1)

    ada.get_by_role("button", name="Delete now", exact=True).click()
    expect(answers(ada)).to_have_count(0)
    with ada.expect_event("close"):
        ada.close(run_before_unload=True)


def test_leaving_a_temporary_conversation_for_another_page_asks_too(ada):
    ada.get_by_role("switch", name="Temporary chat").click()
    ask(ada, "Who must not know?")
    await_answer(ada)
    conversation = ada.url
    ada.get_by_role("button", name="Signed in as ada").click()
    ada.get_by_role("link", name="Preferences").click()
    ada.get_by_role("button", name="Leave and delete").click()
    expect(ada.get_by_role("heading", name="Preferences")).to_be_visible()
    assert ada.request.get(conversation).status == 404
