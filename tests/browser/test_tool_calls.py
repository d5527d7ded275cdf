"""Answers that call tools: one turn of many responses is one answer, and each call says how it stands."""

import json
import re
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.support.browser.assistants import offer_model
from tests.support.browser.chat import answers, ask, await_answer, message_field, questions
from tests.support.browser.tabs import OpenTab
from tests.support.browser.tool_calls import create_calls
from tests.support.functions import DEFAULT_TOOLS, RELEASED
from tests.support.provider import Provider

AT_NOON = "High tide is at noon."
STATES = ["Done · 1.3 sec", "Done · 1.3 sec", "Not allowed", "Failed · 1.3 sec", "Interrupted"]


@pytest.fixture
def stored(open_tab, ada) -> Page:
    """Return a tab of ada's with the conversation whose answers have called tools."""
    address, _ = create_calls()
    ada.goto(address)
    return ada


def calls(answer: Locator) -> Locator:
    return answer.locator("output-item")


def approvals(tab: Page) -> Locator:
    return tab.get_by_role("region", name="Approval")


def test_turn_of_many_responses_is_one_answer(stored):
    expect(questions(stored)).to_have_count(2)
    expect(answers(stored)).to_have_count(2)
    answer = answers(stored).first
    expect(answer).to_contain_text(re.compile("I look it up.*Tide.*get_moon.*High tide is at noon", re.DOTALL))
    expect(calls(answer).locator("summary > .state")).to_have_text(STATES)
    answer.get_by_role("button", name="More").click()
    about = answer.get_by_role("group", name="About this answer")
    expect(about).to_contain_text("100 tokens")


def test_arguments_and_results_are_read_as_tables_and_never_as_html(stored):
    expect(calls(answers(stored).first)).to_have_count(len(STATES))
    tide, table, refused, failed, _ = calls(answers(stored).first).all()
    tide.locator("summary").first.click()
    expect(tide.locator("dl").first).to_contain_text("Brest")
    expect(tide.get_by_text("1.8 m")).to_be_visible()
    # A long text is folded.
    expect(tide.locator("dd details")).to_have_count(1)
    table.locator("summary").first.click()
    expect(table.get_by_role("columnheader", name="height")).to_be_visible()
    expect(table.get_by_role("cell")).to_have_text(["Monday", "5.2", "Tuesday", "5.45"])
    refused.locator("summary").first.click()
    expect(refused.get_by_text("<b>Brest</b>").last).to_be_visible()
    expect(refused.get_by_text("Never.")).to_be_visible()
    failed.locator("summary").first.click()
    expect(failed.get_by_text('{"phase":').last).to_be_visible()


def test_waiting_turn_asks_for_each_call_and_takes_no_message_yet(stored):
    expect(approvals(stored)).to_have_count(2)
    mail, port = approvals(stored).all()
    expect(mail).to_contain_text("Allow “Send mail”?")
    # What turns letters around is named.
    expect(mail.get_by_text("grace[U+202E]@moc", exact=True)).to_be_visible()
    for name in ("Allow once", "Allow in this conversation", "Deny"):
        expect(port.get_by_role("button", name=name)).to_be_visible()
    expect(answers(stored).last).not_to_have_attribute("aria-busy", "true")
    expect(stored.get_by_role("button", name="Stop")).to_be_visible()
    entry = stored.get_by_role("listitem").filter(has_text="Tides with tools")
    expect(entry).to_contain_text("Waiting for you")
    message_field(stored).click()
    stored.keyboard.type("And tomorrow?")
    stored.keyboard.press("Enter")
    expect(stored.get_by_role("list", name="Queued messages")).to_contain_text("And tomorrow?")


def test_readers_of_a_share_and_of_the_review_see_the_calls_and_no_question(stored, open_tab: OpenTab):
    hopper = open_tab("hopper", "/admin/conversations/conversation/")
    hopper.locator(".field-title_or_untitled a").first.click()
    expect(hopper.locator("li.turn")).to_have_count(2)
    shown = hopper.locator("li.turn").first.locator("output-item summary > .state")
    expect(shown).to_have_text(STATES)
    expect(hopper.locator("li.turn").last).to_contain_text("Waiting for you")
    expect(approvals(hopper)).to_have_count(0)


def choose(tab: Page, name: str) -> None:
    tab.get_by_role("button", name=re.compile("^Model")).click()
    panel = tab.get_by_role("dialog", name="Choose what answers")
    panel.get_by_role("button", name=re.compile(f"^{name}")).click()


@pytest.fixture
def caller(site_address, open_tab) -> Page:
    """Return a tab of ada's in which a model answers that can call functions."""
    offer_model("caller-1", efforts=[], takes_functions=True)
    offer_model("toolless-1", efforts=[])
    tab = open_tab("ada")
    choose(tab, "caller-1")
    return tab


def test_tools_are_switched_for_a_message_and_stay_so_in_the_conversation(caller, provider):
    button = caller.get_by_role("button", name=re.compile("^Tools"))
    button.click()
    panel = caller.get_by_role("dialog", name="Tools for your next message")
    switch = panel.get_by_role("switch", name="Date and time")
    expect(switch).to_be_checked()
    before = len(DEFAULT_TOOLS)
    expect(button).to_have_text(re.compile(f"\\b{before}\\s*$"))
    switch.click()
    caller.keyboard.press("Escape")
    one_less = re.compile(f"\\b{before - 1}\\s*$")
    expect(button).to_have_text(one_less)
    provider.script(text=AT_NOON)
    for number, question in enumerate(("When is high tide?", "And when is it low?"), 1):
        ask(caller, question)
        expect(answers(caller)).to_have_count(number)
        await_answer(caller)
        expect(button).to_have_text(one_less)
    names = [{tool["name"] for tool in body["tools"]} for body in provider.bodies() if "tools" in body]
    assert [len(each) for each in names] == [before - 1] * 2
    assert "current_time" not in set().union(*names)
    caller.reload()
    expect(button).to_have_text(one_less)
    button.click()
    switch.click()
    expect(button).to_have_text(re.compile(f"\\b{before}\\s*$"))


def test_model_that_takes_no_tools_is_offered_none(caller):
    button = caller.get_by_role("button", name=re.compile("^Tools"))
    expect(button).to_be_visible()
    choose(caller, "toolless-1")
    expect(button).to_be_hidden()


def call(name: str, **arguments: str) -> dict[str, str]:
    return {"name": name, "arguments": json.dumps(arguments)}


def states(answer: Locator) -> Locator:
    return calls(answer).locator("summary > .state")


def release(port: str) -> None:
    """Let the calls that wait for this port's tide end."""
    RELEASED.mkdir(exist_ok=True)
    (RELEASED / port).touch()


@pytest.fixture
def port() -> Iterator[str]:
    """Return the name of a port that no other test has."""
    name = f"Port{uuid.uuid4().hex}"
    yield name
    release(name)


def ask_with_calls(
    tab: Page, provider: Provider, *made: dict[str, str], then: str = "High tide is at noon."
) -> Locator:
    """Ask a question for whose answer the model calls these functions first; return the answer."""
    provider.forget()
    provider.script(times=1, calls=[*made])
    provider.script(text=then)
    ask(tab, "When is high tide?")
    return answers(tab).last


def test_call_is_shown_while_it_runs_and_when_it_is_done(ada, provider, port):
    answer = ask_with_calls(ada, provider, call("wait_for_tide", port=port), call("tide_table", port=port))
    expect(states(answer)).to_have_text(["Running…", re.compile("^Done")])
    expect(answer).to_have_attribute("aria-busy", "true")
    expect(ada.get_by_role("button", name="Stop")).to_be_visible()
    release(port)
    expect(answer).to_contain_text("High tide is at noon.")
    await_answer(ada)
    expect(states(answer)).to_have_text([re.compile("^Done"), re.compile("^Done")])
    expect(answers(ada)).to_have_count(1)
    before = answer.inner_text()
    ada.reload()
    expect(states(answer)).to_have_text([re.compile("^Done"), re.compile("^Done")])
    assert answer.inner_text() == before
    # The next message continues the last step.
    ask(ada, "And tomorrow?")
    expect(answers(ada)).to_have_count(2)
    await_answer(ada)
    ada.reload()
    expect(answers(ada)).to_have_count(2)


def test_call_that_fails_says_so_and_a_long_result_is_cut(ada, provider):
    answer = ask_with_calls(ada, provider, call("broken_gauge"), call("logbook"), call("unknown_tool"))
    await_answer(ada)
    expect(states(answer)).to_have_text([re.compile("^Failed"), re.compile("^Done"), re.compile("^Failed")])
    failed, long, _ = calls(answer).all()
    failed.locator("summary").click()
    expect(failed.get_by_text("The gauge is broken.")).to_be_visible()
    long.locator("summary").click()
    assert 10_000 < len(long.locator(".blocks").inner_text()) < 30_000


def test_allowing_once_asks_again_the_next_time(ada, provider):
    mail = call("send_mail", to="grace", words="Come at noon.")
    answer = ask_with_calls(ada, provider, mail, then="Sent.")
    expect(approvals(ada)).to_contain_text("Come at noon.")
    entry = ada.get_by_role("listitem").filter(has_text="When is high tide?")
    expect(entry).to_contain_text("Waiting for you")
    approvals(ada).get_by_role("button", name="Allow once").click()
    expect(states(answer)).to_have_text([re.compile("^Done")])
    await_answer(ada)
    expect(answer).to_contain_text("Sent.")
    expect(approvals(ada)).to_have_count(0)
    expect(entry.get_by_text("Waiting for you")).to_be_hidden()
    ask_with_calls(ada, provider, mail)
    expect(approvals(ada)).to_have_count(1)


def test_decision_that_is_lost_with_the_connection_can_be_made_again(ada, provider, port):
    # While another call runs, the page isn't told again of the one that waits.
    mail = call("send_mail", to="grace", words="Come at noon.")
    answer = ask_with_calls(ada, provider, mail, call("wait_for_tide", port=port), then="Sent.")
    expect(approvals(ada)).to_have_count(1)
    lost: list[str | bytes] = []

    def route(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def to_server(message: str | bytes) -> None:
            if lost or "tool_call.decide" not in str(message):
                server.send(message)
                return
            lost.append(message)
            socket.close(code=4503)

        socket.on_message(to_server)

    ada.route_web_socket("**/socket/", route)
    ada.reload()
    allow = approvals(ada).get_by_role("button", name="Allow once")
    while not lost:
        # The page may not be connected again yet, and says so then.
        allow.click()
        expect(allow).to_be_enabled()
    allow.click()
    release(port)
    await_answer(ada)
    expect(answer).to_contain_text("Sent.")
    assert len(lost) == 1


def test_tool_that_is_allowed_in_the_conversation_is_not_asked_about_again(ada, provider):
    mail = call("send_mail", to="grace", words="Come at noon.")
    ask_with_calls(ada, provider, mail, mail, call("delete_port", port="Brest"))
    expect(approvals(ada)).to_have_count(3)
    approvals(ada).first.get_by_role("button", name="Allow in this conversation").click()
    # The other call of that tool was decided with it.
    expect(approvals(ada)).to_have_count(1)
    approvals(ada).get_by_role("button", name="Allow once").click()
    await_answer(ada)
    again = ask_with_calls(ada, provider, mail)
    await_answer(ada)
    expect(states(again)).to_have_text([re.compile("^Done")])


def test_denied_call_is_told_to_the_model_with_the_word_of_the_person(ada, provider):
    answer = ask_with_calls(ada, provider, call("delete_port", port="Brest"), then="I leave it.")
    approvals(ada).get_by_role("textbox", name="Tell the model why").click()
    ada.keyboard.type("It is used.")
    approvals(ada).get_by_role("button", name="Deny").click()
    await_answer(ada)
    expect(answer).to_contain_text("I leave it.")
    expect(states(answer)).to_have_text(["Not allowed"])
    assert "It is used." in json.dumps(provider.bodies()[-1]["input"])


def test_calls_are_decided_in_any_tab_in_any_order_and_over_a_reload(ada, open_tab, provider):
    made = [call("send_mail", to=name, words="Come.") for name in ("grace", "hopper")]
    answer = ask_with_calls(ada, provider, *made, then="Done with both.")
    expect(approvals(ada)).to_have_count(2)
    other = open_tab("ada", urlsplit(ada.url).path)
    expect(approvals(other)).to_have_count(2)
    approvals(other).last.get_by_role("button", name="Allow once").click()
    for tab in (ada, other):
        expect(approvals(tab)).to_have_count(1)
    ada.reload()
    expect(approvals(ada)).to_contain_text("grace")
    approvals(ada).get_by_role("button", name="Deny").click()
    for tab in (ada, other):
        expect(answers(tab).last).to_contain_text("Done with both.")
        expect(approvals(tab)).to_have_count(0)
        expect(states(answers(tab).last)).to_have_text(["Not allowed", re.compile("^Done")])
    await_answer(ada)
    expect(answer.get_by_role("button", name="Copy answer")).to_be_visible()


def test_stopping_ends_what_waits(ada, provider):
    answer = ask_with_calls(ada, provider, call("send_mail", to="grace", words="Come."))
    expect(approvals(ada)).to_have_count(1)
    ada.get_by_role("button", name="Stop").click()
    await_answer(ada)
    expect(approvals(ada)).to_have_count(0)
    expect(states(answer)).to_have_text(["Stopped"])
    answer.get_by_role("button", name="Regenerate").click()
    expect(answers(ada)).to_have_count(1)
    expect(answers(ada)).to_contain_text("High tide is at noon.")
    await_answer(ada)


def test_stopping_ends_what_runs(ada, provider, port):
    answer = ask_with_calls(ada, provider, call("wait_for_tide", port=port))
    expect(states(answer)).to_have_text(["Running…"])
    ada.get_by_role("button", name="Stop").click()
    await_answer(ada)
    expect(states(answer)).to_have_text([re.compile("^Stopped")])
