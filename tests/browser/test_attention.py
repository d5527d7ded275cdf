"""How the page gets one's attention: by ear, in the tab's title, and by a notification."""

from playwright.sync_api import expect

from tests.browser.chat import ask, await_answer

ANSWER = "It is **high** at noon. Boats go out then. And so on."


def test_an_answer_is_heard_in_whole_sentences(ada, provider):
    provider.script(text=f"{ANSWER}\n\n```python\nprint(1)\n```\n", deltas=12, at={"8": {"wait": "go"}})
    announcer = ada.locator("page-announcer")
    ask(ada, "How high?")

    expect(announcer).to_have_text("It is high at noon.")
    provider.release("go")
    await_answer(ada)
    for sentence in ("Boats go out then.", "And so on.", "Code, 1 line, python", "Answer complete."):
        expect(announcer.get_by_text(sentence, exact=True)).to_have_count(1)
    expect(ada.get_by_role("log", name="Conversation")).to_have_attribute("aria-live", "off")
    expect(announcer).to_have_attribute("aria-live", "polite")


def test_a_stopped_answer_is_not_heard_in_half_a_sentence(ada, provider):
    provider.script(text=ANSWER, deltas=12, at={"10": {"wait": "never"}})
    ask(ada, "How high?")
    expect(ada.locator("page-announcer")).to_have_text("It is high at noon.")
    ada.get_by_role("button", name="Stop").click()
    expect(ada.locator("page-announcer p").last).to_have_text("Stopped.")
