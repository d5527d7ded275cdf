"""Writing a message: keys, drafts, long texts, and images during their upload."""

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.support.browser.chat import PAUSED, answers, ask, await_answer, questions
from tests.support.browser.keys import write
from tests.support.browser.phone import PHONE
from tests.support.browser.requests import hold, release
from tests.support.browser.tabs import time_stopped
from tests.support.images import encoded, image

DROP = """async ([selector, name, end]) => {
    const canvas = new OffscreenCanvas(8, 8);
    canvas.getContext("2d").fillRect(0, 0, 8, 8);
    const transfer = new DataTransfer();
    transfer.items.add(new File([await canvas.convertToBlob()], name, {type: "image/png"}));
    const on = document.querySelector(selector);
    for (const type of ["dragover", ...end]) {
        const Type = type === "paste" ? ClipboardEvent : DragEvent;
        const data = type === "paste" ? "clipboardData" : "dataTransfer";
        on.dispatchEvent(new Type(type, {[data]: transfer, bubbles: true, cancelable: true}));
    }
}"""


@pytest.fixture
def image_file() -> FilePayload:
    return {"name": "harbour.png", "mimeType": "image/png", "buffer": encoded(image())}


def message(tab: Page):
    return tab.get_by_role("textbox", name="Message", exact=True)


def question(tab: Page):
    return tab.get_by_role("textbox", name="Edit message")


def test_enter_that_ends_an_ime_composition_sends_nothing(ada, provider):
    provider.script(text="こんにちは。")
    input_method = ada.context.new_cdp_session(ada)
    message(ada).focus()
    input_method.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229, "nativeVirtualKeyCode": 229}
    input_method.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    input_method.send("Input.insertText", {"text": "日本"})
    expect(message(ada)).to_have_value("日本")
    expect(questions(ada)).to_have_count(0)

    ada.keyboard.press("Enter")
    expect(questions(ada)).to_contain_text("日本")


def test_keys_of_an_input_method_neither_stop_nor_cancel(ada, provider):
    """Escape ends the composition alone, whatever else it does: stops the answer, cancels editing or the comment."""
    provider.script(times=1, text="High tide is at noon.", **PAUSED)
    ask(ada, "When is high tide?")
    expect(answers(ada)).to_contain_text("High tide")
    compose_and_escape(ada)
    provider.release("go")
    expect(answers(ada)).to_contain_text("noon")
    await_answer(ada)

    write(message(ada), "")
    ada.keyboard.press("ArrowUp")
    expect(question(ada)).to_be_focused()
    compose_and_escape(ada)
    expect(question(ada)).to_be_focused()
    ada.keyboard.press("Escape")
    expect(question(ada)).to_have_count(0)

    ada.get_by_role("button", name="Bad answer").click()
    comment = ada.get_by_role("textbox", name="What was wrong?")
    expect(comment).to_be_focused()
    compose_and_escape(ada)
    expect(comment).to_be_focused()


def compose_and_escape(tab: Page) -> None:
    input_method = tab.context.new_cdp_session(tab)
    input_method.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    escape = {"key": "Escape", "code": "Escape", "windowsVirtualKeyCode": 229, "nativeVirtualKeyCode": 229}
    input_method.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **escape})
    input_method.send("Input.imeSetComposition", {"text": "", "selectionStart": 0, "selectionEnd": 0})
    input_method.detach()


def test_send_is_inactive_while_there_is_nothing_to_send(ada):
    send = ada.get_by_role("button", name="Send")
    expect(send).to_be_disabled()
    ada.keyboard.type("  ")
    expect(send).to_be_disabled()
    ada.keyboard.type("x")
    expect(send).to_be_enabled()
    write(message(ada), "")
    expect(send).to_be_disabled()


def test_enter_pressed_while_the_page_loads_sends_once_it_has_loaded(ada, provider):
    provider.script(text="Noted.")
    held = hold(ada, "**/chat/page/page.*.js")
    with ada.expect_request("**/chat/page/page.*.js"):
        ada.reload(wait_until="commit")
    message(ada).focus()
    ada.keyboard.type("Early")
    ada.keyboard.press("Enter")
    ada.keyboard.type(" words")
    expect(message(ada)).to_have_value("Early words")
    ada.keyboard.press("Enter")

    release(held)
    expect(questions(ada)).to_have_text("Early words")
    expect(message(ada)).to_have_value("")
    await_answer(ada)


def test_text_typed_while_the_page_loads_is_kept(ada):
    held = hold(ada, "**/chat/page/page.*.js")
    with ada.expect_request("**/chat/page/page.*.js"):
        ada.reload(wait_until="commit")
    message(ada).press_sequentially("Early words")
    expect(message(ada)).to_have_value("Early words")
    expect(ada.get_by_role("button", name="Send")).to_be_disabled()

    release(held)
    expect(ada.get_by_role("button", name="Send")).to_be_enabled()
    expect(message(ada)).to_have_value("Early words")


def test_draft_survives_a_reload(ada):
    write(message(ada), "half a thou")
    ada.reload()
    expect(ada.get_by_role("textbox", name="Message", exact=True)).to_have_value("half a thou")


def test_enter_breaks_the_line_if_the_preference_says_so(ada, provider):
    provider.script(text="Noted.")
    ada.goto("/preferences/")
    ada.get_by_role("radio", name="Enter adds a new line, Ctrl").check()
    ada.get_by_role("button", name="Save").click()
    expect(ada.get_by_text("Preferences saved.")).to_be_visible()
    try:
        ada.goto("/")
        expect(message(ada)).to_have_attribute("enterkeyhint", "enter")
        message(ada).press_sequentially("One")
        ada.keyboard.press("Enter")
        ada.keyboard.type("Two")
        expect(message(ada)).to_have_value("One\nTwo")
        ada.keyboard.press("Control+Enter")
        expect(questions(ada)).to_contain_text("One\nTwo")
    finally:
        ada.goto("/preferences/")
        ada.get_by_role("radio", name="Enter sends the message, Shift").check()
        ada.get_by_role("button", name="Save").click()
        expect(ada.get_by_text("Preferences saved.")).to_be_visible()


def test_enter_breaks_the_line_on_a_phone_and_no_keyboard_opens_by_itself(open_tab, provider):
    provider.script(text="Noted.")
    tab = open_tab("ada", **PHONE)
    expect(message(tab)).not_to_be_focused()
    message(tab).tap()
    tab.keyboard.type("One")
    tab.keyboard.press("Enter")
    tab.keyboard.type("Two")
    expect(message(tab)).to_have_value("One\nTwo")
    tab.get_by_role("button", name="Send").tap()
    await_answer(tab)
    expect(message(tab)).not_to_be_focused()


def test_very_long_text_is_accepted_counted_and_kept(ada):
    # 1 MB, although only 2,000 characters can be sent.
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ada.evaluate("navigator.clipboard.writeText('The tide comes in, and goes.\\n'.repeat(34_482) + '🌊'.repeat(22))")
    message(ada).focus()
    ada.keyboard.press("Control+v")
    said = ada.get_by_text("longer than 2,000 characters: it has 1,000,000")
    expect(said).to_be_visible()
    ada.keyboard.press("Enter")
    expect(questions(ada)).to_have_count(0)
    assert message(ada).evaluate("field => field.value.length") == 1_000_022
    # The field doesn't grow beyond half of the screen.
    assert message(ada).bounding_box()["height"] < ada.viewport_size["height"] / 2

    ada.keyboard.press("Control+a")
    ada.keyboard.type("Short")
    expect(ada.get_by_text("longer than")).to_have_count(0)


def test_arrow_up_edits_the_last_message_and_escape_cancels(ada, provider):
    provider.script(text="Noted.")
    ask(ada, "The first")
    await_answer(ada)
    ask(ada, "The second")
    await_answer(ada)
    write(message(ada), "A draft")
    ada.keyboard.press("ArrowUp")
    expect(question(ada)).to_have_count(0)

    write(message(ada), "")
    ada.keyboard.press("ArrowUp")
    expect(question(ada)).to_be_focused()
    expect(question(ada)).to_have_value("The second")
    write(question(ada), "The second, half written")
    message(ada).focus()
    ada.keyboard.press("ArrowUp")
    expect(question(ada)).to_be_focused()
    expect(question(ada)).to_have_value("The second, half written")
    ada.keyboard.press("Escape")
    expect(question(ada)).to_have_count(0)
    expect(message(ada)).to_be_focused()
    expect(questions(ada).last).to_contain_text("The second")


def test_edit_with_images_dropped_on_it_survives_a_reload(ada, provider):
    provider.script(text="Noted.")
    ask(ada, "The first")
    await_answer(ada)
    ada.get_by_role("button", name="Edit").click()
    write(question(ada), "The first, with an image")
    ada.evaluate(DROP, ["message-editor", "dropped.png", []])
    expect(ada.locator("message-editor").get_by_text("Drop files")).to_be_visible()
    ada.evaluate(DROP, ["message-editor", "dropped.png", ["drop"]])
    ada.evaluate(DROP, ["message-editor textarea", "pasted.png", ["paste", "drop"]])
    images = ada.get_by_role("list", name="Files in the message").get_by_role("listitem")
    expect(images).to_have_count(3)
    expect(ada.get_by_role("list", name="Attached files").get_by_role("listitem")).to_have_count(0)
    expect(ada.get_by_text("Drop files")).to_have_count(2)
    expect(ada.get_by_role("progressbar", name="Upload")).to_have_count(0)

    ada.reload()
    expect(question(ada)).to_be_focused()
    expect(question(ada)).to_have_value("The first, with an image")
    expect(images).to_have_count(3)
    images.get_by_role("button", name="Remove dropped.png").click()
    expect(images).to_have_count(2)
    ada.get_by_role("button", name="Ask", exact=True).click()
    await_answer(ada)
    expect(message(ada)).to_be_focused()
    sent = provider.bodies()[-1]["input"][-1]["content"]
    assert [part["type"] for part in sent] == ["input_text", "input_image", "input_image"]
    ada.reload()
    expect(questions(ada)).to_contain_text("The first, with an image")
    expect(question(ada)).to_have_count(0)


def test_edit_survives_asking_its_message_again(ada, provider):
    provider.script(text="Noted.")
    ask(ada, "The first")
    await_answer(ada)
    ada.get_by_role("button", name="Edit").click()
    write(question(ada), "The first, half written")
    ada.get_by_role("button", name="Regenerate").click()
    expect(ada.locator(".place:visible")).to_have_text("2 / 2")
    await_answer(ada)

    ada.get_by_role("link", name="Previous version").click()
    expect(question(ada)).to_have_value("The first, half written")


def test_failed_upload_can_be_retried_and_its_message_waits(ada, provider, image_file):
    provider.script(text="A harbour.")
    failing = [True]
    ada.route("**/attachments/", lambda route: route.abort("internetdisconnected") if failing[0] else route.continue_())
    with ada.expect_file_chooser() as chooser:
        ada.get_by_role("button", name="Attach files").click()
    chooser.value.set_files([image_file])
    again = ada.get_by_role("button", name="Retry: harbour.png")
    expect(again).to_be_visible()
    expect(message(ada)).to_be_focused()
    ada.keyboard.type("What is this?")
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("alert").filter(has_text="couldn't be uploaded")).to_be_visible()
    expect(questions(ada)).to_have_count(0)

    failing[0] = False
    again.click()
    ada.get_by_role("button", name="Send").click()
    await_answer(ada)
    assert [part["type"] for part in provider.bodies()[0]["input"][-1]["content"]] == ["input_text", "input_image"]


def test_everything_works_by_keyboard(ada, provider):
    provider.script(times=1, text="One. Two. Three.", **PAUSED)
    provider.script(text="High tide is at noon.")
    help_dialog = ada.get_by_role("dialog", name="Keyboard shortcuts")
    message(ada).press("?")
    expect(message(ada)).to_have_value("?")
    ada.keyboard.press("Control+/")
    expect(help_dialog).to_be_visible()
    ada.keyboard.press("Escape")
    expect(help_dialog).to_be_hidden()
    expect(message(ada)).to_be_focused()

    ada.keyboard.press("Enter")
    expect(answers(ada)).to_contain_text("One.")
    ada.keyboard.press("Escape")
    await_answer(ada)
    expect(answers(ada)).to_contain_text("Stopped")
    provider.release("go")

    expect(message(ada)).to_be_focused()
    ada.keyboard.type("And now?")
    ada.keyboard.press("Enter")
    await_answer(ada)
    expect(answers(ada)).to_have_count(2)
    ada.keyboard.press("Alt+ArrowUp")
    expect(questions(ada).last).to_be_focused()
    expect(questions(ada).last.locator(".words")).to_have_css("outline-style", "solid")
    ada.keyboard.press("Alt+ArrowUp")
    expect(questions(ada).first).to_be_focused()
    ada.keyboard.press("?")
    expect(help_dialog).to_be_visible()
    help_dialog.get_by_role("checkbox").uncheck()
    ada.keyboard.press("Escape")
    expect(questions(ada).first).to_be_focused()
    ada.keyboard.press("?")
    expect(help_dialog).to_be_hidden()
    ada.keyboard.press("Shift+Escape")
    expect(message(ada)).to_be_focused()

    ada.get_by_role("button", name="Signed in as").click()
    ada.get_by_role("button", name="Keyboard shortcuts").click()
    help_dialog.get_by_role("checkbox").check()
    help_dialog.get_by_role("button", name="Close").click()
    expect(ada.get_by_role("button", name="Signed in as")).to_be_focused()

    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    with time_stopped(ada):
        ada.keyboard.press("Control+Shift+C")
        expect(answers(ada).last).to_contain_text("Copied")
    assert "High tide is at noon." in ada.evaluate("navigator.clipboard.readText()")
    ada.keyboard.press("Control+Shift+O")
    expect(ada.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    ada.get_by_role("link", name="Skip to the message field").press("Enter")
    expect(message(ada)).to_be_focused()
