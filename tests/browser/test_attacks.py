"""Hostile answers: none may run, fetch or open anything."""

import json
from typing import Any

from playwright.sync_api import Page, expect

from chatsite.environment import BASE_DIR
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
    a b blockquote br button code del details div em figcaption figure h1 h2 h3 h4 h5 h6 hr i iframe input kbd label li
    mark ol p pre s section small span strong sub summary sup table tbody td th thead tr u ul
"""
"""The elements that answers may consist of, apart from formulas and the icons of our buttons."""
OF_ITEMS = {*ALLOWED.split(), "dd", "details", "dl", "dt", "img", "markdown-text", "summary", "value-list"}
"""The same for what tools did."""

ITEMS: list[dict[str, Any]] = [
    case["item"]
    for case in json.loads((BASE_DIR / "tests/support/items.json").read_text())["items"]
    if isinstance(case["item"].get("type"), str)
]
IN_ITEMS = [
    "</template></script><img src=x onerror=taken()><script>taken()</script>",
    "javascript:taken()",
    'https://evil.example/?x="><img src=x onerror=taken()>',
    "data:text/html,<script>parent.taken()</script>",
]
"""What stands for each text of an item: to end what it is in, and to be followed or fetched."""

FOUND = """(text) => {
    const elements = [...text.querySelectorAll("*")].filter(
        (element) => !element.closest(".katex") && !element.matches("button *"));
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


def test_attacks_in_items_have_no_effect(open_tab, provider):
    tab = open_tab("ada")
    problems = watch_for_attacks(tab)
    items = [attacking(item, attack) for attack in IN_ITEMS for item in ITEMS]
    output = [{**item, "id": f"item_{number}"} for number, item in enumerate(items)]
    provider.script(
        steps=[
            {"event": {"type": "response.created", "response": "$response"}},
            *(
                {"event": {"type": "response.output_item.done", "output_index": index, "item": item}}
                for index, item in enumerate(output)
            ),
            {"event": {"type": "response.completed", "response": {"$response": {"output": output}}}},
        ]
    )
    ask(tab, "Something evil")
    await_answer(tab)
    assert_harmless_items(tab)
    tab.reload()
    assert_harmless_items(tab)

    hopper = open_tab("hopper", "/admin/conversations/conversation/")
    problems_of_review = watch_for_attacks(hopper)
    hopper.locator(".field-title_or_untitled a").first.click()
    assert_harmless_items(hopper)
    assert problems + problems_of_review == []


def attacking(value: Any, attack: str) -> Any:
    """The same with an attack for each text, but for what makes an item one of its type, and an image's data."""
    match value:
        case str():
            return attack
        case list():
            return [attacking(each, attack) for each in value]
        case dict():
            # The browser logs an image that is none as an error.
            kept = {"type", "status", "result"}
            return {name: each if name in kept else attacking(each, attack) for name, each in value.items()}
    return value


def assert_harmless_items(tab: Page) -> None:
    items = tab.locator("output-item")
    expect(items.first).to_be_visible()
    for details in items.locator("details").all():
        details.evaluate("details => { details.open = true; }")
    found = items.evaluate_all(f"items => items.map({FOUND})")
    assert found
    for item in found:
        assert set(item["names"]) <= OF_ITEMS
        assert [link for link in item["links"] if not link.startswith(("http", "data:image/"))] == []
        assert item["handlers"] == item["ids"] == []


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
