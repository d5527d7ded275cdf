"""Long answers: what they cost the page, and where they are broken."""

from playwright.sync_api import expect

from tests.support.browser.chat import answers, ask, await_answer

DRAW_IN_AND_OUT_OF_THE_PAGE = """async () => {
    const frames = async () => { for (let at = 0; at < 3; at++) await new Promise(requestAnimationFrame); };
    const text = document.createElement("markdown-text");
    document.body.append(text);
    text.text = "High tide.\\n\\n".repeat(50);
    text.remove();
    await frames();
    const outside = text.querySelectorAll("p").length;
    document.body.append(text);
    await new Promise((resolve) => text.addEventListener("rendered", resolve));
    return [outside, text.querySelectorAll("p").length];
}"""


def test_text_is_drawn_only_while_it_is_in_the_page(ada):
    assert ada.evaluate(DRAW_IN_AND_OUT_OF_THE_PAGE) == [0, 50]


def test_very_long_message_is_folded(ada, provider):
    provider.script(text="Noted.")
    ask(ada, "\n".join(f"Line {number}." for number in range(60)))
    await_answer(ada)
    for _ in range(2):
        words = ada.locator(".words")
        folded = words.bounding_box()["height"]
        ada.get_by_role("button", name="Show more").click()
        assert words.bounding_box()["height"] > 3 * folded
        ada.get_by_role("button", name="Show less").click()
        assert words.bounding_box()["height"] == folded
        ada.reload()


HOSTILE_CODE = "".join(
    f"```{language}\n{character * 19_000}\n```\n\n"
    for language, character in (("java", "$"), ("typescript", "a"), ("ini", "-"))
)


def test_code_that_takes_long_to_highlight_stays_plain_and_does_not_stop_the_page(ada, provider):
    provider.script(text=HOSTILE_CODE + '```python\nprint("noon")\n```')
    ask(ada, "Show me code")
    await_answer(ada)
    # The page answers while the worker is busy.
    ada.get_by_role("textbox", name="Message", exact=True).press_sequentially("Meanwhile")
    expect(answers(ada).locator("code .hljs-string")).to_have_text('"noon"')
    expect(answers(ada).locator("code").first.locator("span[class^=hljs]")).to_have_count(0)


COUNT_SELECTION_READS = """() => {
    const read = getSelection;
    window.selectionReads = 0;
    window.getSelection = () => (window.selectionReads++, read());
}"""


def test_wide_table_with_many_short_rows_makes_few_cells(ada, provider):
    lines = ["|" + "a|" * 100, "|" + "-|" * 100, *["b|"] * 3000, "", "|" + "c|" * 200, "|" + "-|" * 200]
    provider.script(text="\n".join(lines))
    ada.evaluate(COUNT_SELECTION_READS)
    ask(ada, "Show me a table")
    await_answer(ada)
    # A long text is rendered over several frames. This is its end.
    expect(answers(ada)).to_contain_text("|c|c|c|")
    # Each of them makes the browser lay out what has been added so far.
    assert ada.evaluate("selectionReads") < 100
    assert answers(ada).locator("td").count() <= 3000 + 1000
    # The header of a long table is repeated.
    assert answers(ada).locator("th").count() <= 100 * 30


def test_long_text_breaks_only_where_it_says_however_it_arrives(ada, provider):
    prose = " ".join(f"word{number}" for number in range(900)) + "."
    poem = "\n".join(f"line {number} of a poem" for number in range(300))
    chinese = "中文字" * 660 + "**重点内容" + "很长" * 20 + "**" + "结尾" * 300
    smileys = "a" + "😀" * 3000
    code = "```\nx" + "😀" * 6000 + "\n```"
    provider.script(text="\n\n".join([prose, poem, chinese, smileys, code, "**End** of it. " * 1000]), deltas=97)
    ask(ada, "Write a lot")
    await_answer(ada)
    text = answers(ada).locator("markdown-text")
    expect(text.locator("strong", has_text="End")).to_have_count(1000)
    expect(text.locator("p", has_text="word0").locator(".line")).to_have_count(0)
    assert text.locator("p", has_text="line 0").text_content() == poem.replace("\n", "")
    assert text.locator("p", has_text="line 0").locator(".line").count() > 1
    expect(text.locator("p", has_text="line 0").locator("br")).to_have_count(299)
    expect(text.locator("p", has_text="中文字").locator("strong")).to_have_text("重点内容" + "很长" * 20)
    assert text.locator("p", has_text="a😀").text_content() == smileys
    assert text.locator("code").text_content() == code[4:-3]
    # Beyond any usual length, a paragraph goes on in another element: where a sentence ends.
    lines = text.locator("p", has_text="End of it.").locator(".line").all_text_contents()
    assert lines
    assert {line.strip()[:10] for line in lines} == {"End of it."}

    streamed = text.evaluate("text => (text.normalize(), text.innerHTML)")
    ada.reload()
    expect(text.locator("strong", has_text="End")).to_have_count(1000)
    assert text.evaluate("text => (text.normalize(), text.innerHTML)") == streamed
