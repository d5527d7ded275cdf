"""Hostile answers: none may run, fetch or open anything."""

from playwright.sync_api import Page, expect

from tests.support.attacks import ATTACKS, DIAGRAMS
from tests.support.browser.chat import answers, ask, await_answer

WATCH = """
    // A diagram's frame blocks attacks by its own policy, as it should.
    addEventListener("securitypolicyviolation", ({ violatedDirective }) =>
        location.pathname === "/diagram/" || report("policy " + violatedDirective));
    for (const name of ["alert", "confirm", "prompt", "open", "print"]) window[name] = () => report(name);
    window.taken = () => report("ran");
"""

ALLOWED = """
    a blockquote br button code del div em figcaption figure h1 h2 h3 h4 h5 h6 hr iframe input kbd label li mark ol p
    pre section span strong sub sup table tbody td th thead tr u ul
"""
"""The elements that answers may consist of, apart from formulas."""

FOUND = """(text) => {
    const elements = [...text.querySelectorAll("*")].filter((element) => !element.closest(".katex"));
    return {
        names: [...new Set(elements.map(({ localName }) => localName))],
        links: [...text.querySelectorAll("[href], [src], [action], [formaction]")].map((element) =>
            element.getAttribute("href") ?? element.getAttribute("src") ?? "forbidden"),
        handlers: [...text.querySelectorAll("*")].flatMap(({ attributes }) =>
            [...attributes].map(({ name }) => name).filter((name) => name.startsWith("on"))),
        ids: [...text.querySelectorAll("[id], [name]")].map(({ id }) => id).filter((id) => !/^footnotes-/.test(id)),
    };
}"""


def test_attacks_in_an_answer_have_no_effect(open_tab, provider):
    tab = open_tab("ada")
    problems = watch_for_attacks(tab)
    provider.script(text="\n\n".join(ATTACKS), deltas=300)
    ask(tab, "Something evil")
    await_answer(tab)
    draw_diagrams(tab)
    assert_harmless(tab)
    tab.reload()
    draw_diagrams(tab)
    assert_harmless(tab)
    for link in answers(tab).locator("markdown-text a[href]").all()[:3]:
        link.hover()
    expect(tab).to_have_title("Something evil · Chat")
    assert problems == []


def watch_for_attacks(tab: Page) -> list[str]:
    """Return a list that grows with everything that the tab does and no answer may make it do."""
    problems: list[str] = []
    tab.expose_function("report", lambda problem: problems.append(problem))
    tab.add_init_script(WATCH)
    tab.on("dialog", lambda dialog: problems.append(dialog.message))
    tab.on("popup", lambda popup: problems.append(popup.url))
    tab.context.route(lambda address: "127.0.0.1" not in address, lambda route: problems.append(route.request.url))
    tab.reload()
    return problems


def draw_diagrams(tab: Page) -> None:
    """Scroll each diagram into view, and wait until it is drawn or has failed."""
    figures = answers(tab).locator("figure").filter(has=tab.locator("figcaption", has_text="mermaid"))
    # A long text is rendered over several frames.
    expect(figures).to_have_count(len(DIAGRAMS))
    for figure in figures.all():
        figure.scroll_into_view_if_needed()
    shown = answers(tab).locator(".diagram").filter(has=tab.locator(".source:visible, .problem:visible"))
    expect(shown).to_have_count(len(DIAGRAMS), timeout=60_000)


def assert_harmless(tab: Page) -> None:
    found = answers(tab).locator("markdown-text").evaluate(FOUND)
    assert set(found["names"]) <= set(ALLOWED.split())
    assert [
        link for link in found["links"] if not link.startswith(("http", "mailto:", "#footnotes-", "/diagram/"))
    ] == []
    assert found["handlers"] == found["ids"] == []
