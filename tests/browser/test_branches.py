"""Asking again and editing: siblings in the tree that one steps through, each with its own continuation."""

import re

import httpx2
import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.support.browser.chat import PAUSED, answers, ask, await_answer, place, questions, step
from tests.support.browser.keys import write
from tests.support.browser.phone import PHONE, TOO_SMALL
from tests.support.images import encoded, image
from tests.support.provider import Provider


@pytest.fixture
def image_file() -> FilePayload:
    return {"name": "harbour.png", "mimeType": "image/png", "buffer": encoded(image())}


def ask_again(tab: Page) -> None:
    """Ask for another answer to the last message."""
    answers(tab).last.get_by_role("button", name=re.compile("Regenerate|Try again")).click()


def edit(tab: Page, at: int = -1) -> Locator:
    """Begin to edit a message; return the field."""
    tab.get_by_role("button", name="Edit").nth(at).click()
    return tab.get_by_role("textbox", name="Edit message")


def asked_in(provider: Provider, response_id: str) -> str:
    """Return the provider's stored input of this response, as JSON."""
    address = f"{provider.base_url}/responses/{response_id}/input_items"
    return httpx2.get(address, headers={"authorization": "Bearer sk-any"}).raise_for_status().text


def texts(content: list[dict]) -> list[str]:
    return [part["text"] for part in content if part["type"] == "input_text"]


def test_asking_again_shows_another_answer_and_keeps_the_first(ada, provider):
    provider.script(times=1, text="High tide is at noon.")
    provider.script(times=1, text="At twelve.", **PAUSED)
    ask(ada, "When is high tide?")
    await_answer(ada)
    expect(place(ada)).to_have_count(0)

    ask_again(ada)
    expect(questions(ada)).to_have_text("When is high tide?")
    # The links stand below what differs: here and on the pages to which they lead.
    expect(place(ada).and_(answers(ada).locator("*"))).to_have_text("2 / 2")
    expect(answers(ada)).not_to_contain_text("noon")
    expect(ada.get_by_role("button", name="Stop")).to_be_visible()
    provider.release("go")
    await_answer(ada)
    expect(answers(ada)).to_contain_text("At twelve.")
    first, second = provider.bodies()
    assert first["input"] == second["input"]
    assert second.get("previous_response_id") is None

    expect(ada.get_by_role("link", name="Next version")).to_be_disabled()
    step(ada, "Previous")
    expect(place(ada).and_(answers(ada).locator("*"))).to_have_text("1 / 2")
    expect(answers(ada)).to_contain_text("High tide is at noon.")
    expect(place(ada)).to_have_text("1 / 2")
    expect(ada.get_by_role("link", name="Previous version")).to_be_disabled()
    step(ada, "Next")
    expect(answers(ada)).to_contain_text("At twelve.")


def test_edited_message_becomes_a_sibling_of_the_first(ada, provider):
    provider.script(match="Dover", text="At one.")
    provider.script(text="At noon.")
    ask(ada, "When is high tide at Brest?")
    await_answer(ada)

    field = edit(ada)
    expect(field).to_be_focused()
    expect(field).to_have_value("When is high tide at Brest?")
    write(field, "When is high tide at Dover?")
    field.press("Shift+Enter")
    expect(answers(ada)).to_contain_text("At noon.")
    field.press("Backspace")
    field.press("Enter")
    await_answer(ada)
    expect(questions(ada)).to_have_text("When is high tide at Dover?")
    expect(answers(ada)).to_contain_text("At one.")
    expect(place(ada)).to_have_text("2 / 2")
    below_answer = place(ada).and_(answers(ada).locator("*"))
    expect(below_answer).to_have_count(0)

    step(ada, "Previous")
    expect(place(ada)).to_have_text("1 / 2")
    expect(below_answer).to_have_count(0)
    expect(questions(ada)).to_have_text("When is high tide at Brest?")


def test_cancelled_edit_sends_nothing(ada, provider):
    provider.script(text="At noon.")
    ask(ada, "When is high tide?")
    await_answer(ada)

    write(edit(ada), "Something else")
    ada.keyboard.press("Escape")
    expect(questions(ada)).to_have_text("When is high tide?")
    expect(ada.get_by_role("button", name="Edit")).to_be_focused()
    field = edit(ada)
    expect(field).to_have_value("When is high tide?")
    write(field, "  ")
    expect(ada.get_by_role("button", name="Ask", exact=True)).to_be_disabled()
    ada.get_by_role("button", name="Cancel").click()
    expect(questions(ada)).to_have_text("When is high tide?")
    assert len(provider.bodies()) == 1


def test_too_long_edit_is_not_sent(ada, provider):
    provider.script(text="At noon.")
    ask(ada, "When is high tide?")
    await_answer(ada)
    field = edit(ada)
    write(field, "tide " * 500)
    ada.get_by_role("button", name="Ask", exact=True).click()
    expect(questions(ada).get_by_role("alert")).to_contain_text("longer than 2,000 characters")
    expect(field).to_have_value("tide " * 500)


def test_refused_edit_returns_to_its_editor(ada, provider):
    provider.script(text="At noon.")
    ask(ada, "When is high tide?")
    await_answer(ada)
    ask(ada, "And the day after?")
    await_answer(ada)

    # Lift the page's own limit, so that the server refuses it.
    field = edit(ada, 0)
    ada.locator("message-editor").evaluate("editor => editor.dataset.maxCharacters = 1_000_000")
    write(field, "tide " * 500)
    field.press("Enter")
    expect(questions(ada).get_by_role("alert")).to_contain_text("2,000")
    expect(field).to_have_value("tide " * 500)
    expect(questions(ada)).to_have_count(2)
    ada.keyboard.press("Escape")
    expect(questions(ada)).to_have_text(["When is high tide?", "And the day after?"])
    expect(place(ada)).to_have_count(0)


def test_each_branch_continues_its_own_chain(ada, provider):
    provider.script(text="Noted.")
    ask(ada, "Remember Brest.")
    await_answer(ada)
    write(edit(ada), "Remember Dover.")
    ada.keyboard.press("Enter")
    await_answer(ada)
    ask(ada, "Which one?")
    await_answer(ada)
    step(ada, "Previous")
    expect(questions(ada)).to_have_text("Remember Brest.")
    ask(ada, "And now?")
    await_answer(ada)

    brest, dover, after_dover, after_brest = provider.bodies()
    assert texts(brest["input"][-1]["content"]) == ["Remember Brest."]
    assert texts(dover["input"][-1]["content"]) == ["Remember Dover."]
    assert dover.get("previous_response_id") is None
    assert "Dover" in asked_in(provider, after_dover["previous_response_id"])
    assert "Brest" in asked_in(provider, after_brest["previous_response_id"])


def test_reload_keeps_the_branch(ada, open_tab, provider):
    provider.script(text="Noted.")
    ask(ada, "Remember Brest.")
    await_answer(ada)
    write(edit(ada), "Remember Dover.")
    ada.keyboard.press("Enter")
    await_answer(ada)
    step(ada, "Previous")
    expect(questions(ada)).to_have_text("Remember Brest.")
    ada.reload()
    expect(questions(ada)).to_have_text("Remember Brest.")

    ask(ada, "And now?")
    await_answer(ada)
    ada.reload()
    expect(questions(ada)).to_have_text(["Remember Brest.", "And now?"])

    # This branch has the newest response until somebody asks on the other one.
    other = open_tab("ada", ada.url)
    step(other, "Next")
    expect(questions(other)).to_have_text("Remember Dover.")
    ask(other, "Still there?")
    await_answer(other)
    expect(ada).to_have_url(re.compile(r"\?response="))
    for tab in (ada, other):
        tab.reload()
    expect(questions(ada)).to_have_text(["Remember Brest.", "And now?"])
    expect(questions(other)).to_have_text(["Remember Dover.", "Still there?"])


def test_second_tab_keeps_its_branch_and_counts_the_versions(ada, open_tab, provider):
    provider.script(match="once more", text="Still at noon.")
    provider.script(text="At noon.")
    ask(ada, "When is high tide?")
    await_answer(ada)
    ask(ada, "Are you sure?")
    await_answer(ada)
    other = open_tab("ada", ada.url)
    expect(questions(other)).to_have_count(2)

    write(edit(ada, 0), "When is low tide?")
    ada.keyboard.press("Enter")
    await_answer(ada)
    expect(questions(ada)).to_have_text("When is low tide?")
    expect(place(other)).to_have_text("1 / 2")
    ask(ada, "And tomorrow?")
    await_answer(ada)
    # A response that continues the last one shown is appended.
    expect(questions(other)).to_have_text(["When is high tide?", "Are you sure?"])
    ask(other, "Say it once more.")
    await_answer(other)
    expect(answers(other).last).to_contain_text("Still at noon.")
    expect(questions(ada)).to_have_text(["When is low tide?", "And tomorrow?"])

    step(other, "Next")
    expect(questions(other)).to_have_text(["When is low tide?", "And tomorrow?"])


def test_messages_sent_concurrently_from_two_tabs_create_two_branches(ada, open_tab, provider):
    provider.script(match="first", text="One.")
    provider.script(match="second", text="Two.")
    provider.script(text="Noted.")
    ask(ada, "Let us begin.")
    await_answer(ada)
    other = open_tab("ada", ada.url)
    expect(answers(other)).to_contain_text("Noted.")

    # Both ask while neither can hear of the other's message.
    for tab in (ada, other):
        tab.context.set_offline(True)
        expect(tab.get_by_role("status").filter(has_text="Reconnecting")).to_be_visible()
    ask(ada, "The first")
    ask(other, "The second")
    for tab in (ada, other):
        tab.context.set_offline(False)
        await_answer(tab)

    expect(questions(ada)).to_have_text(["Let us begin.", "The first"])
    expect(answers(ada).last).to_contain_text("One.")
    expect(questions(other)).to_have_text(["Let us begin.", "The second"])
    expect(answers(other).last).to_contain_text("Two.")
    for tab in (ada, other):
        expect(place(tab)).to_have_text(re.compile("^[12] / 2$"))
        tab.reload()
        expect(place(tab)).to_have_text(re.compile("^[12] / 2$"))
    expect(questions(ada).last).to_have_text("The first")
    expect(questions(other).last).to_have_text("The second")


def test_asking_again_keeps_images_and_an_edit_can_remove_them(ada, provider, image_file):
    provider.script(text="A harbour.")
    with ada.expect_file_chooser() as chooser:
        ada.get_by_role("button", name="Attach files").click()
    chooser.value.set_files([image_file])
    ada.get_by_role("button", name="Add image from URL").click()
    write(ada.get_by_role("textbox", name="Image URL"), "https://example.org/harbour.png")
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("progressbar", name="Upload")).to_have_count(0)
    ask(ada, "What is this?")
    await_answer(ada)

    ask_again(ada)
    await_answer(ada)
    expect(questions(ada).get_by_role("link", name="Attached image")).to_be_visible()

    field = edit(ada)
    images = ada.get_by_role("list", name="Files in the message")
    expect(images.get_by_role("listitem")).to_have_count(2)
    images.get_by_role("button", name="Remove https://example.org/harbour.png").click()
    write(field, "What is that?")
    ada.get_by_role("button", name="Ask", exact=True).click()
    await_answer(ada)
    ada.reload()
    edit(ada)
    images.get_by_role("button", name="Remove image").click()
    ada.get_by_role("button", name="Ask", exact=True).click()
    await_answer(ada)

    sent = [
        [part["image_url"][:11] for part in body["input"][-1]["content"] if part["type"] == "input_image"]
        for body in provider.bodies()
    ]
    assert sent == [["data:image/", "https://exa"]] * 2 + [["data:image/"], []]


def test_failed_answer_can_be_asked_again(ada, provider):
    error = {"type": "server_error", "code": "server_error", "message": "It broke."}
    provider.script(times=1, error={"status": 500, "body": {"error": error}})
    provider.script(text="Here I am.")
    ask(ada, "Are you there?")
    expect(answers(ada).get_by_role("alert")).to_be_visible()
    expect(answers(ada).get_by_role("button", name="Try again")).to_have_count(1)

    ask_again(ada)
    await_answer(ada)
    expect(answers(ada)).to_contain_text("Here I am.")
    expect(place(ada)).to_have_text("2 / 2")


def test_stopped_answer_can_be_continued_or_asked_again(ada, provider):
    provider.script(times=1, text="High tide is at noon.", **PAUSED)
    provider.script(text="As you wish.")
    ask(ada, "When is high tide?")
    expect(answers(ada)).to_contain_text("High tide")
    expect(ada.get_by_role("button", name="Regenerate")).to_have_count(0)
    ada.get_by_role("button", name="Stop").click()
    await_answer(ada)

    ask(ada, "Go on.")
    await_answer(ada)
    expect(answers(ada)).to_have_count(2)
    ada.get_by_role("button", name="Regenerate").first.click()
    await_answer(ada)
    expect(questions(ada)).to_have_text("When is high tide?")
    expect(answers(ada)).to_contain_text("As you wish.")


def test_asking_again_offline_survives_a_reload(ada, provider):
    provider.script(text="Welcome back.")
    ask(ada, "Is anybody here?")
    await_answer(ada)
    ask(ada, "Who?")
    await_answer(ada)
    held = ada.evaluate("""() => new Promise((resolve) => {
        WebSocket.prototype.send = () => resolve(true);
        document.querySelector("answer-tools .ask-again").click();
    })""")
    assert held
    expect(questions(ada)).to_have_text("Is anybody here?")

    ada.reload()
    await_answer(ada)
    expect(place(ada)).to_have_text("2 / 2")
    expect(questions(ada)).to_have_text("Is anybody here?")
    assert len(provider.bodies()) == 3


def test_versions_can_be_stepped_through_without_scripts(ada, open_tab, provider):
    provider.script(times=1, text="At noon.")
    provider.script(times=1, text="At twelve.")
    ask(ada, "When is high tide?")
    await_answer(ada)
    ask_again(ada)
    await_answer(ada)

    plain = open_tab("ada", ada.url, java_script_enabled=False)
    expect(answers(plain)).to_contain_text("At twelve.")
    step(plain, "Previous")
    expect(answers(plain)).to_contain_text("At noon.")


def test_versions_and_editor_are_large_enough_for_a_finger(open_tab, provider):
    provider.script(text="At noon.")
    tab = open_tab("ada", **PHONE)
    ask(tab, "When is high tide?")
    await_answer(tab)
    ask_again(tab)
    await_answer(tab)
    expect(place(tab)).to_be_visible()
    assert tab.evaluate(TOO_SMALL) == []
    edit(tab)
    assert tab.evaluate(TOO_SMALL) == []
    assert tab.evaluate("document.documentElement.scrollWidth") == 320


def test_stepping_to_a_version_scrolls_to_its_message(ada, provider):
    provider.script(text="\n\n".join(f"Paragraph {number}." for number in range(60)))
    ask(ada, "Something long")
    await_answer(ada)
    ask_again(ada)
    await_answer(ada)
    ask(ada, "Something more")
    await_answer(ada)
    step(ada, "Previous")
    expect(place(ada)).to_have_text("1 / 2")
    step(ada, "Next")
    expect(place(ada)).to_have_text("2 / 2")
    expect(questions(ada).first).to_be_in_viewport()
    ada.get_by_role("button", name="Jump to latest").click()
    expect(questions(ada).first).not_to_be_in_viewport()
