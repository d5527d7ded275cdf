"""The schema of an assistant's answers, written field by field or as JSON, with real keys."""

import json

from playwright.sync_api import Locator, Page, expect

from tests.support.browser.keys import write


def new_format(tab: Page) -> None:
    tab.goto("/assistants/new/")
    write(tab.get_by_role("textbox", name="Name", exact=True), "Harbours")
    tab.get_by_label("Response format").select_option("json_schema")


def field(tab: Page, number: int) -> Locator:
    return tab.locator(".fields > ol > li").nth(number - 1)


def schema(tab: Page) -> dict:
    return json.loads(tab.locator("[name=schema]").input_value())


def test_schema_is_built_field_by_field_without_json(ada):
    new_format(ada)
    write(field(ada, 1).get_by_role("textbox", name="Field", exact=True), "summary")
    write(field(ada, 1).get_by_role("textbox", name="What it is"), "In one sentence")
    ada.get_by_role("button", name="Add a field").click()
    ada.keyboard.type("harbours")
    field(ada, 2).locator(".field-kind").first.select_option("object")
    field(ada, 2).locator(".field-list").first.check()
    write(field(ada, 2).get_by_role("textbox", name="Field", exact=True).nth(1), "kind")
    field(ada, 2).locator(".field-kind").nth(1).select_option("choice")
    write(field(ada, 2).get_by_role("textbox", name="Choices, one a line"), "sea\nriver")
    field(ada, 2).locator(".field-optional").nth(1).check()
    kind = {"type": ["string", "null"], "enum": ["sea", "river", None]}
    rows = {"type": "object", "properties": {"kind": kind}, "required": ["kind"], "additionalProperties": False}
    assert schema(ada) == {
        "type": "object",
        "properties": {
            "summary": {"type": "string", "description": "In one sentence"},
            "harbours": {"type": "array", "items": rows},
        },
        "required": ["summary", "harbours"],
        "additionalProperties": False,
    }
    field(ada, 2).get_by_role("button", name="Move up").first.press("Enter")
    field(ada, 1).locator(".moves").first.get_by_role("button", name="Move down").click()
    expect(field(ada, 2).get_by_role("button", name="Move down").first).to_be_focused()
    assert list(schema(ada)["properties"]) == ["summary", "harbours"]
    ada.get_by_role("button", name="Create assistant").click()
    expect(ada.get_by_text("Saved as version 1.")).to_be_visible()
    expect(field(ada, 2).get_by_role("textbox", name="Field", exact=True).first).to_have_value("harbours")


def test_what_is_wrong_with_json_is_shown_beside_its_line_while_it_is_typed(ada):
    new_format(ada)
    ada.get_by_role("button", name="JSON", exact=True).click()
    text = ada.get_by_label("JSON schema")
    write(text, '{"type": "object",\n"properties": {"a": {"type": "string",\n"minLength": 1}},\n"required": ["a"]}')
    problems = ada.locator(".problems li")
    expect(problems.filter(has_text="'minLength' is not permitted.")).to_contain_text("Line 3")
    expect(problems.filter(has_text="An object needs 'additionalProperties': false.")).to_contain_text("Line 1")
    problems.filter(has_text="minLength").get_by_role("button").click()
    expect(text).to_be_focused()
    assert text.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)") == '"minLength": 1}},'
    # What fields can't show stays as it was typed.
    before = text.input_value()
    ada.get_by_role("button", name="Fields").click()
    expect(ada.get_by_text("This schema has more than fields can show, so it stays JSON.")).to_be_visible()
    assert text.input_value() == before


def test_both_views_show_the_same_schema(ada):
    new_format(ada)
    write(field(ada, 1).get_by_role("textbox", name="Field", exact=True), "day")
    field(ada, 1).locator(".field-kind").select_option("date")
    ada.get_by_role("button", name="JSON", exact=True).click()
    text = ada.get_by_label("JSON schema")
    before = text.input_value()
    expect(ada.locator(".problems li")).to_have_count(0)
    ada.get_by_role("button", name="Fields").click()
    expect(field(ada, 1).locator(".field-kind")).to_have_value("date")
    assert text.input_value() == before
