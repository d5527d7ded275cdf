"""How the page gets attention: through a screen reader, the tab's title, and notifications."""

import re

from playwright.sync_api import expect

from tests.support.browser.chat import ask, await_answer
from tests.support.browser.notifications import NOTIFICATIONS

ANSWER = "It is **high** at noon. Boats go out then. And so on."


def test_answer_is_announced_in_whole_sentences(ada, provider):
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


def test_stopped_answer_is_not_announced_in_half_a_sentence(ada, provider):
    provider.script(text=ANSWER, deltas=12, at={"10": {"wait": "never"}})
    ask(ada, "How high?")
    expect(ada.locator("page-announcer")).to_have_text("It is high at noon.")
    ada.get_by_role("button", name="Stop").click()
    expect(ada.locator("page-announcer p").last).to_have_text("Stopped.")


# A headless browser never hides a page.
HIDE = """(isHidden) => {
    Object.defineProperty(document, "hidden", {configurable: true, get: () => isHidden});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_page_title_counts_answers_that_ended_unseen(ada, provider):
    provider.script(text=ANSWER, deltas=12, at={"8": {"wait": "go"}})
    ask(ada, "How high?")
    expect(ada).to_have_title("How high? · Chat")
    ada.evaluate(HIDE, arg=True)
    provider.release("go")
    expect(ada).to_have_title("(1) How high? · Chat")

    ada.evaluate(HIDE, arg=False)
    expect(ada).to_have_title("How high? · Chat")


def test_person_on_another_tab_is_notified_when_a_long_answer_ends(ada, provider):
    ada.add_init_script(NOTIFICATIONS)
    ada.clock.install()
    ada.reload()
    provider.script(text=ANSWER, deltas=12, at={"8": {"wait": "go"}})
    ask(ada, "How high?")
    expect(ada.get_by_role("article", name="Assistant")).to_contain_text("It is")
    offer = ada.get_by_role("button", name="Notify me when it's done")
    expect(offer).to_be_hidden()
    ada.clock.run_for(16_000)
    offer.click()
    expect(offer).to_be_hidden()
    expect(ada.get_by_role("status").filter(has_text="You'll be notified when the answer is complete.")).to_be_visible()

    ada.evaluate(HIDE, arg=True)
    provider.release("go")
    expect(ada).to_have_title("(1) How high? · Chat")
    (notified,) = ada.evaluate("notified")
    assert notified["title"] == "How high?"
    assert notified["body"] == "It is high at noon. Boats go out then. And so on."
    assert notified["tag"]

    # Permission was granted once, so nothing is offered any more; a short answer isn't notified.
    ada.evaluate(HIDE, arg=False)
    ask(ada, "And tomorrow?")
    await_answer(ada)
    assert len(ada.evaluate("notified")) == 1


def test_notification_reveals_nothing_of_a_temporary_conversation(ada, provider):
    ada.add_init_script(f"{NOTIFICATIONS}; Notification.permission = 'granted';")
    ada.clock.install()
    ada.reload()
    ada.get_by_role("switch", name="Temporary chat").click()
    provider.script(text=ANSWER, deltas=12, at={"8": {"wait": "go"}})
    ask(ada, "How high?")
    expect(ada.get_by_role("article", name="Assistant")).to_contain_text("It is")
    ada.clock.run_for(16_000)
    ada.evaluate(HIDE, arg=True)
    provider.release("go")
    expect(ada).to_have_title(re.compile(r"^\(1\) "))

    (notified,) = ada.evaluate("notified")
    assert notified["title"] == "The answer is complete."
    assert notified["body"] is None
