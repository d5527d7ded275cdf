"""Answers that call tools: one turn of many responses is one answer, and each call says how it stands."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.assistants import offer_model
from tests.support.browser.chat import answers, ask, await_answer, message_field, questions
from tests.support.browser.tabs import OpenTab
from tests.support.browser.tool_calls import create_calls

STATES = ["Done · 1.3 sec", "Done · 1.3 sec", "Not allowed", "Failed · 1.3 sec", "Interrupted"]


@pytest.fixture
def stored(open_tab, ada) -> Page:
    """Return a tab of ada's with the conversation whose answers have called tools."""
    address, _ = create_calls()
    ada.goto(address)
    return ada


def calls(answer: Locator) -> Locator:
    return answer.locator("output-item")


def approvals(tab: Page) -> Locator:
    return tab.get_by_role("region", name="Approval")


def test_turn_of_many_responses_is_one_answer(stored):
    expect(questions(stored)).to_have_count(2)
    expect(answers(stored)).to_have_count(2)
    answer = answers(stored).first
    expect(answer).to_contain_text(re.compile("I look it up.*get_tide.*get_moon.*High tide is at noon", re.DOTALL))
    expect(calls(answer).locator("summary > .state")).to_have_text(STATES)
    answer.get_by_role("button", name="More").click()
    about = answer.get_by_role("group", name="About this answer")
    expect(about).to_contain_text("100 tokens")


def test_arguments_and_results_are_read_as_tables_and_never_as_html(stored):
    expect(calls(answers(stored).first)).to_have_count(len(STATES))
    tide, table, refused, failed, _ = calls(answers(stored).first).all()
    tide.locator("summary").first.click()
    expect(tide.locator("dl").first).to_contain_text("Brest")
    expect(tide.get_by_text("1.8 m")).to_be_visible()
    # A long text is folded.
    expect(tide.locator("dd details")).to_have_count(1)
    table.locator("summary").first.click()
    expect(table.get_by_role("columnheader", name="height")).to_be_visible()
    expect(table.get_by_role("cell")).to_have_text(["Monday", "5.2", "Tuesday", "5.45"])
    refused.locator("summary").first.click()
    expect(refused.get_by_text("<b>Brest</b>").last).to_be_visible()
    expect(refused.get_by_text("Never.")).to_be_visible()
    failed.locator("summary").first.click()
    expect(failed.get_by_text('{"phase":').last).to_be_visible()


def test_waiting_turn_asks_for_each_call_and_takes_no_message_yet(stored):
    expect(approvals(stored)).to_have_count(2)
    mail, port = approvals(stored).all()
    expect(mail).to_contain_text("send_mail")
    expect(mail).to_contain_text("grace")
    for name in ("Allow once", "Allow in this conversation", "Deny"):
        expect(port.get_by_role("button", name=name)).to_be_visible()
    expect(answers(stored).last).not_to_have_attribute("aria-busy", "true")
    expect(stored.get_by_role("button", name="Stop")).to_be_visible()
    entry = stored.get_by_role("listitem").filter(has_text="Tides with tools")
    expect(entry).to_contain_text("Waiting for you")
    message_field(stored).click()
    stored.keyboard.type("And tomorrow?")
    stored.keyboard.press("Enter")
    expect(stored.get_by_role("list", name="Queued messages")).to_contain_text("And tomorrow?")


def test_readers_of_a_share_and_of_the_review_see_the_calls_and_no_question(stored, open_tab: OpenTab):
    hopper = open_tab("hopper", "/admin/conversations/conversation/")
    hopper.locator(".field-title_or_untitled a").first.click()
    expect(hopper.locator("li.turn")).to_have_count(2)
    shown = hopper.locator("li.turn").first.locator("output-item summary > .state")
    expect(shown).to_have_text(STATES)
    expect(hopper.locator("li.turn").last).to_contain_text("Waiting for you")
    expect(approvals(hopper)).to_have_count(0)


@pytest.fixture
def caller(site_address, open_tab) -> Page:
    """Return a tab of ada's in which a model answers that can call functions."""
    offer_model("caller-1", efforts=[], takes_functions=True)
    tab = open_tab("ada")
    tab.get_by_role("button", name=re.compile("^Model")).click()
    tab.get_by_role("dialog", name="Choose what answers").get_by_role("button", name=re.compile("^caller-1")).click()
    return tab


def test_tools_are_switched_for_a_message_and_stay_so_in_the_conversation(caller, provider):
    button = caller.get_by_role("button", name=re.compile("^Tools"))
    expect(button).to_have_text(re.compile("[1-9]"))
    button.click()
    panel = caller.get_by_role("dialog", name="Tools for your next message")
    switch = panel.get_by_role("switch", name="Date and time")
    expect(switch).to_be_checked()
    for each in panel.get_by_role("switch").all():
        each.uncheck()
    caller.keyboard.press("Escape")
    expect(button).not_to_have_text(re.compile("[1-9]"))
    provider.script(text="High tide is at noon.")
    for question in ("When is high tide?", "And when is it low?"):
        ask(caller, question)
        expect(answers(caller).last).to_contain_text("High tide")
        await_answer(caller)
        expect(button).not_to_have_text(re.compile("[1-9]"))
    assert all("tools" not in body for body in provider.bodies())
    caller.reload()
    expect(button).not_to_have_text(re.compile("[1-9]"))
    button.click()
    switch.click()
    expect(button).to_have_text(re.compile("1"))


def test_model_that_takes_no_tools_is_offered_none(caller):
    offer_model("small-1", efforts=[])
    caller.goto("/")
    button = caller.get_by_role("button", name=re.compile("^Tools"))
    expect(button).to_be_visible()
    caller.get_by_role("button", name=re.compile("^Model")).click()
    caller.get_by_role("dialog", name="Choose what answers").get_by_role("button", name=re.compile("^small-1")).click()
    expect(button).to_be_hidden()
