"""Going from one conversation to another: without a reload of the page, or with one where that isn't possible."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.support.browser.chat import PAUSED, answers, ask, await_answer, questions

TIDE, LUNCH = "How high is the tide?", "Where do we have lunch?"


@pytest.fixture
def two(ada, provider) -> Page:
    """Open a tab in which the second of two conversations is shown; it is marked, so that a reload would be noticed."""
    provider.script(text="Noted.")
    for question in (TIDE, LUNCH):
        ada.goto("/")
        ask(ada, question)
        await_answer(ada)
    ada.evaluate("window.isSame = true")
    return ada


def entry(tab: Page, title: str) -> Locator:
    return tab.get_by_role("navigation", name="Conversations").get_by_role("link", name=title, exact=True)


def field(tab: Page) -> Locator:
    return tab.get_by_role("textbox", name="Message", exact=True)


def expect_shown(tab: Page, title: str) -> None:
    expect(questions(tab)).to_have_text([title])
    expect(tab).to_have_title(f"{title} · Chat")
    expect(tab.locator("[aria-current=page]")).to_have_text([title])


def is_same(tab: Page) -> bool:
    return bool(tab.evaluate("window.isSame === true"))


def test_conversation_is_changed_without_a_reload_and_history_leads_back(two):
    lunch = two.url
    entry(two, TIDE).click()
    expect_shown(two, TIDE)
    expect(field(two)).to_be_focused()
    tide = two.url
    assert tide != lunch

    two.go_back()
    expect_shown(two, LUNCH)
    expect(two).to_have_url(lunch)
    two.go_forward()
    expect_shown(two, TIDE)
    expect(two).to_have_url(tide)
    two.get_by_role("button", name="New conversation").click()
    expect(two.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    expect(two).to_have_title("Chat")
    two.go_back()
    expect_shown(two, TIDE)
    assert is_same(two)
    two.reload()
    expect_shown(two, TIDE)


def test_conversation_is_changed_without_a_reload_after_a_formula(two, provider):
    provider.forget()
    provider.script(text="It is $x^2$ metres high.")
    ask(two, "And tomorrow?")
    expect(answers(two).locator(".katex")).to_be_visible()
    entry(two, TIDE).click()
    expect_shown(two, TIDE)
    assert is_same(two)


def test_each_conversation_keeps_its_draft_and_its_editor(two):
    field(two).press_sequentially("And then")
    entry(two, TIDE).click()
    expect_shown(two, TIDE)
    expect(field(two)).to_have_value("")
    two.get_by_role("button", name="Edit").click()
    two.keyboard.press("End")
    two.keyboard.type(" At noon?")
    entry(two, LUNCH).click()
    expect_shown(two, LUNCH)
    expect(field(two)).to_have_value("And then")

    two.go_back()
    editor = two.get_by_role("textbox", name="Edit message")
    expect(editor).to_have_value(f"{TIDE} At noon?")
    expect(editor).to_be_focused()
    assert is_same(two)


def test_running_answer_goes_on_where_it_is(two, provider):
    provider.forget()
    provider.script(match="Ebb", text="It falls until six.", **PAUSED)
    provider.script(text="At the pier.")
    ask(two, "Ebb?")
    expect(answers(two).last).to_contain_text("It")
    entry(two, TIDE).click()
    expect_shown(two, TIDE)
    expect(two.get_by_role("button", name="Send")).to_be_visible()
    ask(two, "And where?")
    await_answer(two)
    expect(answers(two)).to_have_text([re.compile("Noted"), re.compile("At the pier")])

    entry(two, LUNCH).click()
    expect(answers(two).last).to_have_attribute("aria-busy", "true")
    expect(two.get_by_role("button", name="Stop")).to_be_visible()
    provider.release("go")
    expect(answers(two).last).to_contain_text("It falls until six.")
    await_answer(two)
    assert is_same(two)


def test_list_marks_an_answer_in_progress_and_one_that_was_not_seen(two, open_tab, provider):
    provider.forget()
    provider.script(text="It falls until six.", **PAUSED)
    ask(two, "Ebb?")
    expect(answers(two).last).to_contain_text("It")
    entry(two, TIDE).click()
    expect_shown(two, TIDE)
    other = open_tab("ada", two.url)
    lunch = [tab.locator("li.entry").filter(has_text=LUNCH) for tab in (two, other)]
    for item in lunch:
        expect(item.get_by_text("Answer in progress")).to_be_visible()
        expect(item.get_by_text("New answer")).to_be_hidden()
    provider.release("go")
    for item in lunch:
        expect(item.get_by_text("New answer")).to_be_visible()
        expect(item.get_by_text("Answer in progress")).to_be_hidden()
    other.reload()
    expect(lunch[1].get_by_text("New answer")).to_be_visible()

    entry(two, LUNCH).click()
    expect(answers(two).last).to_contain_text("It falls until six.")
    for item in lunch:
        expect(item.get_by_text("New answer")).to_be_hidden()
    # What ends before one's eyes is seen.
    ask(two, "And then?")
    await_answer(two)
    entry(two, TIDE).click()
    expect_shown(two, TIDE)
    two.reload()
    expect(lunch[0].get_by_text("New answer")).to_be_hidden()


def test_message_on_its_way_arrives_although_the_conversation_is_left(two):
    # The page can be fetched, but the socket can't be opened.
    two.route("**/conversations/*/", lambda route: route.fulfill(response=route.fetch()))
    two.context.set_offline(True)
    ask(two, "And then?")
    expect(two.get_by_role("button", name="Stop")).to_be_visible()
    entry(two, TIDE).click()
    expect_shown(two, TIDE)
    two.context.set_offline(False)
    # It is at the top of the list again, since there is something new in it.
    expect(two.locator("li.entry").first).to_contain_text(LUNCH)
    entry(two, LUNCH).click()
    expect(questions(two)).to_have_text([LUNCH, "And then?"])
    await_answer(two)
    expect(answers(two)).to_have_count(2)
    ask(two, "Good?")
    expect(questions(two)).to_have_text([LUNCH, "And then?", "Good?"])
    await_answer(two)
    assert is_same(two)


def test_list_stays_where_it_is(two):
    # All headings and entries are higher than the window.
    two.set_viewport_size({"width": 1000, "height": 400})
    two.evaluate("document.querySelector('.listed > ul').style.paddingBlock = '600px'")
    entry(two, TIDE).scroll_into_view_if_needed()
    top = "() => document.querySelector('.listed').scrollTop"
    before = two.evaluate(top)
    assert before > 0
    entry(two, TIDE).click()
    expect_shown(two, TIDE)
    assert two.evaluate(top) == before


def changed(change: Callable[[str], str]) -> Callable[[Route], None]:
    """Return what answers a request with the site's page, after a change of its text."""

    def answer(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=change(response.text()))

    return answer


def test_page_of_a_newer_version_or_without_its_parts_is_loaded_as_a_whole(two):
    for change in (
        lambda text: text.replace("/static/chat/page/page.", "/static/chat/page/newer.", 1),
        lambda text: text.replace("chat-composer", "other-composer"),
    ):
        two.route("**/conversations/*/", changed(change), times=1)
        entry(two, TIDE).click()
        expect_shown(two, TIDE)
        two.wait_for_function("window.isSame === undefined")
        entry(two, LUNCH).click()
        expect_shown(two, LUNCH)
        two.evaluate("window.isSame = true")


def test_lost_connection_leaves_the_page_as_it_is(two):
    two.context.set_offline(True)
    entry(two, TIDE).click()
    expect(two.get_by_text("The connection was lost. Try again.")).to_be_visible()
    expect_shown(two, LUNCH)
    two.context.set_offline(False)
    entry(two, TIDE).click()
    expect_shown(two, TIDE)
    assert is_same(two)
