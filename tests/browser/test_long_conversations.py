"""Conversations of many turns: the end is loaded first, the rest as the reader scrolls there, and nothing jumps."""

import json
import os
import re
import subprocess
import sys

import psycopg
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from chatsite.environment import BASE_DIR
from tests.support.browser.chat import answers, ask, await_answer, questions
from tests.support.browser.keys import write
from tests.support.browser.site import DATABASE_URL

TURNS = 60

CREATE_TURNS = f"""
import json
from accounts.models import User
from conversations.models import Conversation, Response
ada = User.objects.get(username="ada")
conversation = Conversation.objects.create(user=ada, title="Many tides")
previous, ids = None, []
for number in range({TURNS}):
    words = {{"type": "input_text", "text": f"Question {{number}}."}}
    answer = {{"type": "output_text", "text": f"Answer {{number}}.\\n\\n" + "A tide. " * 40, "annotations": []}}
    previous = Response.objects.create(
        conversation=conversation, user=ada, previous=previous, model="standin", status="completed",
        input=[{{"type": "message", "role": "user", "content": [words]}}],
        output=[
            {{"type": "message", "role": "assistant", "content": [answer]}},
            {{"type": "web_search_call", "status": "completed", "action": {{"query": f"Tide {{number}}"}}}},
        ],
        completed_at=conversation.created_at,
    )
    ids.append(str(previous.pk))
print(json.dumps([conversation.get_absolute_url(), ids]))
"""

RESTORE = """
WITH ours AS (SELECT conversation_id AS id FROM conversations_response WHERE id = (%(ids)s::uuid[])[1]),
    removed AS (DELETE FROM conversations_response WHERE conversation_id = (SELECT id FROM ours) AND id <> ALL(%(ids)s))
UPDATE conversations_conversation SET deleted_at = NULL WHERE id = (SELECT id FROM ours)
"""

RECORD_PRINT = """() => {
    window.print = () => {
        document.documentElement.dataset.printed = document.querySelectorAll("chat-response").length;
    };
}"""


@pytest.fixture(scope="module")
def created(site_address) -> tuple[str, list[str]]:
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", CREATE_TURNS]
    environment = {**os.environ, "DATABASE_URL": DATABASE_URL}
    made = subprocess.run(command, cwd=BASE_DIR, env=environment, check=True, capture_output=True, text=True)
    address, ids = json.loads(made.stdout)
    return address, ids


@pytest.fixture
def long_conversation(created, open_tab) -> tuple[str, list[str]]:
    """Return the address of a long conversation of ada's, as it was created, and the ids of its responses."""
    address, ids = created
    with psycopg.connect(DATABASE_URL) as connection:
        # `open_tab` has hidden what earlier tests left.
        connection.execute(RESTORE, {"ids": ids})
    return address, ids


def web_search(tab: Page, number: int) -> Locator:
    """Return the web search in the answer to that message."""
    return tab.locator("output-item").filter(has_text=re.compile(f"Searched the web\\s+Tide {number}\\s*$"))


def question(tab: Page, number: int) -> Locator:
    return questions(tab).filter(has_text=re.compile(f"^\\s*Question {number}\\.\\s*$"))


def scroll_to(tab: Page, distance: int, wanted: Locator) -> None:
    """Turn the wheel until the wanted element is in the page."""
    tab.get_by_role("log", name="Conversation").hover()
    for _ in range(200):
        if wanted.count():
            return
        tab.mouse.wheel(0, distance)
        tab.evaluate("() => new Promise(requestAnimationFrame)")
    expect(wanted).to_have_count(1)


def test_scrolling_up_loads_earlier_turns_and_nothing_jumps(ada, long_conversation):
    address, _ = long_conversation
    ada.goto(address)
    expect(question(ada, TURNS - 1)).to_be_in_viewport()
    expect(question(ada, 0)).to_have_count(0)

    # The turn in view stays where it is while earlier turns are inserted above it.
    jump = """async (log) => {
        log.scrollTop = 300;
        await new Promise(requestAnimationFrame);
        const seen = document.elementFromPoint(innerWidth / 2, innerHeight / 2).closest("chat-response");
        const place = () => seen.getBoundingClientRect().top;
        const before = place();
        let jump = 0;
        while (document.querySelectorAll("chat-response").length < 40) {
            await new Promise(requestAnimationFrame);
            jump = Math.max(jump, Math.abs(place() - before));
        }
        return jump;
    }"""
    assert ada.get_by_role("log", name="Conversation").evaluate(jump) < 2

    scroll_to(ada, -3000, question(ada, 0))
    expect(questions(ada)).to_have_count(TURNS)
    expect(ada.locator("output-item")).to_have_count(TURNS)
    expect(web_search(ada, 0)).to_have_count(1)
    expect(ada.get_by_role("link", name="Show earlier")).to_be_hidden()


def test_history_leads_back_to_where_one_was(ada, long_conversation):
    address, _ = long_conversation
    ada.goto(address)
    scroll_to(ada, -3000, question(ada, 20))
    question(ada, 20).evaluate("question => question.scrollIntoView()")
    top = "question => question.getBoundingClientRect().top"
    before = question(ada, 20).evaluate(top)
    ada.get_by_role("button", name="New conversation").click()
    expect(questions(ada)).to_have_count(0)
    ada.go_back()
    expect(question(ada, 20)).to_be_in_viewport()
    expect(ada).to_have_url(re.compile(f"{address}$"))
    # What is above it may still be drawn.
    ada.wait_for_function(
        f"([question, before]) => Math.abs(({top})(question) - before) < 20",
        arg=[question(ada, 20).element_handle(), before],
    )

    # A link opens the end, and so does the history if one was there.
    ada.get_by_role("button", name="New conversation").click()
    ada.get_by_role("link", name="Many tides", exact=True).click()
    expect(question(ada, TURNS - 1)).to_be_in_viewport()
    ada.get_by_role("button", name="New conversation").click()
    expect(questions(ada)).to_have_count(0)
    ada.go_back()
    expect(question(ada, TURNS - 1)).to_be_in_viewport()


def test_unsaved_edit_survives_scrolling_away_and_back(ada, long_conversation):
    address, ids = long_conversation
    ada.goto(f"{address}?response={ids[10]}")
    ada.locator(f"#response-{ids[10]}").get_by_role("button", name="Edit").click()
    editor = ada.get_by_role("textbox", name="Edit message")
    write(editor, "Half written")
    ada.get_by_role("button", name="Jump to latest").click()
    expect(question(ada, TURNS - 1)).to_be_in_viewport()
    expect(editor).to_have_count(0)

    message = ada.get_by_role("textbox", name="Message", exact=True)
    message.focus()
    scroll_to(ada, -3000, editor)
    expect(editor).to_have_value("Half written")
    expect(message).to_be_focused()


def test_linked_response_opens_in_place_and_asking_goes_to_the_end(ada, provider, long_conversation):
    provider.script(text="At noon.")
    address, ids = long_conversation
    ada.goto(f"{address}?response={ids[10]}")
    expect(question(ada, 10)).to_be_in_viewport()
    expect(question(ada, TURNS - 1)).to_have_count(0)
    expect(ada.get_by_role("button", name="Jump to latest")).to_be_visible()

    ask(ada, "And now?")
    await_answer(ada)
    expect(answers(ada).last).to_contain_text("At noon.")
    expect(questions(ada).last).to_be_in_viewport()
    expect(question(ada, TURNS - 1)).to_have_count(1)
    [body] = provider.bodies()
    assert "Question 59" in json.dumps(body)
    expect(ada).to_have_url(re.compile(r"/conversations/[^/]+/$"))


def ask_with_end_held_back(tab: Page, address: str) -> list[Route]:
    """Ask far from the end of the branch, and hold back the request for that end; return its route."""
    held: list[Route] = []

    def hold_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    tab.goto(address)
    tab.route("**/turns/?response=*", hold_first)
    with tab.expect_request("**/turns/?response=*"):
        ask(tab, "And now?")
    expect(tab.get_by_role("button", name="Stop")).to_be_visible()
    return held


def test_message_survives_a_reload_while_the_end_of_its_branch_is_fetched(ada, provider, long_conversation):
    provider.script(text="At noon.")
    address, ids = long_conversation
    ask_with_end_held_back(ada, f"{address}?response={ids[10]}")
    ada.reload()
    expect(answers(ada).last).to_contain_text("At noon.")
    expect(questions(ada).last).to_have_text("And now?")
    expect(ada.get_by_role("textbox", name="Message", exact=True)).to_have_value("")
    ada.reload()
    expect(questions(ada).last).to_have_text("And now?")
    [body] = provider.bodies()
    assert "Question 59" in json.dumps(body)


def test_nothing_else_is_sent_while_the_end_of_the_branch_is_fetched(ada, provider, long_conversation):
    provider.script(text="At noon.")
    address, ids = long_conversation
    held = ask_with_end_held_back(ada, f"{address}?response={ids[10]}")
    ada.locator(f"#response-{ids[10]}").get_by_role("button", name="Regenerate").click()
    expect(ada.get_by_role("alert").filter(has_text="still being sent")).to_be_visible()
    for route in held:
        route.continue_()
    await_answer(ada)
    expect(questions(ada).last).to_have_text("And now?")
    assert len(provider.bodies()) == 1


def test_message_returns_to_its_field_if_the_end_of_its_branch_cannot_be_fetched(ada, provider, long_conversation):
    address, ids = long_conversation
    for route in ask_with_end_held_back(ada, f"{address}?response={ids[10]}"):
        route.fulfill(status=204)
    expect(ada.get_by_role("alert").filter(has_text="couldn't be loaded")).to_be_visible()
    expect(ada.get_by_role("textbox", name="Message", exact=True)).to_have_value("And now?")
    expect(question(ada, 10)).to_have_count(1)
    ada.get_by_role("button", name="Send").click()
    await_answer(ada)
    expect(questions(ada).last).to_have_text("And now?")
    assert len(provider.bodies()) == 1


def test_scrolling_down_loads_later_turns(ada, long_conversation):
    address, ids = long_conversation
    ada.goto(f"{address}?response={ids[5]}")
    expect(question(ada, 5)).to_be_in_viewport()
    scroll_to(ada, 3000, question(ada, TURNS - 1))
    expect(ada.get_by_role("link", name="Show later")).to_be_hidden()
    # Turns that are inserted below don't scroll the page to the end.
    expect(question(ada, TURNS - 1)).not_to_be_in_viewport()

    ada.get_by_role("button", name="Jump to latest").click()
    expect(question(ada, TURNS - 1)).to_be_in_viewport()


def test_jump_to_latest_works_from_anywhere(ada, open_tab, provider, long_conversation):
    provider.script(text="High tide is at noon.", deltas=3, at={"6": {"wait": "go"}})
    address, ids = long_conversation
    ada.goto(f"{address}?response={ids[5]}")
    expect(question(ada, 5)).to_be_in_viewport()
    other = open_tab("ada", address)
    ask(other, "And now?")
    expect(answers(other).last).to_contain_text("High tide")

    # The answer that streams at the end is caught up with.
    ada.get_by_role("button", name="Jump to latest").click()
    expect(answers(ada).last).to_contain_text("High tide")
    provider.release("go")
    expect(answers(ada).last).to_contain_text("High tide is at noon.")
    await_answer(ada)
    expect(answers(ada).last.get_by_text("High tide is at noon.")).to_be_in_viewport()


def test_jump_to_latest_appears_far_from_the_end_and_covers_nothing(ada, long_conversation):
    address, _ = long_conversation
    ada.goto(address)
    jump = ada.get_by_role("button", name="Jump to latest")
    log = ada.get_by_role("log", name="Conversation")
    expect(question(ada, TURNS - 1)).to_be_in_viewport()
    log.hover()
    ada.mouse.wheel(0, -100)
    ada.wait_for_function("log => log.scrollTop + log.clientHeight < log.scrollHeight - 50", arg=log.element_handle())
    expect(jump).to_be_hidden()
    ada.mouse.wheel(0, -1500)
    expect(jump).to_be_visible()
    box, text, composer = (part.bounding_box() for part in (jump, log, ada.locator("chat-composer")))
    assert text["y"] + text["height"] <= box["y"]
    assert box["y"] + box["height"] <= composer["y"]
    assert abs(box["x"] + box["width"] / 2 - composer["x"] - composer["width"] / 2) <= 1


def test_earlier_turns_are_reachable_without_scripts(open_tab, long_conversation):
    address, _ = long_conversation
    plain = open_tab("ada", address, java_script_enabled=False)
    for _ in range(TURNS):
        if question(plain, 0).count():
            break
        plain.get_by_role("link", name="Show earlier").click()
    expect(question(plain, 0)).to_have_count(1)
    plain.get_by_role("link", name="Show later").click()
    expect(question(plain, 25)).to_have_count(1)


def test_the_whole_conversation_is_printed_and_nothing_around_it(long_conversation, ada):
    address, _ids = long_conversation
    ada.goto(address)
    expect(question(ada, TURNS - 1)).to_be_visible()
    ada.evaluate(RECORD_PRINT)
    ada.keyboard.press("Control+P")
    expect(ada.locator("html")).to_have_attribute("data-printed", str(TURNS))

    ada.emulate_media(media="print")
    for around in ("navigation", "textbox"):
        expect(ada.get_by_role(around)).to_have_count(0)
    # The title, which one presses on the screen to rename it.
    expect(ada.get_by_role("button")).to_have_text("Many tides")
    # On paper, nothing scrolls: the log is as high as what is in it.
    assert ada.locator(".log").evaluate("log => log.scrollHeight - log.clientHeight") == 0
    assert ada.pdf().count(b"/Type /Page\n") > TURNS // 10


RULES_THAT_SEARCH_ANSWERS = """() => {
    const around = [];
    for (let element = document.querySelector(".responses"); element; element = element.parentElement)
        around.push(element);
    // The compound selector that has the first `:has()`, without that.
    const subjectOf = (selector) => {
        const has = selector.indexOf(":has(");
        let depth = 0, start = 0, end = selector.length, closed = 0;
        for (let at = 0; at < selector.length; at++) {
            if (selector[at] === "(") depth++;
            if (selector[at] === ")" && --depth >= 0 && at > has && !closed) {
                const inner = selector.slice(has + 4, at + 1);
                if (inner.split("(").length === inner.split(")").length) closed = at + 1;
            }
            if (depth || !/[\\s,>+~]/.test(selector[at])) continue;
            if (at < has) start = at + 1;
            else { end = at; break; }
        }
        return (selector.slice(start, has) + ":is(*)" + selector.slice(closed, end)).replaceAll(":not(", ":is(");
    };
    const found = [];
    const walk = (rules, parent) => {
        for (const rule of rules) {
            const own = rule.selectorText?.replaceAll("&", parent ? `:is(${parent})` : ":root");
            const isSearch = own?.includes(":has(") && around.some((element) => element.matches(subjectOf(own)));
            if (isSearch) found.push(rule.selectorText);
            if (rule.cssRules) walk(rule.cssRules, own ?? parent);
        }
    };
    for (const sheet of document.styleSheets) walk(sheet.cssRules, "");
    return found;
}"""


def test_no_style_rule_looks_through_all_answers(ada, long_conversation):
    """For `:has()` on an element around the answers, a browser restyles all of them whenever something is added."""
    address, _ = long_conversation
    ada.goto(address)
    assert ada.evaluate(RULES_THAT_SEARCH_ANSWERS) == []
