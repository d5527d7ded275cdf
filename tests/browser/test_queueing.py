"""Messages written while an answer runs: they are listed below the field, and asked one after another."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.chat import PAUSED, answers, ask, await_answer, await_page, message_field, questions
from tests.support.browser.keys import write
from tests.support.images import encoded, image

REFUSE_NEXT = "document.querySelector('chat-composer').dataset.maxCharacters = 1_000_000"
"""Lifts the page's own limit, so that the server refuses what is too long."""


def queued(tab: Page):
    return tab.get_by_role("list", name="Queued messages").get_by_role("listitem")


def button(tab: Page, name: str, within: str):
    return queued(tab).filter(has_text=within).get_by_role("button", name=name)


def editor(tab: Page):
    return tab.get_by_role("textbox", name="Edit message")


def queue(tab: Page, *texts: str) -> None:
    """Write messages while an answer runs."""
    for text in texts:
        write(message_field(tab), text)
        tab.keyboard.press("Enter")
        expect(message_field(tab)).to_have_value("")
        expect(queued(tab).last).to_contain_text(text)


@pytest.fixture
def asking(ada, provider) -> Page:
    """A tab with an answer that is complete when `go` is released. All others come at once."""
    provider.script(times=1, text="High tide is at noon.", **PAUSED)
    provider.script(text="Noted.")
    ask(ada, "When is high tide?")
    expect(answers(ada)).to_contain_text("High tide")
    return ada


def test_messages_written_during_an_answer_are_asked_in_order(asking, provider):
    expect(asking.get_by_role("button", name="Send")).to_be_hidden()
    asking.keyboard.type("And low tide?")
    # Either is possible now.
    expect(asking.get_by_role("button", name="Stop")).to_be_visible()
    asking.get_by_role("button", name="Send").click()
    expect(message_field(asking)).to_be_focused()
    asking.keyboard.type("And tomorrow?")
    asking.keyboard.press("Enter")
    expect(queued(asking)).to_have_text(["And low tide?", "And tomorrow?"])
    expect(asking.get_by_text("Will be sent when the answer is complete.").last).to_be_visible()
    expect(asking.locator("page-announcer")).to_contain_text("Will be sent when the answer is complete.")
    expect(questions(asking)).to_have_count(1)
    asking.keyboard.type("A draft")

    provider.release("go")
    expect(questions(asking)).to_have_text(["When is high tide?", "And low tide?", "And tomorrow?"])
    expect(queued(asking)).to_have_count(0)
    await_answer(asking)
    expect(message_field(asking)).to_have_value("A draft")
    assert [body["input"][-1]["content"][0]["text"] for body in provider.bodies() if body.get("stream")][1:] == [
        "And low tide?",
        "And tomorrow?",
    ]


def test_queue_with_an_image_outlives_a_reload(asking, provider):
    asking.locator("chat-composer input[type=file]").set_input_files(
        {"name": "harbour.png", "mimeType": "image/png", "buffer": encoded(image())}
    )
    queue(asking, "What is this?")
    asking.reload()
    expect(queued(asking)).to_contain_text("What is this?")
    expect(queued(asking).get_by_role("link", name="Attached image")).to_be_visible()

    provider.release("go")
    expect(questions(asking)).to_have_count(2)
    await_answer(asking)
    expect(queued(asking)).to_have_count(0)
    asking.reload()
    expect(questions(asking)).to_have_count(2)
    expect(questions(asking).last.get_by_role("link", name="Attached image")).to_be_visible()


def test_queued_messages_are_edited_in_their_place(asking, provider):
    queue(asking, "And low tide?", "And tomorrow?")
    # As in a shell: the last one.
    asking.keyboard.press("ArrowUp")
    expect(editor(asking)).to_have_value("And tomorrow?")
    expect(editor(asking)).to_be_focused()
    asking.keyboard.press("Escape")
    expect(editor(asking)).to_have_count(0)
    expect(message_field(asking)).to_be_focused()
    expect(answers(asking)).to_have_attribute("aria-busy", "true")

    button(asking, "Edit", "low").click()
    write(editor(asking), "And neap tide?")
    asking.reload()
    expect(editor(asking)).to_have_value("And neap tide?")
    # It isn't sent before it is saved, nor are those behind it.
    provider.release("go")
    expect(answers(asking)).to_contain_text("noon")
    expect(asking.get_by_text("Will be sent when you have saved the first one.")).to_be_visible()
    editor(asking).focus()
    asking.keyboard.press("Enter")
    expect(questions(asking)).to_have_text(["When is high tide?", "And neap tide?", "And tomorrow?"])
    await_answer(asking)


def test_deleted_message_is_not_sent_unless_that_is_undone(asking, provider):
    queue(asking, "One", "Two", "Three")
    button(asking, "Delete", "Two").click()
    expect(queued(asking)).to_have_text(["One", "Three"])
    expect(button(asking, "Delete", "Three")).to_be_focused()
    asking.get_by_role("button", name="Undo").click()
    expect(queued(asking)).to_have_text(["One", "Two", "Three"])
    for each in ("Three", "Two"):
        button(asking, "Delete", each).click()
    provider.release("go")
    expect(questions(asking)).to_have_text(["When is high tide?", "One"])
    await_answer(asking)


def test_message_sent_now_stops_the_answer_and_comes_first(asking, provider):
    queue(asking, "One", "Two")
    button(asking, "Send now", "Two").click()
    expect(questions(asking)).to_have_text(["When is high tide?", "Two", "One"])
    expect(answers(asking).first.get_by_text("Stopped")).to_be_visible()
    expect(answers(asking).first).not_to_contain_text("noon")
    await_answer(asking)
    expect(answers(asking)).to_have_count(3)


def test_queue_waits_after_an_answer_that_was_stopped(asking, provider):
    queue(asking, "One", "Two")
    asking.get_by_role("button", name="Stop").click()
    reason = asking.get_by_text("Waiting, because the answer was stopped.").and_(asking.locator("chat-composer *"))
    expect(reason).to_be_visible()
    expect(queued(asking)).to_have_text(["One", "Two"])
    asking.reload()
    expect(reason).to_be_visible()
    expect(questions(asking)).to_have_count(1)

    asking.locator("queued-messages").get_by_role("button", name="Send", exact=True).click()
    expect(questions(asking)).to_have_text(["When is high tide?", "One", "Two"])
    await_answer(asking)


def test_queue_waits_after_an_answer_that_failed_and_goes_on_after_the_next(ada, provider):
    provider.script(times=1, wait="go", error={"status": 401, "body": {"error": {"message": "No."}}})
    provider.script(text="Noted.")
    ask(ada, "When is high tide?")
    expect(ada.get_by_role("button", name="Stop")).to_be_visible()
    queue(ada, "And low tide?")
    provider.release("go")
    expect(answers(ada).get_by_role("alert")).to_be_visible()
    expect(ada.get_by_text("Waiting, because the answer failed.").last).to_be_visible()
    expect(questions(ada)).to_have_count(1)

    ada.get_by_role("button", name="Try again").click()
    expect(questions(ada)).to_have_text(["When is high tide?", "And low tide?"])
    expect(queued(ada)).to_have_count(0)
    await_answer(ada)


def test_refused_message_waits_with_its_reason_while_another_is_written(asking, provider):
    asking.evaluate(REFUSE_NEXT)
    queue(asking, "tide " * 500, "And tomorrow?")
    asking.keyboard.type("A draft")
    provider.release("go")
    expect(asking.locator("queued-messages").get_by_text("2,000")).to_be_visible()
    expect(queued(asking)).to_have_count(2)
    expect(message_field(asking)).to_have_value("A draft")
    expect(questions(asking)).to_have_count(1)
    button(asking, "Edit", "tide").click()
    write(editor(asking), "Shorter")
    asking.keyboard.press("Enter")
    asking.locator("queued-messages").get_by_role("button", name="Send", exact=True).click()
    expect(questions(asking)).to_have_text(["When is high tide?", "Shorter", "And tomorrow?"])
    await_answer(asking)


def test_refused_message_returns_to_an_empty_field_and_the_others_follow_it(asking, provider):
    asking.evaluate(REFUSE_NEXT)
    queue(asking, "tide " * 500, "And tomorrow?")
    provider.release("go")
    expect(asking.get_by_role("alert").filter(has_text="2,000")).to_be_visible()
    expect(message_field(asking)).to_have_value("tide " * 500)
    expect(queued(asking)).to_have_text(["And tomorrow?"])
    write(message_field(asking), "Shorter")
    asking.keyboard.press("Enter")
    expect(questions(asking)).to_have_text(["When is high tide?", "Shorter", "And tomorrow?"])
    await_answer(asking)


def test_queue_belongs_to_its_conversation(asking, provider):
    queue(asking, "And low tide?")
    asking.get_by_role("link", name="Chat", exact=True).click()
    expect(asking.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    expect(queued(asking)).to_have_count(0)
    ask(asking, "Something else")
    await_answer(asking)
    expect(questions(asking)).to_have_text("Something else")

    asking.get_by_role("navigation", name="Conversations").get_by_role("link", name="When is high tide?").click()
    await_page(asking)
    expect(queued(asking)).to_have_text("And low tide?")
    provider.release("go")
    expect(questions(asking)).to_have_text(["When is high tide?", "And low tide?"])
    await_answer(asking)


def test_queue_is_not_asked_on_another_branch(ada, provider):
    provider.script(times=1, text="Noted.")
    provider.script(times=1, text="High tide is at noon.", **PAUSED)
    provider.script(text="At six.")
    ask(ada, "When is high tide?")
    await_answer(ada)
    ada.get_by_role("button", name="Regenerate").click()
    expect(answers(ada)).to_contain_text("High tide")
    queue(ada, "And low tide?")
    ada.get_by_role("link", name="Previous version").click()
    await_page(ada)
    expect(answers(ada)).to_contain_text("Noted.")
    expect(ada.get_by_text("Waiting for an answer that isn't shown here.").last).to_be_visible()
    expect(questions(ada)).to_have_count(1)

    ada.get_by_role("link", name="Next version").click()
    await_page(ada)
    provider.release("go")
    expect(questions(ada)).to_have_text(["When is high tide?", "And low tide?"])
    expect(answers(ada).first).to_contain_text("noon")
    await_answer(ada)


def test_messages_written_offline_are_asked_in_order_after_reconnecting(ada, provider):
    provider.script(text="Noted.")
    ask(ada, "Is anybody here?")
    await_answer(ada)
    ada.context.set_offline(True)
    expect(ada.get_by_role("status").filter(has_text="Reconnecting")).to_be_visible()
    ask(ada, "One")
    queue(ada, "Two")
    ada.context.set_offline(False)
    expect(questions(ada)).to_have_text(["Is anybody here?", "One", "Two"])
    await_answer(ada)
    expect(queued(ada)).to_have_count(0)


def test_messages_of_a_new_conversation_that_was_not_stored_yet_are_asked_after_a_reload(ada, provider):
    provider.script(text="Noted.")
    ada.evaluate("WebSocket.prototype.send = () => {}")
    ask(ada, "One")
    queue(ada, "Two")
    ada.reload()
    expect(questions(ada)).to_have_text(["One", "Two"])
    await_answer(ada)
    expect(answers(ada)).to_have_count(2)
    expect(queued(ada)).to_have_count(0)


def test_queue_that_the_browser_duplicated_with_its_tab_is_asked_once(asking, provider):
    queue(asking, "And low tide?")
    kept = asking.evaluate("JSON.stringify({...sessionStorage})")
    other = asking.context.new_page()
    other.add_init_script(f"for (const [key, value] of Object.entries({kept})) sessionStorage.setItem(key, value)")
    other.goto(asking.url)
    expect(queued(other)).to_have_text("And low tide?")
    provider.release("go")
    for tab in (asking, other):
        expect(questions(tab)).to_have_text(["When is high tide?", "And low tide?"])
        expect(queued(tab)).to_have_count(0)
        await_answer(tab)
        expect(tab.locator(".place:visible")).to_have_count(0)


def test_full_queue_keeps_the_message_in_the_field(asking):
    queue(asking, *(f"Message {number}" for number in range(1, 21)))
    asking.keyboard.type("One more")
    asking.keyboard.press("Enter")
    expect(asking.get_by_role("alert").filter(has_text="20 messages are waiting already.")).to_be_visible()
    expect(message_field(asking)).to_have_value("One more")
    expect(queued(asking)).to_have_count(20)


def test_queue_of_a_temporary_conversation_ends_with_it(ada, provider):
    provider.script(times=1, text="High tide is at noon.", **PAUSED)
    ada.get_by_role("switch", name="Temporary chat").click()
    ask(ada, "When is high tide?")
    expect(answers(ada)).to_contain_text("High tide")
    queue(ada, "A secret")
    ada.get_by_role("link", name="Chat", exact=True).click()
    ada.get_by_role("button", name="Leave").click()
    expect(ada.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    assert "A secret" not in ada.evaluate("JSON.stringify({...sessionStorage})")
