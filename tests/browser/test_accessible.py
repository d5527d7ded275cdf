"""Accessibility of every page: axe finds no violation, wide or narrow, light or dark, and the page fits a small phone.

axe checks the rules of WCAG 2.2 AA and its own best practices, as far as a program can.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from chatsite.environment import BASE_DIR
from tests.support.browser.chat import answers, ask, await_answer
from tests.support.browser.every_page import PAGES
from tests.support.browser.keys import write

AXE = (BASE_DIR / "node_modules" / "axe-core" / "axe.min.js").read_text()
RUN = """() => axe.run(document, {
    resultTypes: ["violations"],
    // Django's search box has an image for its label.
    rules: {"label-title-only": {enabled: false}},
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}).then(({violations}) => violations.flatMap(({id, help, nodes}) => nodes.map(
    ({html, any}) => `${id}: ${help}: ${html.slice(0, 200)} ${any.map(({message}) => message).join()}`)))"""
# Colours fade in Django's admin. An animation of what is out of sight doesn't end by itself, nor does an endless one.
END_ANIMATIONS = """() => {
    for (const each of document.getAnimations())
        if (each.effect.getComputedTiming().endTime === Infinity) each.cancel();
        else each.finish();
}"""
TEXT_FIELDS = (
    ":is(textarea, input:is(:not([type]), [type=text], [type=search], [type=password], [type=url])):not([readonly])"
)
IS_FOCUSED = "field => field === document.activeElement"
DESK: ViewportSize = {"width": 1280, "height": 800}
TABLET: ViewportSize = {"width": 640, "height": 800}
PHONE: ViewportSize = {"width": 320, "height": 568}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
def test_page_is_accessible_and_fits_a_small_phone(page, open_tab, provider):
    tab = page(open_tab, provider)
    tab.evaluate(AXE)
    problems = [f"{look}: {violation}" for look in looks(tab) for violation in tab.evaluate(RUN)]
    problems += fields_that_refuse_keys(tab)
    assert not problems, "\n".join(problems)
    assert width_of(tab) == PHONE["width"]
    tab.evaluate("document.documentElement.dir = 'rtl'")
    assert width_of(tab) == PHONE["width"], "from right to left"
    tab.set_viewport_size(TABLET)
    tab.evaluate("document.documentElement.style.fontSize = '200%'")
    assert width_of(tab) == TABLET["width"], "with letters twice as large"
    tab.set_viewport_size(PHONE)
    tab.context.set_extra_http_headers({"Accept-Language": "de"})
    tab.reload()
    assert width_of(tab) == PHONE["width"], "in German"


def fields_that_refuse_keys(tab: Page) -> Iterator[str]:
    """Type into every visible text field, and leave it with Tab; yield what didn't work."""
    fields = tab.locator(TEXT_FIELDS)
    for field in [each for each in fields.all() if each.is_visible()]:
        before = field.input_value()
        field.focus()
        if not field.evaluate(IS_FOCUSED):
            continue  # Behind an open dialog.
        words = "ab c"[: int(field.get_attribute("maxlength") or 4)]
        tab.keyboard.press("End")
        tab.keyboard.type(words)
        if (typed := field.input_value()) != before + words:
            yield f"{field}: typing makes {before!r} {typed!r}"
        for _ in words:
            tab.keyboard.press("Backspace")
        tab.keyboard.press("Tab")
        if field.evaluate(IS_FOCUSED):
            yield f"{field}: Tab doesn't leave it"


def width_of(tab: Page) -> int:
    """Return the width of the page's content in CSS pixels: more than the window's if it scrolls sideways."""
    width: int = tab.evaluate("document.documentElement.scrollWidth")
    return width


def looks(tab: Page) -> Iterator[str]:
    """Give the page each look in turn, the small phone's last; yield its name."""
    for name, size in (("desk", DESK), ("phone", PHONE)):
        tab.set_viewport_size(size)
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            tab.evaluate(END_ANIMATIONS)
            yield f"{name}, {scheme}"


def test_right_to_left_text_is_drawn_from_right_to_left(ada, provider):
    provider.script(text="הגאות בצהריים.\n\nAnd in English.")
    ask(ada, "מתי הגאות?")
    await_answer(ada)
    for words in (ada.get_by_text("מתי הגאות?").last, answers(ada).get_by_text("הגאות בצהריים.")):
        assert words.evaluate("element => getComputedStyle(element).direction") == "rtl"
    expect(ada.get_by_role("textbox", name="Message", exact=True)).to_have_css("unicode-bidi", "plaintext")


def test_nothing_is_animated_if_reduced_motion_is_preferred(ada, provider):
    ada.emulate_media(reduced_motion="reduce")
    provider.script(text="High tide is at noon.", at={"4": {"wait": "go"}})
    ask(ada, "When is high tide?")
    expect(answers(ada)).to_have_attribute("aria-busy", "true")
    # What is over at once may still be running for a moment.
    ada.wait_for_function("() => document.getAnimations().every(({playState}) => playState !== 'running')")
    expect(answers(ada)).to_have_attribute("aria-busy", "true")
    provider.release("go")


def test_edges_and_focus_stay_visible_in_forced_colours(ada):
    ada.emulate_media(forced_colors="active")
    field = ada.get_by_role("textbox", name="Message", exact=True)
    write(field, "How high is the tide?")
    edge = "element => getComputedStyle(element).borderTopWidth"
    assert ada.get_by_role("button", name="Send").evaluate(edge) == "1px"
    field.focus()
    outline = "element => getComputedStyle(element.closest('form')).outlineStyle"
    assert field.evaluate(outline) == "solid"


def test_skip_link_moves_the_keyboard_past_the_list(ada):
    ada.locator("body").click(position={"x": 1, "y": 1})
    ada.evaluate("document.activeElement.blur(); document.querySelector('.skip').focus()")
    expect(ada.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    ada.evaluate("window.isSame = true")
    ada.keyboard.press("Enter")
    ada.keyboard.press("Tab")
    assert ada.evaluate("document.querySelector('main').contains(document.activeElement) && window.isSame")
