"""The page around the conversation: the list, the account menu, a small phone, touch and keyboard."""

import re

from playwright.sync_api import Page, expect

from tests.support.browser.chat import ask, await_answer
from tests.support.browser.every_page import first_run
from tests.support.browser.phone import PHONE, TOO_SMALL
from tests.support.browser.tabs import sign_in


def navigation(tab: Page):
    return tab.get_by_role("navigation", name="Conversations")


def test_new_conversation_begins_by_mouse_and_by_keyboard(ada, provider):
    provider.script(text="Noted.")
    for begin in (
        lambda: ada.get_by_role("button", name="New conversation").click(),
        lambda: ada.get_by_role("button", name="New conversation").press("Space"),
    ):
        ask(ada, "An older one")
        await_answer(ada)
        begin()
        expect(ada).to_have_url(re.compile(r":\d+/$"))
        expect(ada.get_by_role("heading", name="What would you like to know?")).to_be_visible()


def test_field_stands_below_the_greeting_until_something_is_asked(ada, provider):
    provider.script(text="Noted.")
    # The field would glide down.
    ada.emulate_media(reduced_motion="reduce")
    field = ada.get_by_role("textbox", name="Message", exact=True)
    greeting = ada.get_by_role("heading", name="What would you like to know?").bounding_box()
    before = field.bounding_box()
    assert greeting
    assert before
    assert 0 < before["y"] - greeting["y"] < 120
    ask(ada, "When is high tide?")
    await_answer(ada)
    after = field.bounding_box()
    assert after
    assert after["y"] - before["y"] > 100


def test_list_links_to_older_conversations_and_marks_the_open_one(ada, provider):
    provider.script(text="Noted.")
    for question in ("The tide at Brest", "The tide at Dover"):
        ada.goto("/")
        ask(ada, question)
        await_answer(ada)
    navigation(ada).get_by_role("link", name="The tide at Brest").first.click()
    expect(ada).to_have_title("The tide at Brest · Chat")
    expect(navigation(ada).locator("[aria-current=page]")).to_have_text("The tide at Brest")


def test_tab_forgets_what_was_written_when_its_person_signs_out(open_tab, provider):
    tab = open_tab()
    sign_in(tab, "grace")
    tab.get_by_role("textbox", name="Message", exact=True).press_sequentially("What nobody else shall read")
    tab.get_by_role("button", name="Signed in as grace").click()
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_label("Username")).to_be_visible()
    expect(tab).to_have_url(re.compile("/sign-in/$"))
    tab.wait_for_function("sessionStorage.length === 0")


def test_account_menu_opens_and_closes_by_keyboard(ada):
    account = ada.get_by_role("button", name="Signed in as ada")
    account.press("Enter")
    expect(ada.get_by_role("button", name="Sign out")).to_be_visible()
    ada.keyboard.press("Tab")
    expect(ada.get_by_role("link", name="Preferences")).to_be_focused()

    ada.keyboard.press("Escape")
    expect(ada.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(account).to_be_focused()


def test_conversation_fits_a_small_phone(open_tab, provider):
    provider.script(text="| a | b |\n|---|---|\n| wide | " + "column " * 40 + "|\n\n```\n" + "wide " * 100 + "\n```")
    tab = open_tab("ada", **PHONE)
    ask(tab, "Everything about tides, " + "and-a-very-long-word" * 20)
    await_answer(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") == 320


def test_list_is_a_drawer_on_a_phone(open_tab):
    tab = open_tab("ada", **PHONE)
    expect(navigation(tab)).to_be_hidden()

    tab.get_by_role("button", name="Show conversations").click()
    expect(navigation(tab).get_by_role("button", name="New conversation")).to_be_focused()
    # The page under the drawer can't be reached.
    tab.get_by_role("textbox", name="Message", exact=True).evaluate("field => field.focus()")
    expect(navigation(tab).get_by_role("button", name="New conversation")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(navigation(tab)).to_be_hidden()
    expect(tab.get_by_role("button", name="Show conversations")).to_be_focused()

    tab.get_by_role("button", name="Show conversations").click()
    tab.mouse.click(310, 300)
    expect(navigation(tab)).to_be_hidden()
    tab.get_by_role("textbox", name="Message", exact=True).press("a")


def test_new_conversation_begins_from_the_header_of_a_phone(open_tab, provider):
    provider.script(text="Noted.")
    tab = open_tab("ada", **PHONE)
    ask(tab, "An older one")
    await_answer(tab)
    tab.get_by_role("button", name="New conversation").click()
    expect(tab.get_by_role("heading", name="What would you like to know?")).to_be_visible()


def test_list_is_hidden_beside_the_thread_and_stays_so(ada, provider):
    expect(navigation(ada)).to_be_visible()
    ada.get_by_role("button", name="Hide conversations").click()
    expect(navigation(ada)).to_be_hidden()
    ada.reload()
    expect(navigation(ada)).to_be_hidden()
    provider.script(text="Noted.")
    ask(ada, "When is high tide?")
    await_answer(ada)
    ada.get_by_role("button", name="New conversation").click()
    expect(ada.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    ada.keyboard.press("Control+k")
    expect(ada.get_by_role("searchbox", name="Search conversations")).to_be_focused()
    ada.reload()
    expect(navigation(ada)).to_be_visible()


def test_controls_are_large_enough_for_a_finger_on_a_phone(open_tab, provider):
    provider.script(text="```\ncode\n```")
    tab = open_tab("ada", **PHONE)
    tab.get_by_role("button", name="Add image from URL").click()
    ask(tab, "Some code")
    await_answer(tab)
    tab.get_by_role("button", name="Signed in as").click()
    assert tab.evaluate(TOO_SMALL) == []
    tab.get_by_role("button", name="Show conversations").click()
    expect(navigation(tab)).to_be_visible()
    assert tab.evaluate(TOO_SMALL) == []
    tab.goto("/password/")
    assert tab.evaluate(TOO_SMALL) == []


def test_chosen_theme_and_letter_size_are_seen_before_any_script_runs(open_tab):
    tab = open_tab("grace", "/preferences/", java_script_enabled=False, color_scheme="light")
    look = "() => { const {backgroundColor, fontSize} = getComputedStyle(document.documentElement); "
    look += "return [backgroundColor, fontSize]; }"

    def choose(theme: str, size: str) -> None:
        tab.goto("/preferences/")
        tab.get_by_label(theme).check()
        tab.get_by_label("Letter size").select_option(size)
        tab.get_by_role("button", name="Save").click()
        expect(tab.get_by_text("Preferences saved.")).to_be_visible()
        tab.goto("/")

    before = tab.evaluate(look)
    choose("Dark", "Large")
    assert tab.evaluate(look) == ["rgb(23, 24, 26)", "18px"]
    # Paper is white.
    tab.emulate_media(media="print", color_scheme="light")
    assert tab.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    tab.emulate_media(media="screen")
    tab.emulate_media(color_scheme="dark")
    choose("Light", "Normal")
    assert tab.evaluate(look) == before
    choose("System", "Normal")
    assert tab.evaluate(look) == ["rgb(23, 24, 26)", "16px"]


def test_first_account_is_created_without_scrolling(open_tab, provider):
    tab = first_run(open_tab, provider)
    tab.set_viewport_size({"width": 1280, "height": 720})
    expect(tab.get_by_role("button", name="Create account")).to_be_in_viewport(ratio=1)


def test_missing_page_links_back_to_the_chat(open_tab):
    response = open_tab("ada").request.get("/conversations/00000000-0000-4000-8000-000000000000/")
    assert response.status == 404
    assert "Back to the chat" in response.text()
