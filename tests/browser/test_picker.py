"""Choosing what answers: an assistant or a model, and how hard it thinks, beside the message field."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.assistants import archive_earlier_assistants, offer_model, store_assistant
from tests.support.browser.chat import PAUSED, answers, ask, await_answer, message_field, questions
from tests.support.browser.keys import write
from tests.support.browser.picker import choose, model_button, panel
from tests.support.site import wait_for


@pytest.fixture(autouse=True)
def offers(site_address) -> None:
    archive_earlier_assistants()
    offer_model("thinker-1", efforts=["low", "high"], takes_verbosity=True)
    offer_model("small-1", efforts=[], context_window=1000)


def effort_button(tab: Page) -> Locator:
    return tab.get_by_role("button", name=re.compile("^Effort: "))


def boxes(elements: Locator) -> list[dict[str, float]]:
    """Return the boxes of elements at one moment: the page may scroll in between."""
    found: list[dict[str, float]] = elements.evaluate_all(
        "all => all.map((each) => each.getBoundingClientRect().toJSON())"
    )
    return found


def choose_level(tab: Page, name: str) -> None:
    effort_button(tab).click()
    tab.get_by_role("radio", name=name, exact=True).check()
    tab.keyboard.press("Enter")


def test_model_and_effort_are_chosen_by_keyboard_and_stay_with_the_conversation(ada, provider):
    provider.script(text="Noted.")
    choose(ada, "thinker-1")
    choose_level(ada, "High")
    expect(effort_button(ada)).to_have_accessible_name("Effort: High")
    ask(ada, "When is high tide?")
    await_answer(ada)
    expect(answers(ada).locator(".answered-by")).to_have_text("thinker-1")
    ask(ada, "And low tide?")
    expect(answers(ada)).to_have_count(2)
    await_answer(ada)
    # A title is asked for with the same model.
    bodies = [body for body in provider.bodies() if body["model"] == "thinker-1" and "metadata" in body]
    assert [body["reasoning"]["effort"] for body in bodies[:2]] == ["high", "high"]
    ada.reload()
    expect(model_button(ada)).to_have_accessible_name("Model: thinker-1")
    expect(effort_button(ada)).to_have_accessible_name("Effort: High")


def test_name_of_the_model_has_room_on_a_small_phone(open_tab, provider):
    offer_model("caller-2", efforts=["low", "high"], takes_functions=True)
    tab = open_tab("ada", viewport={"width": 320, "height": 640}, has_touch=True)
    choose(tab, "caller-2")
    expect(effort_button(tab)).to_have_accessible_name(re.compile("^Effort: ."))
    expect(tab.get_by_role("button", name=re.compile("^Tools"))).to_be_visible()
    assert model_button(tab).locator(".name").evaluate("name => name.clientWidth") >= 48
    expect(tab.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
    # Also beside Stop, while it answers and more is written.
    provider.script(text="High tide is at noon.", **PAUSED)
    ask(tab, "When is high tide?")
    expect(tab.get_by_role("button", name="Stop")).to_be_visible()
    message_field(tab).click()
    tab.keyboard.type("And low tide?")
    buttons = [model_button(tab), effort_button(tab), tab.get_by_role("button", name="Stop")]
    placed = [button.bounding_box() for button in [*buttons, tab.get_by_role("button", name="Send", exact=True)]]
    assert all(left["x"] + left["width"] <= right["x"] for left, right in pairwise(placed))
    assert model_button(tab).locator(".name").evaluate("name => name.clientWidth") >= 24
    provider.release("go")


def test_choice_outlives_a_reload_in_mid_answer(ada, provider):
    provider.script(times=1, text="High tide is at noon.", **PAUSED)
    ask(ada, "When is high tide?")
    expect(answers(ada)).to_contain_text("High tide")
    choose(ada, "thinker-1")
    ada.reload()
    expect(model_button(ada)).to_have_accessible_name("Model: thinker-1")
    provider.release("go")
    await_answer(ada)
    expect(model_button(ada)).to_have_accessible_name("Model: thinker-1")
    ask(ada, "And low tide?")
    expect(answers(ada)).to_have_count(2)
    await_answer(ada)
    expect(answers(ada).last.locator(".answered-by")).to_have_text("thinker-1")


def test_assistant_brings_questions_and_asks_for_what_it_needs(open_tab, provider):
    provider.script(text="Noted.")
    store_assistant("ada", name="Pilot", icon="🧭", instructions="About {{harbour}}.", starters=["When is high tide?"])
    ada = open_tab("ada")
    choose(ada, "Pilot")
    ada.get_by_role("list", name="Questions to begin with").get_by_role("button").click()
    expect(ada.get_by_role("alert")).to_contain_text("Fill in first: harbour.")
    expect(ada.get_by_label("harbour")).to_be_focused()
    ada.keyboard.type("Brest")
    ada.keyboard.press("Enter")
    expect(message_field(ada)).to_be_focused()
    ada.keyboard.press("Enter")
    await_answer(ada)
    expect(questions(ada)).to_have_text(["When is high tide?"])
    assert provider.bodies()[0]["instructions"].startswith("About Brest.")
    expect(ada.get_by_label("harbour")).to_have_count(0)
    ada.get_by_role("button", name="More").click()
    expect(ada.get_by_role("group", name="About this answer")).to_contain_text("Pilot, version 1")


def test_favorites_stand_first_and_the_default_is_ones_own(open_tab):
    store_assistant("ada", name="Pilot")
    store_assistant("ada", name="Minutes")
    ada = open_tab("ada")
    model_button(ada).click()
    panel(ada).get_by_role("button", name="Favorite: Minutes").click()
    expect(panel(ada).get_by_role("button", name="Favorite: Minutes")).to_have_attribute("aria-pressed", "true")
    panel(ada).get_by_role("button", name=re.compile("^Pilot")).click()
    model_button(ada).click()
    expect(panel(ada).get_by_role("list", name="Favorites").get_by_role("button").first).to_contain_text("Minutes")
    panel(ada).get_by_role("button", name="Use by default").click()
    expect(panel(ada).get_by_role("button", name="Use by default")).to_be_hidden()
    ada.reload()
    expect(model_button(ada)).to_have_accessible_name("Model or assistant: Pilot")


def test_search_that_finds_nothing_says_so(ada):
    model_button(ada).click()
    write(panel(ada).get_by_role("searchbox"), "xyzzy")
    expect(panel(ada).get_by_text("Nothing found.")).to_be_visible()
    ada.keyboard.press("Escape")
    expect(panel(ada)).to_be_hidden()


def test_assistant_of_the_address_answers_the_first_message(open_tab, provider):
    pilot = store_assistant("ada", name="Pilot", instructions="Speak like a pilot.")
    provider.script(text="Aye.")
    ada = open_tab("ada", f"/?assistant={pilot}")
    expect(model_button(ada)).to_have_accessible_name("Model or assistant: Pilot")
    assert "assistant" not in ada.url
    ask(ada, "When is high tide?")
    await_answer(ada)
    assert provider.bodies()[0]["instructions"].startswith("Speak like a pilot.")


def test_assistant_that_was_archived_meanwhile_is_said_to_be(open_tab, provider):
    store_assistant("ada", name="Pilot")
    ada = open_tab("ada")
    choose(ada, "Pilot")
    archive_earlier_assistants()
    write(message_field(ada), "When is high tide?")
    # The server knows it as soon as its page doesn't offer it.
    wait_for(lambda: "Pilot" not in ada.request.get("/").text())
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("alert")).to_contain_text("was archived")
    expect(message_field(ada)).to_have_value("When is high tide?")


def test_meter_says_how_much_of_the_context_window_is_used_and_warns(ada, provider):
    meter = ada.get_by_role("button", name=re.compile(r"^Context: \d+% used, [\d,]+ of 1,000 tokens\."))
    advice = "Soon, earlier messages will be summarized for the model."
    choose(ada, "small-1")
    provider.script(times=1, text="Tide. " * 200)
    ask(ada, "When is high tide?")
    await_answer(ada)
    expect(meter).to_be_visible()
    expect(meter).not_to_have_accessible_name(re.compile(advice))
    provider.script(times=1, text="Tide. " * 300)
    ask(ada, "And low tide?")
    expect(answers(ada)).to_have_count(2)
    await_answer(ada)
    expect(meter).to_have_accessible_name(re.compile(advice))
    ada.reload()
    meter.click()
    expect(ada.get_by_role("group", name="Context")).to_contain_text(advice)
    ada.keyboard.press("Escape")
    # Its window isn't known.
    choose(ada, "thinker-1")
    expect(meter).to_be_hidden()


class TestComparing:
    def compare(self, tab: Page, *names: str) -> None:
        model_button(tab).click()
        panel(tab).get_by_role("button", name="Compare…").click()
        dialog = tab.get_by_role("dialog", name="Compare")
        for name in names:
            dialog.get_by_role("checkbox", name=name, exact=True).check()
        dialog.get_by_role("button", name="Compare").click()
        expect(model_button(tab)).to_contain_text("Compare")

    def test_answers_stand_side_by_side_until_one_is_continued(self, ada, provider):
        provider.script(text="High tide is at noon.")
        self.compare(ada, "thinker-1")
        expect(model_button(ada)).to_contain_text("Compare 2")
        ask(ada, "When is high tide?")
        expect(answers(ada)).to_have_text([re.compile("High tide is at noon"), re.compile("High tide is at noon")])
        expect(questions(ada)).to_have_count(1)
        expect(answers(ada).locator(".compared-by")).to_have_text(["standin", "thinker-1"])
        await_answer(ada)
        left, right = boxes(answers(ada))
        assert (left["y"], left["x"] < right["x"]) == (right["y"], True)
        [question] = boxes(questions(ada))
        assert question["right"] == pytest.approx(right["right"], abs=1)
        # All versions are seen at once.
        expect(ada.locator(".place:visible")).to_have_count(0)
        ada.reload()
        expect(answers(ada)).to_have_count(2)
        expect(ada.locator(".place:visible")).to_have_count(0)

        ada.get_by_role("link", name="Continue with this one").click()
        expect(answers(ada).first.locator(".compared-by")).to_have_text("thinker-1")
        ask(ada, "And low tide?")
        expect(questions(ada)).to_have_count(2)
        await_answer(ada)
        expect(answers(ada)).to_have_count(2)
        expect(model_button(ada)).to_have_accessible_name("Model: thinker-1")
        ada.reload()
        expect(answers(ada)).to_have_count(2)
        expect(ada.locator(".place:visible")).to_have_text("2 / 2")

    def test_each_thinks_as_hard_as_was_chosen(self, ada, provider):
        provider.script(text="High tide is at noon.")
        model_button(ada).click()
        panel(ada).get_by_role("button", name="Compare…").click()
        dialog = ada.get_by_role("dialog", name="Compare")
        effort = dialog.get_by_role("combobox", name="Effort of thinker-1")
        expect(effort).to_be_hidden()
        for name in ("small-1", "thinker-1"):
            dialog.get_by_role("checkbox", name=name, exact=True).check()
        expect(effort.get_by_role("option")).to_have_text(["Standard", "Low", "High"])
        # A model that doesn't think has no effort.
        expect(dialog.get_by_role("combobox", name="Effort of small-1")).to_have_count(0)
        effort.focus()
        ada.keyboard.press("H")
        expect(effort).to_have_value("high")
        dialog.get_by_role("button", name="Compare").click()
        for _ in range(2):
            expect(model_button(ada)).to_contain_text("Compare 3")
            ada.reload()
        model_button(ada).click()
        panel(ada).get_by_role("button", name="Compare…").click()
        expect(effort).to_have_value("high")
        dialog.get_by_role("button", name="Compare").click()
        ask(ada, "When is high tide?")
        expect(answers(ada)).to_have_count(3)
        for each in answers(ada).all():
            expect(each).to_contain_text("High tide is at noon")
        asked = [body for body in provider.bodies() if "metadata" in body]
        assert {body["model"]: body.get("reasoning", {}).get("effort") for body in asked} == {
            "standin": None,
            "small-1": None,
            "thinker-1": "high",
        }

    def test_answers_stand_one_below_the_other_on_a_phone(self, open_tab, provider):
        provider.script(text="High tide is at noon.")
        tab = open_tab("ada", viewport={"width": 390, "height": 844})
        self.compare(tab, "thinker-1")
        ask(tab, "When is high tide?")
        expect(answers(tab)).to_have_count(2)
        await_answer(tab)
        upper, lower = boxes(answers(tab))
        assert (upper["x"], upper["y"] < lower["y"]) == (lower["x"], True)

    def test_at_least_two_are_compared(self, ada):
        model_button(ada).click()
        panel(ada).get_by_role("button", name="Compare…").click()
        dialog = ada.get_by_role("dialog", name="Compare")
        expect(dialog.get_by_role("button", name="Compare")).to_be_disabled()
        dialog.get_by_role("button", name="Cancel").click()
        expect(model_button(ada)).to_have_accessible_name("Model: standin")
