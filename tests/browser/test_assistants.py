"""Assistants in the browser: the list, the form, their versions and test questions, with real keys."""

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.support.browser.assistants import archive_earlier_assistants, store_assistant, store_model
from tests.support.browser.keys import write


@pytest.fixture(autouse=True)
def empty_list(site_address) -> None:
    archive_earlier_assistants()


def entries(tab: Page):
    return tab.get_by_role("list", name="Assistants").get_by_role("listitem")


def test_assistant_is_found_archived_and_brought_back(ada):
    store_assistant("ada", name="Translator", description="Into plain English")
    store_assistant("ada", name="Minutes")
    ada.get_by_role("navigation", name="Assistants").get_by_role("link").click()
    expect(entries(ada)).to_have_count(2)
    write(ada.get_by_role("searchbox", name="Search assistants"), "plain")
    ada.keyboard.press("Enter")
    expect(entries(ada)).to_have_count(1)
    entries(ada).get_by_role("button", name="Archive").click()
    expect(entries(ada)).to_have_count(0)
    ada.get_by_role("button", name="Undo").click()
    expect(entries(ada).get_by_role("heading", name="Translator")).to_be_visible()
    expect(entries(ada).get_by_role("link", name="Start a conversation")).to_be_focused()
    ada.get_by_role("button", name="Make this my default").click()
    expect(entries(ada).get_by_role("heading", name="Translator Your default")).to_be_visible()


def new_assistant(tab: Page) -> None:
    tab.goto("/assistants/")
    tab.get_by_role("link", name="New assistant").click()
    write(tab.get_by_role("textbox", name="Name", exact=True), "Translator")


def test_assistant_is_written_with_keys_and_says_what_is_asked_for(ada):
    ada.goto("/assistants/")
    ada.get_by_role("link", name="Make your first assistant").click()
    write(ada.get_by_role("textbox", name="Name", exact=True), "Translator")
    write(ada.get_by_role("textbox", name="Instructions"), "Translate for {{customer}} on {{ today }}")
    expect(ada.get_by_text("Filled in by the site: today. Asked for at the start: customer.")).to_be_visible()
    ada.get_by_role("button", name="Create assistant").click()
    expect(ada.get_by_text("Saved as version 1.")).to_be_visible()
    expect(ada.get_by_role("heading", name="Translator")).to_be_visible()
    write(ada.get_by_role("textbox", name="Instructions"), "Translate.")
    ada.get_by_role("button", name="Save as a new version").click()
    expect(ada.get_by_text("Saved as version 2.")).to_be_visible()


def test_what_is_wrong_is_said_beside_the_field_which_has_the_focus(ada):
    new_assistant(ada)
    write(ada.get_by_role("textbox", name="Icon"), "AB")
    ada.get_by_role("button", name="Create assistant").click()
    icon = ada.get_by_role("textbox", name="Icon")
    expect(icon).to_be_focused()
    expect(icon).to_have_accessible_description(
        "An emoji. Without one, the first letter of the name is drawn. Use one emoji, or leave it empty."
    )
    expect(ada.get_by_role("textbox", name="Name", exact=True)).to_have_value("Translator")
    # In one line, although the icon's column is narrow.
    error = ada.get_by_text("Use one emoji, or leave it empty.")
    assert error.evaluate("error => error.clientHeight") < 40


def test_tools_are_offered_as_the_model_takes_them_with_the_options_of_web_search(ada):
    store_model("plain")
    store_model("searching", takes_functions=True, hosted_tools=["web_search"])
    new_assistant(ada)
    calculator, search = (ada.get_by_role("checkbox", name=name) for name in ("Calculator", "Web search"))
    expect(calculator).to_be_hidden()
    ada.get_by_role("combobox", name="Tools").select_option("These alone")
    ada.get_by_role("combobox", name="Model").select_option("plain (Provider of plain)")
    expect(calculator).to_be_hidden()
    ada.get_by_role("combobox", name="Model").select_option("searching (Provider of searching)")
    calculator.check()
    domains = ada.get_by_role("textbox", name="Search these domains alone")
    expect(domains).to_be_hidden()
    search.check()
    write(domains, "example.org")
    ada.get_by_role("button", name="Create assistant").click()
    expect(ada.get_by_text("Saved as version 1.")).to_be_visible()
    expect(calculator).to_be_checked()
    expect(domains).to_have_value("example.org")


def test_unsaved_words_hold_the_page_and_survive_a_reload(ada):
    new_assistant(ada)
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    ada.on("dialog", leave)
    ada.reload()
    assert asked == ["beforeunload"]
    expect(ada.get_by_role("textbox", name="Name", exact=True)).to_have_value("Translator")
    expect(ada.get_by_text("What you wrote before and didn't save is here again.")).to_be_visible()
    ada.get_by_role("button", name="Discard it").click()
    expect(ada.get_by_role("textbox", name="Name", exact=True)).to_have_value("")
    ada.reload()
    assert asked == ["beforeunload"]
    new_assistant(ada)
    ada.get_by_role("button", name="Create assistant").click()
    expect(ada.get_by_text("Saved as version 1.")).to_be_visible()
    ada.goto("/assistants/new/")
    expect(ada.get_by_role("textbox", name="Name", exact=True)).to_have_value("")
    assert asked == ["beforeunload"]


def test_form_offers_what_the_chosen_model_takes(ada):
    store_model("thinker", efforts=["none", "high"], default_effort="high", temperature="without_effort")
    store_model("llama", dialect="chat_completions")
    new_assistant(ada)
    ada.get_by_role("combobox", name="Model").select_option(label="thinker (Provider of thinker)")
    expect(ada.get_by_label("Temperature")).to_be_hidden()
    expect(ada.get_by_label("Seed")).to_be_hidden()
    effort = ada.get_by_role("combobox", name="Reasoning effort")
    expect(effort.locator("option:not([disabled])")).to_have_text(["The model's default", "None", "High"])
    effort.select_option(label="None")
    write(ada.get_by_label("Temperature"), "0.5")
    ada.get_by_role("combobox", name="Model").select_option(label="llama (Provider of llama)")
    expect(effort).to_be_hidden()
    write(ada.get_by_label("Seed"), "7")
    ada.get_by_role("button", name="Create assistant").click()
    expect(ada.get_by_label("Seed")).to_have_value("7")
    expect(ada.get_by_label("Temperature")).to_have_value("0.5")


def test_old_version_is_read_and_restored(ada):
    store_assistant("ada", name="Translator", instructions="Answer in English.")
    ada.goto("/assistants/")
    entries(ada).get_by_role("link", name="Edit").click()
    write(ada.get_by_role("textbox", name="Instructions"), "Answer in German.")
    ada.get_by_role("button", name="Save as a new version").click()
    expect(ada.get_by_text("Saved as version 2.")).to_be_visible()
    ada.get_by_role("navigation", name="Assistants").get_by_role("link", name="Versions").click()
    ada.get_by_role("link", name="What changed in version 2").click()
    expect(ada.get_by_role("deletion")).to_contain_text("English")
    expect(ada.get_by_role("insertion")).to_contain_text("German")
    ada.get_by_role("button", name="Restore version 1").click()
    expect(ada.get_by_text("Version 1 is back, as version 3.")).to_be_visible()
    expect(ada.get_by_role("list", name="All versions").get_by_role("listitem")).to_have_count(3)


def test_assistant_is_copied_exported_and_imported(ada, open_tab):
    store_assistant("ada", name="Translator", instructions="Answer in English.")
    ada.goto("/assistants/")
    entries(ada).get_by_role("button", name="Duplicate").click()
    expect(ada.get_by_role("textbox", name="Name", exact=True)).to_have_value("Translator (copy)")
    with ada.expect_download() as exported:
        ada.get_by_role("link", name="Export as JSON").click()
    assert exported.value.suggested_filename == "Translator (copy).json"
    grace = open_tab("grace", "/assistants/")
    grace.get_by_role("link", name="Import…").click()
    grace.get_by_label("File").set_input_files(exported.value.path())
    grace.get_by_role("button", name="Import").click()
    expect(grace.get_by_role("textbox", name="Instructions")).to_have_value("Answer in English.")


def test_unsaved_version_is_tried_beside_the_form(ada, provider):
    new_assistant(ada)
    write(ada.get_by_role("textbox", name="Instructions"), "Answer like a sailor.")
    write(ada.get_by_role("textbox", name="Icon"), "AB")
    ada.get_by_role("button", name="Try it").click()
    expect(ada.get_by_role("region", name="Try it").get_by_role("alert")).to_have_text(
        "Icon: Use one emoji, or leave it empty."
    )
    write(ada.get_by_role("textbox", name="Icon"), "")
    ada.get_by_role("button", name="Try it").click()
    provider.script(text="Two metres, at noon.")
    frame = ada.frame_locator("iframe[title='Try it']")
    field = frame.get_by_role("textbox", name="Message", exact=True)
    field.focus()
    ada.keyboard.type("How high is the tide?")
    ada.keyboard.press("Enter")
    expect(frame.get_by_role("article", name="Assistant")).to_contain_text("Two metres, at noon.")
    expect(frame.get_by_role("textbox", name="Message", exact=True)).to_be_visible()
    expect(frame.get_by_role("navigation", name="Conversations")).to_be_hidden()
    body = provider.bodies()[-1]
    assert (body["store"], body["instructions"]) == (False, "Answer like a sailor.")
    ada.get_by_role("button", name="Create assistant").click()
    expect(ada.get_by_text("Saved as version 1.")).to_be_visible()


def test_two_versions_answer_test_questions_side_by_side(ada, provider):
    provider.script(match="How high", text="Two metres.")
    store_assistant("ada", name="Tides", instructions="Answer in English.")
    ada.goto("/assistants/")
    entries(ada).get_by_role("link", name="Edit").click()
    write(ada.get_by_role("textbox", name="Instructions"), "Answer in German.")
    ada.get_by_role("button", name="Save as a new version").click()
    expect(ada.get_by_text("Saved as version 2.")).to_be_visible()
    ada.get_by_role("link", name="Test questions").click()
    write(ada.get_by_role("textbox", name="Question"), "How high is the tide?")
    write(ada.get_by_role("textbox", name="A good answer contains"), "metres")
    ada.get_by_role("button", name="Add").click()
    expect(ada.get_by_role("list", name="Test questions").get_by_role("listitem")).to_have_count(1)
    ada.get_by_role("button", name="Run", exact=True).click()
    expect(ada.get_by_text("All answers are here.")).to_be_visible()
    for name in ("Version 2", "Version 1"):
        expect(ada.get_by_role("region", name=name)).to_contain_text("Two metres.")
        expect(ada.get_by_role("region", name=name)).to_contain_text("Good")
    sent = {body["instructions"] for body in provider.bodies()}
    assert sent == {"Answer in English.", "Answer in German."}


def test_run_survives_a_reload_and_is_stopped(ada, provider):
    provider.script(match="never", text="Two.", at={"1": {"wait": "never"}})
    store_assistant("ada", name="Tides")
    ada.goto("/assistants/")
    entries(ada).get_by_role("link", name="Edit").click()
    ada.get_by_role("link", name="Test questions").click()
    write(ada.get_by_role("textbox", name="Question"), "Is it never low?")
    ada.get_by_role("button", name="Add").click()
    ada.get_by_role("button", name="Run", exact=True).click()
    expect(ada.get_by_role("region", name="Version 1")).to_contain_text("In progress")
    ada.reload()
    expect(ada.get_by_text("1 of 1 answers is still to come.")).to_be_visible()
    ada.get_by_role("button", name="Stop").click()
    expect(ada.get_by_text("The run was stopped.")).to_be_visible()
    expect(ada.get_by_role("region", name="Version 1")).to_contain_text("Stopped")


def test_second_of_two_who_edit_is_told_even_after_a_reload(ada, open_tab):
    assistant = store_assistant("ada", name="Translator")
    ada.goto(f"/assistants/{assistant}/")
    write(ada.get_by_role("textbox", name="Name", exact=True), "Second")
    other = open_tab("ada", f"/assistants/{assistant}/")
    write(other.get_by_role("textbox", name="Name", exact=True), "First")
    other.get_by_role("button", name="Save as a new version").click()
    expect(other.get_by_text("Saved as version 2.")).to_be_visible()
    ada.once("dialog", lambda dialog: dialog.accept())
    ada.reload()
    expect(ada.get_by_role("textbox", name="Name", exact=True)).to_have_value("Second")
    ada.get_by_role("button", name="Save as a new version").click()
    expect(ada.get_by_role("alert")).to_contain_text("ada saved version 2 while you were writing.")
    expect(ada.get_by_role("textbox", name="Name", exact=True)).to_have_value("Second")
    ada.get_by_role("button", name="Save as a new version").click()
    expect(ada.get_by_text("Saved as version 3.")).to_be_visible()


def test_schema_is_asked_for_and_checked_where_json_is_wanted(ada):
    new_assistant(ada)
    schema = ada.get_by_role("textbox", name="JSON schema")
    expect(schema).to_be_hidden()
    ada.get_by_role("combobox", name="Response format").select_option(
        label="JSON that fits a schema: a form or a table"
    )
    ada.get_by_role("button", name="JSON", exact=True).click()
    write(schema, '{"type": "object"')
    ada.get_by_role("button", name="Create assistant").click()
    expect(schema).to_be_focused()
    expect(schema).to_have_attribute("aria-invalid", "true")
    write(schema, '{"type": "object", "properties": {}, "required": [], "additionalProperties": false}')
    ada.get_by_role("button", name="Create assistant").click()
    expect(ada.get_by_text("Saved as version 1.")).to_be_visible()
