"""The pages of assistants: a function for each, which opens it in a tab."""

import json

from playwright.sync_api import Page, expect

from tests.support.browser.assistants import archive_earlier_assistants, offer_model, store_assistant
from tests.support.browser.chat import answers, ask, await_answer
from tests.support.browser.formats import store_structured_assistant
from tests.support.browser.keys import write


def assistants_list(open_tab, provider):
    archive_earlier_assistants()
    store_assistant("ada", name="Translator", description="Into plain English", icon="🌍")
    store_assistant("grace", name="Style guide", visibility="everybody")
    return open_tab("ada", "/assistants/")


def no_assistants(open_tab, provider):
    archive_earlier_assistants()
    return open_tab("ada", "/assistants/")


def assistant_form(open_tab, provider):
    tab = open_tab("ada", "/assistants/new/")
    write(tab.get_by_role("textbox", name="Icon"), "AB")
    write(tab.get_by_role("textbox", name="Instructions"), "{{customer}}, {{today}}")
    tab.get_by_role("button", name="Create assistant").click()
    expect(tab.get_by_text("Use one emoji")).to_be_visible()
    return tab


def assistant_tried(open_tab, provider):
    tab = open_tab("ada", "/assistants/new/")
    write(tab.get_by_role("textbox", name="Name"), "Translator")
    tab.get_by_role("button", name="Try it").click()
    frame = tab.frame_locator("iframe[title='Try it']")
    expect(frame.get_by_role("textbox", name="Message", exact=True)).to_be_visible()
    return tab


def assistant_versions(open_tab, provider):
    tab = edited(open_tab)
    tab.get_by_role("link", name="Versions").click()
    tab.get_by_role("link", name="What changed in version 2").click()
    expect(tab.get_by_role("heading", name="What changed from version 1 to version 2")).to_be_visible()
    return tab


def assistant_run(open_tab, provider):
    tab = questions(open_tab, provider)
    tab.get_by_role("button", name="Run", exact=True).click()
    expect(tab.get_by_text("All answers are here.")).to_be_visible()
    return tab


def questions(open_tab, provider):
    """Open the page of test questions, which has one."""
    provider.script(text="Two metres, at noon.")
    tab = edited(open_tab)
    tab.get_by_role("link", name="Test questions").click()
    write(tab.get_by_role("textbox", name="Question"), "How high is the tide?")
    write(tab.get_by_role("textbox", name="A good answer contains"), "metres")
    tab.get_by_role("button", name="Add").click()
    expect(tab.get_by_role("button", name="Run", exact=True)).to_be_visible()
    return tab


def edited(open_tab) -> Page:
    """Open the form of an assistant that has two versions."""
    assistant = store_assistant("ada", name="Translator", instructions="Answer in English.\nBe brief.")
    tab: Page = open_tab("ada", f"/assistants/{assistant}/")
    write(tab.get_by_role("textbox", name="Instructions"), "Answer in plain English.\nBe brief.")
    tab.get_by_role("button", name="Save as a new version").click()
    expect(tab.get_by_text("Saved as version 2.")).to_be_visible()
    return tab


def schema_editor(open_tab, provider):
    tab = open_tab("ada", f"/assistants/{store_structured_assistant('ada')}/")
    tab.get_by_role("button", name="Add a field").last.click()
    tab.keyboard.type("city")
    tab.locator(".field-kind").last.select_option("choice")
    expect(tab.locator(".problems")).to_contain_text("needs at least one entry")
    return tab


def schema_as_json(open_tab, provider):
    tab = open_tab("ada", f"/assistants/{store_structured_assistant('ada')}/")
    tab.get_by_role("button", name="JSON", exact=True).click()
    write(tab.get_by_role("textbox", name="JSON schema"), "{")
    expect(tab.locator(".problems li")).to_have_count(1)
    return tab


def structured_answers(open_tab, provider):
    """Show an answer with all that a schema can have, and one that doesn't fit it."""
    harbour = {"name": "Brest", "height": 6.5, "first_seen": "2026-11-30", "is_open": True, "kind": "sea", "note": None}
    position = {"latitude": 48.4, "longitude": -4.5}
    whole = {
        "summary": "Two harbours",
        "place": {"city": "Brest", "founded": 1631},
        "keywords": ["tide", "pilot"],
        "harbours": [harbour | {"position": position}, harbour | {"name": "Arcachon", "position": position}],
    }
    provider.script(times=1, text=json.dumps(whole))
    provider.script(text=json.dumps(whole | {"summary": 7, "keywords": []}))
    tab = open_tab("ada", f"/?assistant={store_structured_assistant('ada')}")
    ask(tab, "Which harbours are there?")
    await_answer(tab)
    expect(tab.get_by_role("table", name="Harbours")).to_be_visible()
    ask(tab, "Are you sure?")
    expect(answers(tab)).to_have_count(2)
    await_answer(tab)
    return tab


def compare_dialog(open_tab, provider):
    archive_earlier_assistants()
    offer_model("thinker-1", efforts=["low", "high"], takes_verbosity=True)
    store_assistant("ada", name="Translator", description="Into plain English", icon="🌍")
    tab = open_tab("ada")
    tab.get_by_role("button", name="Model: ").click()
    tab.get_by_role("button", name="Compare…").click()
    dialog = tab.get_by_role("dialog", name="Compare")
    dialog.get_by_role("checkbox", name="thinker-1", exact=True).check()
    expect(dialog.get_by_role("combobox", name="Effort of thinker-1")).to_be_visible()
    return tab


ASSISTANT_PAGES = [
    assistants_list,
    no_assistants,
    assistant_form,
    assistant_tried,
    assistant_versions,
    schema_editor,
    schema_as_json,
    structured_answers,
    compare_dialog,
    questions,
    assistant_run,
]
