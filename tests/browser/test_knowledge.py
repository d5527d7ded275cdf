"""Knowledge in a conversation: switched on for it, searched by the model, and cited where it stands in a file."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support import documents
from tests.support.browser.assistants import archive_earlier_assistants, offer_model
from tests.support.browser.chat import answers, ask, await_answer
from tests.support.browser.collections import new_collection, payload, upload
from tests.support.browser.files import delete_earlier_files
from tests.support.browser.picker import choose
from tests.support.provider import Provider

LINK = re.compile(r"/knowledge/files/[0-9a-f-]{36}/\?page=\d+&passage=\d+")
SEARCH = {"name": "search_knowledge", "arguments": json.dumps({"words": "low tide", "file": None})}


@pytest.fixture(autouse=True)
def no_files() -> Iterator[None]:
    delete_earlier_files()
    yield
    delete_earlier_files()


def fill(tab: Page, name: str) -> None:
    """Make a collection with a file of two pages."""
    new_collection(tab, name)
    upload(tab, payload("tides.pdf", documents.pdf("High tide is at noon.", "Low tide is at six.")))
    expect(tab.get_by_role("list", name="Files", exact=True)).to_contain_text("2 pages")


def test_conversation_searches_in_a_collection_and_its_answer_cites_a_page(open_tab, provider: Provider):
    archive_earlier_assistants()
    offer_model("caller-1", efforts=[], takes_functions=True)
    tab = open_tab("ada")
    fill(tab, "Harbour <b>office</b>")
    tab.goto("/")
    choose(tab, "caller-1")
    tools = tab.get_by_role("button", name=re.compile("^Tools"))
    tools.click()
    panel = tab.get_by_role("dialog", name="Tools for your next message")
    panel.get_by_role("group", name="Knowledge").get_by_role("switch", name="Harbour <b>office</b>").check()
    tab.keyboard.press("Escape")
    expect(tools).to_have_attribute("title", re.compile("1 collection of files"))
    provider.script(match="low tide?", times=1, calls=[SEARCH])
    ask(tab, "When is low tide?")
    await_answer(tab)
    bodies = [body for body in provider.bodies() if "tools" in body]
    [found] = [item["output"] for item in bodies[-1]["input"] if item["type"] == "function_call_output"]
    assert "Low tide is at six." in found
    # The page that has both words comes first.
    link = LINK.findall(found)[0]
    assert "page=2" in link

    provider.script(text=f"At six ([tides.pdf, page 2]({link})).", times=1)
    ask(tab, "And where does it say so?")
    await_answer(tab)
    cited = answers(tab).last.get_by_role("link", name="tides.pdf, page 2")
    cited.click()
    viewer = tab.get_by_role("dialog", name="tides.pdf")
    expect(viewer).to_contain_text("tides.pdf")
    tab.keyboard.press("Escape")
    expect(viewer).to_be_hidden()

    # A reload knows what is on.
    tab.reload()
    expect(tools).to_have_attribute("title", re.compile("1 collection of files"))
    tab.goto(link)
    expect(tab.get_by_role("heading", name="tides.pdf")).to_be_visible()
    assert open_tab("grace").request.get(link).status == 404


def test_collection_that_is_gone_is_said_below_the_answer(open_tab, provider: Provider):
    archive_earlier_assistants()
    offer_model("caller-1", efforts=[], takes_functions=True)
    tab = open_tab("ada")
    fill(tab, "Harbour")
    tab.goto("/")
    choose(tab, "caller-1")
    tab.get_by_role("button", name=re.compile("^Tools")).click()
    tab.get_by_role("dialog", name="Tools for your next message").get_by_role("switch", name="Harbour").check()
    tab.keyboard.press("Escape")
    delete_earlier_files()
    ask(tab, "When is low tide?")
    await_answer(tab)
    expect(answers(tab).last).to_contain_text("A collection wasn't searched: it's gone, or you may not see it.")
