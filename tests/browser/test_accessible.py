"""Every page is for everybody: axe finds nothing on it, wide or narrow, light or dark, and it fits a small phone.

axe checks the rules of WCAG 2.2 AA and its own best practices, as far as a program can.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from chatsite.environment import BASE_DIR
from tests.browser.chat import answers, ask, await_answer
from tests.browser.conftest import OpenTab
from tests.browser.everything import ask_everything
from tests.provider import Provider

AXE = (BASE_DIR / "node_modules" / "axe-core" / "axe.min.js").read_text()
RUN = """() => axe.run(document, {
    resultTypes: ["violations"],
    // Django's search box has a picture for its label.
    rules: {"label-title-only": {enabled: false}},
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}).then(({violations}) => violations.flatMap(({id, help, nodes}) => nodes.map(
    ({html, any}) => `${id}: ${help}: ${html.slice(0, 200)} ${any.map(({message}) => message).join()}`)))"""
DESK: ViewportSize = {"width": 1280, "height": 800}
TABLET: ViewportSize = {"width": 640, "height": 800}
PHONE: ViewportSize = {"width": 320, "height": 568}

Open = Callable[[OpenTab, Provider], Page]


def sign_in(open_tab, provider):
    return open_tab(None, "/sign-in/")


def refused_sign_in(open_tab, provider):
    tab = open_tab(None, "/sign-in/")
    tab.get_by_label("Username").fill("nobody")
    tab.get_by_label("Password").fill("nothing")
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_text("Please enter a correct username")).to_be_visible()
    return tab


def not_found(open_tab, provider):
    tab = open_tab("ada")
    # The browser says itself that it found nothing.
    tab.route("**/nothing/", lambda route: route.fulfill(status=200, body=route.fetch().text()))
    tab.goto("/nothing/")
    expect(tab.get_by_role("heading", name="There is nothing here")).to_be_visible()
    return tab


def password(open_tab, provider):
    return open_tab("ada", "/password/")


def preferences(open_tab, provider):
    return open_tab("ada", "/preferences/")


def import_page(open_tab, provider):
    return open_tab("ada", "/import/")


def keyboard_help(open_tab, provider):
    tab = open_tab("ada")
    tab.keyboard.press("Control+/")
    expect(tab.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    return tab


def empty_chat(open_tab, provider):
    return open_tab("ada")


def account_menu(open_tab, provider):
    tab = open_tab("hopper")
    tab.get_by_role("button", name="Signed in as").click()
    return tab


def conversation(open_tab, provider):
    tab = open_tab("ada")
    ask_everything(tab, provider)
    return tab


def editing(open_tab, provider):
    tab = open_tab("ada")
    provider.script(text="Noted.")
    ask(tab, "How high is the tide?")
    await_answer(tab)
    tab.get_by_role("button", name="Edit").click()
    tab.get_by_role("button", name="Add a picture by its address").click()
    return tab


def asked_once(open_tab, provider):
    tab = open_tab("ada")
    provider.script(text="Two metres, at noon.")
    ask(tab, "How high is the tide?")
    await_answer(tab)
    return tab


def list_menu(open_tab, provider):
    tab = asked_once(open_tab, provider)
    tab.get_by_role("button", name="Options for").click()
    return tab


def renaming(open_tab, provider):
    tab = list_menu(open_tab, provider)
    tab.get_by_role("menuitem", name="Rename").click()
    return tab


def deleted(open_tab, provider):
    tab = list_menu(open_tab, provider)
    tab.get_by_role("menuitem", name="Delete").click()
    expect(tab.get_by_role("button", name="Undo")).to_be_visible()
    return tab


def found(open_tab, provider):
    tab = asked_once(open_tab, provider)
    tab.get_by_role("searchbox", name="Search conversations").fill("tide")
    expect(tab.get_by_text("1 found")).to_be_attached()
    return tab


def archive(open_tab, provider):
    return open_tab("ada", "/?archived")


def temporary(open_tab, provider):
    tab = open_tab("ada")
    tab.get_by_role("button", name="Temporary").click()
    return tab


def answer_details(open_tab, provider):
    tab = asked_once(open_tab, provider)
    tab.get_by_role("button", name="More").click()
    return tab


def feedback(open_tab, provider):
    tab = asked_once(open_tab, provider)
    tab.get_by_role("button", name="Bad answer").click()
    expect(tab.get_by_text("What was wrong?")).to_be_visible()
    return tab


def conversation_menu(open_tab, provider):
    tab = asked_once(open_tab, provider)
    tab.get_by_role("button", name="This conversation").click()
    return tab


def share_dialog(open_tab, provider):
    tab = conversation_menu(open_tab, provider)
    tab.get_by_role("button", name="Share with the team").click()
    tab.get_by_role("button", name="Create a link").click()
    expect(tab.get_by_role("textbox", name="Link")).to_be_visible()
    return tab


def shared(open_tab, provider):
    link = share_dialog(open_tab, provider).get_by_role("textbox", name="Link").input_value()
    return open_tab("grace", link)


def admin_index(open_tab, provider):
    return open_tab("hopper", "/admin/")


def review_list(open_tab, provider):
    tab = open_tab("ada")
    ask(tab, "How high is the tide?")
    await_answer(tab)
    return open_tab("hopper", "/admin/conversations/conversation/")


def transcript(open_tab, provider):
    conversation(open_tab, provider)
    tab = open_tab("hopper", "/admin/conversations/conversation/")
    tab.locator(".field-title_or_untitled a").first.click()
    for summary in tab.locator("summary").all():
        summary.click()
    return tab


PAGES: list[Open] = [
    sign_in,
    refused_sign_in,
    not_found,
    password,
    empty_chat,
    account_menu,
    conversation,
    editing,
    preferences,
    import_page,
    keyboard_help,
    list_menu,
    renaming,
    deleted,
    found,
    archive,
    temporary,
    answer_details,
    feedback,
    conversation_menu,
    share_dialog,
    shared,
    admin_index,
    review_list,
    transcript,
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
def test_a_page_is_accessible_and_fits_a_small_phone(page, open_tab, provider):
    tab = page(open_tab, provider)
    tab.evaluate(AXE)
    problems = [f"{look}: {violation}" for look in looks(tab) for violation in tab.evaluate(RUN)]
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


def width_of(tab: Page) -> int:
    """How far one would have to scroll to the side."""
    width: int = tab.evaluate("document.documentElement.scrollWidth")
    return width


def looks(tab: Page) -> Iterator[str]:
    """Gives the page each look in turn; the last is the small phone's."""
    for name, size in (("desk", DESK), ("phone", PHONE)):
        tab.set_viewport_size(size)
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            # Colours fade in Django's admin.
            tab.evaluate("Promise.all(document.getAnimations().map(({finished}) => finished))")
            yield f"{name}, {scheme}"


def test_what_is_written_from_right_to_left_is_drawn_so(ada, provider):
    provider.script(text="הגאות בצהריים.\n\nAnd in English.")
    ask(ada, "מתי הגאות?")
    await_answer(ada)
    for words in (ada.get_by_text("מתי הגאות?").last, answers(ada).get_by_text("הגאות בצהריים.")):
        assert words.evaluate("element => getComputedStyle(element).direction") == "rtl"
    expect(ada.get_by_role("textbox", name="Message")).to_have_css("unicode-bidi", "plaintext")


def test_nothing_moves_for_those_who_want_no_motion(ada, provider):
    ada.emulate_media(reduced_motion="reduce")
    provider.script(text="High tide is at noon.", at={"4": {"wait": "go"}})
    ask(ada, "When is high tide?")
    expect(answers(ada)).to_have_attribute("aria-busy", "true")
    moving = ada.evaluate("document.getAnimations().filter(({playState}) => playState === 'running').length")
    provider.release("go")
    assert moving == 0


def test_forced_colours_leave_edges_and_the_focus(ada):
    ada.emulate_media(forced_colors="active")
    field = ada.get_by_role("textbox", name="Message")
    field.fill("How high is the tide?")
    edge = "element => getComputedStyle(element).borderTopWidth"
    assert ada.get_by_role("button", name="Send").evaluate(edge) == "1px"
    field.focus()
    outline = "element => getComputedStyle(element.closest('form')).outlineStyle"
    assert field.evaluate(outline) == "solid"


def test_the_keyboard_gets_past_the_list_in_one_step(ada):
    ada.locator("body").click(position={"x": 1, "y": 1})
    ada.evaluate("document.activeElement.blur(); document.querySelector('.skip').focus()")
    expect(ada.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    ada.evaluate("window.isSame = true")
    ada.keyboard.press("Enter")
    ada.keyboard.press("Tab")
    assert ada.evaluate("document.querySelector('main').contains(document.activeElement) && window.isSame")
