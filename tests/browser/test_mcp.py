"""MCP servers from end to end: an admin adds one, people sign in at it, and the model calls its tools for them."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.assistants import offer_model
from tests.support.browser.chat import answers, ask, await_answer
from tests.support.browser.keys import write
from tests.support.browser.picker import choose
from tests.support.browser.site import delete_earlier_servers, store_provider_server
from tests.support.mcp_signing_in import Tracker, running_tracker
from tests.support.site import wait_for
from tests.support.traces.events import item, steps, text
from tests.support.traces.hosted import MCP_LIST, mcp_call


@pytest.fixture
def tracker() -> Iterator[Tracker]:
    delete_earlier_servers()
    with running_tracker() as running:
        yield running
    delete_earlier_servers()


def connect(tab: Page, name: str) -> None:
    """Connect to the tracker from the page that is shown, as somebody who is known there by this name."""
    tab.get_by_role("button", name="Connect to Tracker").click()
    expect(tab.get_by_role("heading", name="Let Chat see your issues?")).to_be_visible()
    tab.get_by_label("Your name").fill(name)
    tab.get_by_role("button", name="Allow").click()
    expect(tab.get_by_role("status")).to_have_text("You're connected to Tracker.")


def test_people_sign_in_at_a_server_and_the_model_calls_it_for_them(tracker, open_tab, provider):
    admin = open_tab("hopper", "/mcp/")
    admin.get_by_role("link", name="Add a server").click()
    expect(admin.get_by_label("Its value")).to_be_hidden()
    write(admin.get_by_label("Name"), "Tracker")
    write(admin.get_by_label("Address"), tracker.url)
    admin.get_by_label("One key for all, in a header").check()
    expect(admin.get_by_label("Its value")).to_be_visible()
    admin.get_by_label("Each person signs in at the server (OAuth)").check()
    admin.get_by_role("button", name="Add").click()
    expect(admin.get_by_text("Connect to read which tools it has.")).to_be_visible()
    connect(admin, "hopper")
    expect(admin.get_by_role("list", name="Tools").get_by_role("listitem")).to_have_count(3)

    ada = open_tab("ada")
    ada.get_by_role("button", name="Signed in as ada").click()
    ada.get_by_role("link", name="MCP servers").click()
    connect(ada, "ada")

    offer_model("gpt-5.5", efforts=["low", "high"], takes_functions=True)
    ada.goto("/")
    ada.get_by_role("button", name="Tools").click()
    ada.get_by_role("switch", name="Tracker").check()
    ada.keyboard.press("Escape")
    calls = [("tracker__whoami", "{}"), ("tracker__close_issue", json.dumps({"number": 4}))]
    provider.script(times=1, calls=[{"name": name, "arguments": arguments} for name, arguments in calls])
    provider.script(text="Closed.")
    ask(ada, "Close issue 4.")
    approval = ada.get_by_role("region", name="Approval")
    expect(approval).to_contain_text("Tracker: close_issue")
    expect(approval).to_contain_text("4")
    approval.get_by_role("button", name="Allow once").click()
    await_answer(ada)
    states = answers(ada).last.locator("output-item summary > .state")
    expect(states).to_have_text([re.compile("^Done"), re.compile("^Done")])
    outputs = [each["output"] for each in provider.bodies()[-1]["input"] if each["type"] == "function_call_output"]
    assert outputs == ["ada", "Issue 4 is closed."]

    ada.goto("/mcp/")
    ada.get_by_role("button", name="Disconnect from Tracker").click()
    expect(ada.get_by_role("status")).to_have_text("You're disconnected from Tracker.")
    assert tracker.log()[-1] == "revoke"
    ada.go_back()
    admin.goto("/mcp/")
    admin.get_by_role("link", name="Tracker").click()
    admin.get_by_text("Remove this server…").click()
    admin.get_by_role("button", name="Remove Tracker").click()
    expect(admin.get_by_text("There are none yet.")).to_be_visible()


def await_servers(tab: Page, model: str, *, is_offered: bool) -> None:
    """Wait until the site's process knows a model and the server, which were changed behind its back."""

    def is_known() -> bool:
        tab.reload()
        return model in tab.content() and ("Tracker" in tab.content()) == is_offered

    wait_for(is_known)


def test_provider_that_calls_a_server_itself_asks_first(open_tab, provider):
    delete_earlier_servers()
    asked = {"id": "mcpr_1", "type": "mcp_approval_request", "server_label": "tracker", "name": "close_issue"}
    question = item(1, asked | {"arguments": ""}, {"arguments": json.dumps({"n": 5, "note": "It is done."})})
    provider.script(match="Close", times=1, steps=steps([*MCP_LIST, *question]))
    provider.script(times=1, steps=steps([*mcp_call(0, {"output": "Issue 5 closed"}), *text(1, "It is closed.")]))
    # No other test's: the process would know what that takes.
    offer_model("asker-1", efforts=[], hosted_tools=["mcp"])
    ada = open_tab("ada")
    await_servers(ada, "asker-1", is_offered=False)
    store_provider_server("close_issue")
    await_servers(ada, "asker-1", is_offered=True)
    choose(ada, "asker-1")
    ada.get_by_role("button", name="Tools").click()
    ada.get_by_role("switch", name="Tracker").check()
    ada.keyboard.press("Escape")
    ask(ada, "Close issue 5.")
    approval = ada.get_by_role("region", name="Approval")
    expect(approval).to_contain_text("Allow “Tracker: close_issue”?")
    expect(approval).to_contain_text("It is done.")
    ada.reload()
    approval.get_by_role("button", name="Allow once").click()
    await_answer(ada)
    expect(answers(ada)).to_have_count(1)
    titles = answers(ada).last.locator("output-item summary > .title")
    expect(titles).to_have_text(["Tools", "Tracker: close_issue", "Tool call"])
    expect(answers(ada).last).to_contain_text("It is closed.")
    delete_earlier_servers()
