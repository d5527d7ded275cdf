"""Answers on the page: Markdown is rendered as it arrives, and nothing in it runs or fetches anything."""

import re

from playwright.sync_api import expect

from tests.support.browser.chat import answers, ask, await_answer
from tests.support.browser.tabs import time_stopped

EVERYTHING = """\
# Tides

See [the tables](https://example.org/tides) and ![a map](https://example.org/map.png), [again][later].

| Place | High |
|---|---:|
| Brest | 6 m |

```python
print("noon")
```

- [x] **spring** tide
- [ ] `neap` tide

3. third

[later]: https://example.org/later
"""

EVIL = """\
<script>document.title = "taken"</script> <img src="/x.png" onerror="document.title = 'taken'">

[click](javascript:document.title='taken') <iframe src="/"></iframe> <form action="/"><button>Go</button></form>

<div style="position:fixed;inset:0" onclick="document.title = 'taken'">over</div>
"""


def test_markdown_is_rendered(ada, provider):
    provider.script(text=EVERYTHING, deltas=40)
    ask(ada, "Everything about tides")
    await_answer(ada)
    answer = answers(ada)

    expect(answer.get_by_role("heading", name="Tides")).to_be_visible()
    expect(answer.get_by_role("cell", name="6 m")).to_have_css("text-align", "right")
    expect(answer.get_by_role("listitem")).to_have_text([re.compile("spring tide"), re.compile("neap tide"), "third"])
    expect(answer.get_by_role("checkbox", name="spring tide")).to_be_checked()
    expect(answer.get_by_role("checkbox", name="neap tide")).not_to_be_checked()
    expect(answer.get_by_role("checkbox", name="neap tide")).to_be_disabled()
    expect(answer.locator("markdown-text ol")).to_have_attribute("start", "3")
    expect(answer.locator("figcaption span")).to_have_text("python")
    expect(answer.locator("code .hljs-string")).to_have_text('"noon"')
    for name, address in {"the tables": "tides", "a map": "map.png", "again": "later"}.items():
        link = answer.get_by_role("link", name=name)
        expect(link).to_have_attribute("href", f"https://example.org/{address}")
        expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(answer.locator("img")).to_have_count(0)

    streamed = answer.locator("markdown-text").inner_html()
    ada.reload()
    expect(answers(ada).locator("code .hljs-string")).to_have_text('"noon"')
    assert answers(ada).locator("markdown-text").inner_html() == streamed


def test_less_common_language_is_highlighted_on_demand(ada, provider):
    fetched: list[str] = []
    ada.on("request", lambda request: fetched.append(request.url))
    provider.script(text="```docker\nRUN true\n```\n\n```klingon\nqapla\n```\n\n```docker\n# more\n```")
    ask(ada, "How do I build it?")
    await_answer(ada)

    expect(answers(ada).locator("code .hljs-keyword")).to_have_text("RUN")
    expect(answers(ada).locator("code .hljs-comment")).to_have_text("# more")
    assert len([url for url in fetched if "/dockerfile." in url]) == 1


def test_code_is_highlighted_although_a_worker_could_not_be_made(ada, provider):
    ada.add_init_script("""
        const Real = Worker;
        let isRefused = true;
        window.Worker = function Worker(...options) {
            if (!isRefused) return new Real(...options);
            isRefused = false;
            throw new DOMException("refused", "SecurityError");
        };
    """)
    ada.reload()
    provider.script(text="```python\nprint(1)\n```\n\n```python\nprint(2)\n```")
    ask(ada, "How do I print?")
    await_answer(ada)
    expect(answers(ada).locator("code .hljs-number")).to_have_text("2")


def test_code_block_is_copied(ada, provider):
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    provider.script(text=EVERYTHING)
    ask(ada, "Everything about tides")
    await_answer(ada)

    with time_stopped(ada):
        answers(ada).locator("figure").get_by_role("button", name="Copy").click()
        expect(answers(ada).locator("figure").get_by_role("button", name="Copied")).to_be_visible()
    assert ada.evaluate("navigator.clipboard.readText()") == 'print("noon")\n'


def test_html_in_an_answer_is_shown_as_text(ada, provider):
    provider.script(text=EVIL, deltas=30)
    ask(ada, "Something evil")
    await_answer(ada)

    expect(answers(ada).locator("markdown-text").locator("script, img, iframe, form, button, [style]")).to_have_count(0)
    expect(answers(ada)).to_contain_text("<script>")
    expect(answers(ada).get_by_role("link", name="click")).to_have_count(0)
    expect(ada).to_have_title("Something evil · Chat")


def test_reader_who_scrolled_up_is_not_moved_while_text_arrives(ada, provider):
    paragraphs = "\n\n".join(f"Paragraph {number}." for number in range(60))
    provider.script(text=f"{paragraphs}\n\nThe end.", deltas=3, at={"6": {"wait": "go"}})
    ask(ada, "Something long")
    expect(answers(ada)).to_contain_text("Paragraph 20.")
    log = ada.get_by_role("log", name="Conversation")

    log.hover()
    ada.mouse.wheel(0, -3000)
    expect(ada.get_by_role("button", name="Jump to latest")).to_be_visible()
    provider.release("go")
    await_answer(ada)
    assert log.evaluate("log => log.scrollTop") == 0

    ada.get_by_role("button", name="Jump to latest").click()
    expect(answers(ada).get_by_text("The end.")).to_be_in_viewport()
    expect(ada.get_by_role("button", name="Jump to latest")).to_be_hidden()


def test_too_deeply_nested_markdown_is_shown_as_text(ada, provider):
    provider.script(text="> " * 5000 + "the end", deltas=4)
    ask(ada, "Something deep")
    await_answer(ada)
    expect(answers(ada).locator("markdown-text")).to_contain_text("> > the end")


def test_scrolling_up_slowly_stops_following_the_text_that_arrives(ada, provider):
    paragraphs = "\n\n".join(f"Paragraph {number}." for number in range(400))
    provider.script(text=f"{paragraphs}\n\nThe end.", deltas=400, delay=0.01, at={"200": {"wait": "go"}})
    ask(ada, "Something long")
    expect(answers(ada)).to_contain_text("Paragraph 40.")
    log = ada.get_by_role("log", name="Conversation")
    log.hover()
    for _ in range(4):
        ada.mouse.wheel(0, -6)
        ada.evaluate("() => new Promise(requestAnimationFrame)")
    before = log.evaluate("log => log.scrollTop")
    provider.release("go")
    expect(ada.get_by_role("button", name="Jump to latest")).to_be_visible()
    await_answer(ada)
    assert log.evaluate("log => log.scrollTop") <= before


def test_formulas_diagrams_and_footnotes_are_rendered(ada, provider):
    provider.script(
        text="It is $x^2$, not $5 and $10.[^1]\n\n```mermaid\nflowchart LR\n  A[Moon] --> B[Tide]\n```\n\n"
        "See [https://bank.example](https://evil.example/x).\n\n[^1]: Says the moon.",
        deltas=20,
    )
    ask(ada, "Everything else")
    await_answer(ada)
    answer = answers(ada)

    expect(answer.locator(".katex")).to_have_count(1)
    expect(answer).to_contain_text("not $5 and $10.")
    expect(answer.get_by_role("link", name="https://bank.example")).to_have_attribute("data-target", "evil.example")
    expect(answer.frame_locator("iframe[title=Diagram]").get_by_text("Tide")).to_be_visible()
    answer.get_by_role("button", name="Source").click()
    expect(answer.locator("figure pre")).to_contain_text("A[Moon] --> B[Tide]")

    address = ada.url
    answer.get_by_role("link", name="Footnote 1").click()
    expect(answer.locator(".footnotes li")).to_be_focused()
    assert ada.url == address


def test_formula_that_is_nested_too_deeply_is_shown_as_its_source(ada, provider):
    deep = {name: name * 180 + "x" + "}" * 180 for name in ("x^{", "\\bar{", "\\frac{1}{", "\\boxed{")}
    provider.script(text="Well, $e^{x^2}$ and\n\n" + "\n\n".join(f"so ${tex}$ end" for tex in deep.values()))
    ask(ada, "Show me formulas")
    await_answer(ada)
    expect(answers(ada).locator(".katex")).to_have_count(1)
    for tex in deep.values():
        expect(answers(ada)).to_contain_text(tex)
    ada.reload()
    expect(answers(ada).locator(".katex")).to_have_count(1)


def test_selected_formula_is_copied_as_tex(ada, provider):
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    provider.script(text="The energy is $E = mc^2$ and so on.\n\n$$\\frac{1}{2}$$\n\nThat is **all**.")
    ask(ada, "What is the energy?")
    await_answer(ada)
    expect(answers(ada).locator(".katex")).to_have_count(2)
    answers(ada).locator("markdown-text").evaluate("text => getSelection().selectAllChildren(text)")
    ada.keyboard.press("Control+C")
    copied = ada.evaluate("navigator.clipboard.readText()")
    assert " ".join(copied.split()) == "The energy is $E = mc^2$ and so on. $$\\frac{1}{2}$$ That is all."

    answers(ada).locator(".katex-html .mord").first.evaluate("sign => getSelection().selectAllChildren(sign)")
    ada.keyboard.press("Control+C")
    assert ada.evaluate("navigator.clipboard.readText()") == "$E = mc^2$"


AS_MODELS_WRITE = """\
Best regards,
Anna

> [!WARNING]
> Mind the **tide**.

<details>
<summary>More about it</summary>

- It rises.

</details>

<b>High</b> <!-- not this --> at <small>noon</small>, says ann@example.org: &uuml;ber $ x = 2 $ m.

\\begin{align}
a &= b
\\end{align}

Burning: $\\ce{2H2 + O2 -> 2H2O}$, or $\\pu{12 kJ//mol}$.
"""


def test_what_models_write_beside_markdown_is_rendered(ada, provider):
    provider.script(text=AS_MODELS_WRITE, deltas=60)
    ask(ada, "Everything that you know")
    await_answer(ada)
    answer = answers(ada)

    expect(answer.get_by_text("Best regards,").locator("br")).to_have_count(1)
    expect(answer.get_by_role("note")).to_have_text("WarningMind the tide.")
    expect(answer.get_by_text("It rises.")).to_be_hidden()
    ada.emulate_media(media="print")
    expect(answer.get_by_text("It rises.")).to_be_visible()
    ada.emulate_media(media="screen")
    answer.get_by_text("More about it").click()
    expect(answer.get_by_text("It rises.")).to_be_visible()
    expect(answer.locator("b")).to_have_text("High")
    expect(answer).not_to_contain_text("not this")
    expect(answer.get_by_role("link", name="ann@example.org")).to_have_attribute("href", "mailto:ann@example.org")
    expect(answer).to_contain_text("über")
    # Chemistry and units, too.
    expect(answer.locator(".katex")).to_have_count(4)
    expect(answer.locator(".katex-error")).to_have_count(0)
    expect(answer.locator("annotation", has_text="ce{2H2 + O2 -> 2H2O}")).to_have_count(1)


def test_what_is_folded_and_never_ends_hides_nothing(ada, provider):
    provider.script(text="<details>\n<summary>More</summary>\n\nIt rises.\n\nIt falls.")
    ask(ada, "Fold it")
    await_answer(ada)
    expect(answers(ada).get_by_text("It falls.")).to_be_visible()


BLOCKS = """\
```python
print("a line that is far longer than any phone is wide, so that it scrolls sideways or wraps")
```

| Place | High tide | Low tide |
|---|---|---:|
| Brest | **6** m | 1\\|2 m |
| Saint-Malo | 12 m | 1 m |
"""


def test_code_is_wrapped_and_downloaded(ada, provider):
    provider.script(text=BLOCKS)
    ask(ada, "Show me")
    await_answer(ada)
    ada.set_viewport_size({"width": 360, "height": 740})
    code = answers(ada).locator("pre")
    expect(code).to_have_attribute("tabindex", "0")
    answers(ada).get_by_role("button", name="Wrap lines").click()
    assert code.evaluate("code => code.scrollWidth - code.clientWidth") == 0

    with ada.expect_download() as download:
        answers(ada).get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "code.py"
    assert download.value.path().read_text().startswith('print("a line')


def test_table_is_copied_for_spreadsheets_and_documents(ada, provider):
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    provider.script(text=BLOCKS)
    ask(ada, "Show me")
    await_answer(ada)
    # It doesn't scroll, so a keyboard need not stop there.
    expect(answers(ada).locator(".table")).not_to_have_attribute("tabindex", "0")
    answers(ada).get_by_role("table").hover()
    answers(ada).get_by_role("button", name="Copy table").click()
    expect(ada.locator("page-announcer").get_by_text("Copied")).to_have_count(1)
    assert ada.evaluate("navigator.clipboard.readText()") == (
        "Place\tHigh tide\tLow tide\nBrest\t6 m\t1|2 m\nSaint-Malo\t12 m\t1 m"
    )


def test_diagram_is_enlarged(ada, provider):
    provider.script(text="```mermaid\ngraph LR\n  A[Low tide] --> B[High tide]\n```")
    ask(ada, "Draw it")
    await_answer(ada)
    answers(ada).get_by_role("button", name="Enlarge").click()
    frame = ada.get_by_role("dialog", name="Diagram").locator("iframe")
    expect(frame.content_frame.get_by_text("High tide")).to_be_visible()
    width = "svg => svg.clientWidth"
    small = answers(ada).locator("iframe").content_frame.locator("svg").evaluate(width)
    assert frame.content_frame.locator("svg").evaluate(width) > small
    ada.keyboard.press("Escape")
    expect(ada.get_by_role("dialog", name="Diagram")).to_have_count(0)


def test_directions_are_those_of_the_words(ada, provider):
    provider.script(text="`git commit` שומר את השינויים.\n\n- פריט ראשון\n- Second item in English.\n\n```\ncode\n```")
    ask(ada, "In Hebrew")
    await_answer(ada)
    direction = "element => getComputedStyle(element).direction"
    text = answers(ada).locator("markdown-text")
    expect(text.locator("pre")).to_be_visible()
    assert text.locator("p").first.evaluate(direction) == "rtl"
    assert text.locator("p code").evaluate(direction) == "ltr"
    assert [item.evaluate(direction) for item in text.locator("li").all()] == ["rtl", "ltr"]
    assert text.locator("pre").evaluate(direction) == "ltr"


def test_low_window_has_room_to_read(ada, provider):
    provider.script(text="Two metres, at noon.")
    ask(ada, "How high?")
    await_answer(ada)
    ada.set_viewport_size({"width": 320, "height": 180})
    assert ada.locator(".log").evaluate("log => log.clientHeight") >= 80
    expect(ada.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
