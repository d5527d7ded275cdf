"""Memory: an answer says what was remembered, and the person undoes, edits and deletes it."""

import json
import re

from playwright.sync_api import Locator, Page, expect

from tests.support.browser.assistants import archive_earlier_assistants, offer_model
from tests.support.browser.chat import answers, ask, await_answer
from tests.support.browser.keys import write
from tests.support.browser.picker import choose
from tests.support.provider import Provider

FACTS = ("Sails a ketch.", "Lives in Bodø.")


def switch(tab: Page, *, on: bool) -> None:
    tab.goto("/preferences/")
    tab.get_by_role("checkbox", name="Let models remember facts about me").set_checked(on)
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_role("status").first).to_contain_text("saved")


def memories(tab: Page) -> Locator:
    return tab.get_by_role("list", name="Memories").get_by_role("listitem")


def test_what_is_remembered_is_said_undone_edited_and_deleted(open_tab, provider: Provider):
    archive_earlier_assistants()
    offer_model("caller-1", efforts=[], takes_functions=True)
    tab = open_tab("grace")
    switch(tab, on=True)
    tab.goto("/")
    choose(tab, "caller-1")
    calls = [{"name": "remember", "arguments": json.dumps({"fact": fact})} for fact in FACTS]
    provider.script(match="About me", times=1, calls=calls)
    ask(tab, "About me: I sail a ketch, in Bodø.")
    await_answer(tab)
    tab.reload()
    items = answers(tab).locator("output-item")
    expect(items).to_have_text([re.compile(f"Remembered.*{re.escape(fact)}.*Undo", re.DOTALL) for fact in FACTS])
    items.last.get_by_role("button", name="Undo").click()
    expect(items.last.get_by_role("status")).to_have_text("Undone")

    items.last.get_by_role("link", name="All memories").click()
    expect(memories(tab)).to_contain_text([FACTS[0]])
    expect(memories(tab)).to_have_count(1)
    memories(tab).get_by_role("button", name="Edit").click()
    write(tab.get_by_role("textbox", name="Memory"), "Sails a sloop.")
    memories(tab).get_by_role("button", name="Save").click()
    expect(memories(tab)).to_contain_text(["Sails a sloop."])
    memories(tab).get_by_role("button", name="Delete").click()
    expect(memories(tab)).to_have_count(0)
    tab.get_by_role("button", name="Undo").click()
    expect(memories(tab)).to_have_count(1)
    provider.forget_requests()
    provider.script(text="A sloop.")
    tab.goto("/")
    choose(tab, "caller-1")
    ask(tab, "What do I sail?")
    await_answer(tab)
    (body,) = [body for body in provider.bodies() if body.get("stream")]
    assert body["instructions"].endswith("- Sails a sloop.")
    tab.goto("/preferences/")
    tab.get_by_role("button", name="Delete all").click()
    expect(tab.get_by_text("Nothing is remembered.")).to_be_visible()
    tab.reload()
    expect(memories(tab)).to_have_count(0)
    switch(tab, on=False)
