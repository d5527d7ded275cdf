"""The admin's pages of providers: one is added, its models are fetched, and it is tested."""

import psycopg
import pytest
from playwright.sync_api import expect

from tests.support.browser.chat import ask, await_answer
from tests.support.browser.keys import write
from tests.support.browser.site import DATABASE_URL
from tests.support.provider import Provider

PROVIDERS = "/admin/providers/provider/"


@pytest.fixture(autouse=True)
def no_other_providers() -> None:
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute(
            "DELETE FROM providers_model WHERE provider_id IN (SELECT id FROM providers_provider WHERE name = 'Gate')"
        )
        connection.execute("DELETE FROM providers_provider WHERE name = 'Gate'")


def test_admin_adds_a_provider_fetches_its_models_and_tests_it(open_tab, provider: Provider):
    provider.script(match="how are you", text="Fine, by the sea.", wait="go")
    hopper = open_tab("hopper", f"{PROVIDERS}add/")
    write(hopper.get_by_label("Name:"), "Gate")
    write(hopper.get_by_label("Address:"), provider.base_url)
    write(hopper.get_by_label("New API key:"), "sk-of-the-gate")
    hopper.get_by_role("button", name="Save and continue editing").click()
    expect(hopper.get_by_text("Set. It is never shown again.")).to_be_visible()
    expect(hopper.get_by_label("New API key:")).to_have_value("")

    hopper.get_by_role("button", name="Fetch models").click()
    expect(hopper.get_by_text("2 new models.")).to_be_visible()
    expect(hopper.get_by_role("link", name="standin-reasoning")).to_be_visible()

    hopper.go_back()
    hopper.get_by_role("button", name="Test").click(no_wait_after=True)
    findings = hopper.get_by_role("log").get_by_role("listitem")
    # It is told while the rest is still to come.
    expect(findings).to_have_text(["It lists 2 models."])
    provider.release("go")
    expect(findings.last).to_have_text("Done. What was found is kept.")
    expect(findings.nth(1)).to_contain_text("Fine, by the sea.")
    hopper.get_by_role("link", name="Back to the provider").click()
    expect(hopper.get_by_text("continues stored responses")).to_be_visible()


def test_person_sees_quietly_which_settings_did_not_apply(ada):
    ask(ada, "How high is the tide?")
    await_answer(ada)
    said = ada.get_by_text("The model doesn't take all that was set. Not applied: effort.")
    expect(said).to_have_count(0)
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute("UPDATE conversations_response SET refused = '[\"reasoning.effort\"]' WHERE refused = '[]'")
    ada.reload()
    expect(said).to_be_visible()
    ada.get_by_role("button", name="More").last.click()
    expect(ada.get_by_role("group", name="About this answer")).to_contain_text("Not appliedeffort")
