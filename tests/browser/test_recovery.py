"""Answers that are lost between provider and server, and how the page shows their recovery."""

from playwright.sync_api import expect

from tests.support.browser.chat import PAUSED, answers, ask, await_answer, place, step

TAKEN_OVER = """
const response = document.querySelector("chat-response:last-of-type");
const part = { type: "output_text", text: "High tide is **at noon" };
response.apply({
  type: "response.in_progress",
  sequence_number: 1_000_000,
  response: { id: response.responseId, status: "in_progress", model: "standin",
    output: [{ type: "message", role: "assistant", content: [part] }] },
});
response.apply({ type: "response.output_text.delta", sequence_number: 1_000_001, delta: " sharp**." });
"""


def test_lost_answer_begins_again_from_nothing(ada, provider):
    provider.script(times=1, text="High tide is at noon.", deltas=3, at={"5": {"wait": "cut", "cut": "abort"}})
    provider.script(times=1, text="At twelve sharp.", **PAUSED)
    ask(ada, "When is high tide?")
    expect(answers(ada)).to_contain_text("High")
    provider.release("cut")
    expect(answers(ada)).to_contain_text("At twelve")
    expect(answers(ada)).not_to_contain_text("High")
    provider.release("go")
    await_answer(ada)

    # The lost text is kept as a version of its own, without a reload.
    expect(place(ada)).to_have_text("2 / 2")
    step(ada, "Previous")
    expect(answers(ada)).to_contain_text("High")


def test_answer_taken_over_by_another_process_continues_from_what_is_stored(ada, provider):
    provider.script(text="High tide is never.", **PAUSED)
    ask(ada, "When is high tide?")
    expect(answers(ada)).to_contain_text("High")
    ada.evaluate(TAKEN_OVER)
    expect(answers(ada).locator("markdown-text")).to_have_text("High tide is at noon sharp.")
    provider.release("go")


def test_messages_beyond_the_context_window_are_omitted_and_the_page_says_so(ada, provider):
    ask(ada, "When is high tide?")
    await_answer(ada)
    expect(ada.get_by_text("weren't sent").first).to_be_hidden()
    error = {"code": "context_length_exceeded", "message": "Your input exceeds the context window of this model."}
    # Nothing can be compacted.
    provider.script(on="compact", error={"status": 404, "body": {"error": {"message": "Not found"}}})
    provider.script(has="Summarize the conversation", error={"status": 401, "body": {"error": {"message": "No."}}})
    provider.script(times=1, match="And", error={"status": 400, "body": {"error": error}})
    ask(ada, "And low tide?")
    await_answer(ada)
    for _ in range(2):
        expect(answers(ada).last).to_contain_text("The oldest message wasn't sent: the conversation is longer")
        ada.reload()
