"""The tools below an answer: copying it, its details, and feedback."""

import re

from playwright.sync_api import expect

from tests.support.browser.chat import answers, ask, await_answer, questions
from tests.support.browser.tabs import time_stopped
from tests.support.site import wait_for

ANSWER = """\
## Tides

Two metres **at noon**, see [the tables](https://example.org/tides).

| Place | High |
|---|---|
| Brest | 6 m |

```python
print("noon")
```

> [!TIP]
> Ask <b>Ann</b>,
> soon.

<details><summary>Why?</summary>The moon.</details>

\\begin{equation}b\\end{equation}

- [x] It is $a^2$ high.[^1]

[^1]: At the shore.
"""
COPIED = """async () => {
    const [item] = await navigator.clipboard.read();
    try {
        return await Promise.all(item.types.map(async (type) => [type, await (await item.getType(type)).text()]));
    } catch (error) {
        // It is copied at this moment.
        if (error.name === "DataError") return [];
        throw error;
    }
}"""
# Chromium adds this to HTML on the clipboard.
CHARSET = '<meta charset="utf-8">'


def test_answer_is_copied_as_markdown_and_rich_text_at_once(ada, provider):
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    provider.script(text=ANSWER)
    ask(ada, "How high?")
    await_answer(ada)
    # Formulas are typeset when what does that is loaded.
    expect(answers(ada).locator("li .katex")).to_be_visible()

    with time_stopped(ada):
        answers(ada).get_by_role("button", name="Copy answer").click()
        expect(answers(ada)).to_contain_text("Copied")
        expect(ada.locator("page-announcer").get_by_text("Copied")).to_have_count(1)
    copied = dict(ada.evaluate(COPIED))
    assert copied["text/plain"] == ANSWER
    html = copied["text/html"].replace("\n", "")
    assert '<p>Two metres <strong>at noon</strong>, see <a href="https://example.org/tides">the tables</a>.</p>' in html
    assert '<pre><code>print("noon")</code></pre>' in html
    assert "<td>Brest</td>" in html
    assert "☑ It is $a^2$ high." in html
    assert "<blockquote><p>Tip</p><p>Ask <b>Ann</b>,<br>soon.</p></blockquote>" in html
    assert "<p>Why?</p><p>The moon.</p>" in html
    assert "$$" not in html
    assert "At the shore." in html
    for of_the_page in ("class=", "<button", "<figcaption", "<span", "Copy", 'href="#'):
        assert of_the_page not in html

    answers(ada).get_by_role("button", name="More").click()
    ada.get_by_role("button", name="Copy as Markdown").click()
    wait_for(lambda: dict(ada.evaluate(COPIED)) == {"text/plain": ANSWER})


def test_answer_is_copied_with_its_formulas_before_they_are_typeset(ada, provider):
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    # What typesets them is never loaded.
    ada.route("**/katex*", lambda _: None)
    provider.script(text="It is $a^2$ high.\n\n$$b$$\n\n\\begin{equation}c\\end{equation}")
    ask(ada, "How high?")
    await_answer(ada)
    with time_stopped(ada):
        answers(ada).get_by_role("button", name="Copy answer").click()
        expect(answers(ada)).to_contain_text("Copied")
    html = dict(ada.evaluate(COPIED))["text/html"]
    assert "<p>It is $a^2$ high.</p>" in html
    assert "$$b$$" in html
    assert "\\begin{equation}c\\end{equation}" in html
    expect(answers(ada).locator(".katex")).to_have_count(0)


def test_answer_is_copied_without_the_clipboard_api(ada, provider):
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    provider.script(text=ANSWER)
    ask(ada, "How high?")
    await_answer(ada)

    # This is how a page served over plain HTTP by another machine finds it.
    ada.evaluate("() => { Clipboard.prototype.write = undefined; }")
    with time_stopped(ada):
        answers(ada).get_by_role("button", name="Copy answer").click()
        expect(answers(ada)).to_contain_text("Copied")
    copied = dict(ada.evaluate(COPIED))
    assert copied["text/plain"] == ANSWER
    assert "<strong>at noon</strong>" in copied["text/html"]


def test_answer_details_open_on_demand_and_survive_a_reload(ada, provider):
    ask(ada, "How high?")
    await_answer(ada)
    more = answers(ada).get_by_role("button", name="More")
    about = ada.get_by_role("group", name="About this answer")
    expect(about).to_be_hidden()

    more.focus()
    ada.keyboard.press("Enter")
    expect(about).to_be_visible()
    expect(about).to_contain_text("standin")
    expect(about).to_contain_text("Complete")
    expect(about.get_by_text("tokens")).to_have_count(2)
    said = about.inner_text()
    ada.keyboard.press("Tab")
    expect(about.get_by_role("button", name="Copy as Markdown")).to_be_focused()
    ada.keyboard.press("Escape")
    expect(about).to_be_hidden()
    expect(more).to_be_focused()

    ada.reload()
    answers(ada).get_by_role("button", name="More").click()
    expect(about).to_have_text(said, use_inner_text=True)


def test_feedback_with_a_comment_survives_a_reload_and_can_be_withdrawn(ada, provider):
    ask(ada, "How high?")
    await_answer(ada)
    good, bad = (answers(ada).get_by_role("button", name=name) for name in ("Good answer", "Bad answer"))

    good.click()
    expect(good).to_have_attribute("aria-pressed", "true")
    expect(ada.get_by_role("textbox", name="What did you like?")).to_be_focused()
    bad.click()
    expect(good).to_have_attribute("aria-pressed", "false")
    expect(ada.get_by_role("textbox", name="What was wrong?")).to_be_focused()
    ada.keyboard.type("It was three metres.")
    ada.get_by_role("button", name="Save").click()
    expect(ada.get_by_role("textbox", name="What was wrong?")).to_be_hidden()
    expect(bad).to_be_focused()

    ada.reload()
    expect(bad).to_have_attribute("aria-pressed", "true")
    answers(ada).get_by_role("button", name="Add a comment").click()
    expect(ada.get_by_role("textbox", name="What was wrong?")).to_have_value("It was three metres.")
    ada.keyboard.press("Escape")
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "false")
    expect(answers(ada).get_by_role("button", name="Add a comment")).to_be_hidden()

    ada.reload()
    expect(bad).to_have_attribute("aria-pressed", "false")


def test_feedback_that_cannot_be_stored_is_not_shown_as_given(ada, provider):
    ask(ada, "How high?")
    await_answer(ada)
    good = answers(ada).get_by_role("button", name="Good answer")

    ada.context.set_offline(True)
    with time_stopped(ada):
        good.click()
        expect(answers(ada)).to_contain_text("The connection was lost. Try again.")
    expect(good).to_have_attribute("aria-pressed", "false")
    expect(ada.get_by_role("textbox", name="What did you like?")).to_be_hidden()


def test_selection_stays_while_more_is_written(ada, provider):
    provider.script(
        text="High *tide is* at noon.\n\n```python\nprint(1)\n```\n",
        deltas=6,
        at={"5": {"wait": "go"}, "7": {"wait": "on"}, "9": {"wait": "end"}},
    )
    ask(ada, "When is high tide?")
    words = answers(ada).locator("markdown-text")
    expect(words).to_have_text(re.compile("High .*t"))
    selected = "getSelection().toString()"
    select = """(words) => {
        const texts = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
        let last; while (texts.nextNode()) last = texts.currentNode;
        getSelection().setBaseAndExtent(last, last.length, texts.root, 0);
    }"""
    words.evaluate(select)
    before = ada.evaluate(selected)
    assert before.startswith("High")
    for name in ("go", "on", "end"):
        provider.release(name)
    await_answer(ada)
    expect(words).to_contain_text("at noon.")
    expect(answers(ada).locator("code span").first).to_be_visible()
    assert ada.evaluate(selected).startswith(before.replace("*", "").rstrip()[:6])


def test_message_is_copied(ada, provider):
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(ada, "How high is the tide?")
    await_answer(ada)
    questions(ada).hover()
    button = ada.get_by_role("button", name="Copy message")
    with time_stopped(ada):
        button.click()
        expect(button).to_have_attribute("data-status", "Copied")
    assert ada.evaluate("navigator.clipboard.readText()") == "How high is the tide?"
