"""What odd servers send, on the page: nothing that was read vanishes, and the next message can always be sent."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.chat import answers, ask, await_answer, questions

TEXT = "High water at Brest is at six."


def words(tab: Page) -> Locator:
    return answers(tab).locator(".parts > markdown-text, .parts > .refusal")


def test_thought_and_words_without_places_stay_when_the_answer_is_stopped(ada, provider):
    provider.script(odd="places/no-index")
    ask(ada, "When is high water?")
    answer = answers(ada)
    expect(answer.get_by_text(TEXT)).to_be_visible()
    expect(answer.locator("output-item .title")).to_contain_text("Th")
    ada.get_by_role("button", name="Stop").click()
    await_answer(ada)
    for _ in range(2):
        expect(answer.get_by_text(TEXT)).to_be_visible()
        expect(answer.locator("output-item")).to_have_count(1)
        expect(answer.get_by_text("Stopped")).to_be_visible()
        expect(words(ada)).to_have_text([TEXT])
        ada.reload()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("texts/final-string", TEXT),
        ("texts/final-null", TEXT),
        ("texts/withdrawn", "I can't say that."),
        ("framing/half-characters", "Water 🌊 rises, then � falls"),
        ("framing/json-answer", TEXT),
    ],
)
def test_odd_answer_is_the_same_after_a_reload(ada, provider, name, text):
    provider.script(odd=name)
    ask(ada, "When is high water?")
    await_answer(ada)
    expect(words(ada)).to_have_text([text])
    ada.reload()
    expect(words(ada)).to_have_text([text])


def test_words_stay_while_the_server_sends_its_response_again(ada, provider):
    provider.script(odd="texts/snapshots")
    ask(ada, "When is high water?")
    expect(answers(ada).locator("markdown-text")).to_have_text(TEXT)
    expect(ada.get_by_role("button", name="Stop")).to_be_visible()
    provider.release("go")
    await_answer(ada)
    expect(words(ada)).to_have_text([TEXT])


def test_answer_without_words_says_so_and_can_be_asked_again(ada, provider):
    provider.script(times=1, odd="ends/only-a-thought")
    ask(ada, "When is high water?")
    alert = answers(ada).get_by_role("alert")
    for _ in range(2):
        expect(alert).to_have_text("The model ended without an answer. Try again.")
        expect(ada.get_by_role("button", name="Send")).to_be_visible()
        ada.reload()
    provider.script(text=TEXT)
    answers(ada).get_by_role("button", name="Try again").click()
    expect(answers(ada)).to_contain_text(TEXT)


def test_half_a_character_in_a_message_is_replaced(ada, provider):
    # Nobody can type it; a page of another site can put it on the clipboard.
    ada.get_by_role("textbox", name="Message", exact=True).evaluate("""field => {
        field.value = "When \\ud83d is it?";
        field.dispatchEvent(new Event("input", { bubbles: true }));
    }""")
    ada.get_by_role("button", name="Send").click()
    await_answer(ada)
    expect(questions(ada)).to_contain_text("When � is it?")
