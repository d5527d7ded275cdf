"""What people say about themselves is told to the model, unless they don't want it."""

from playwright.sync_api import Page, expect

from tests.support.browser.chat import ask, await_answer
from tests.support.browser.keys import write


def save(tab: Page, text: str, *, is_told: bool) -> None:
    tab.goto("/preferences/")
    write(tab.get_by_role("textbox", name="About me"), text)
    tab.get_by_role("checkbox", name="Tell the model about me").set_checked(is_told)
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_text("Preferences saved.")).to_be_visible()


def told(tab: Page, provider, *, is_temporary: bool = False) -> str:
    """Return what the model is told before a message."""
    tab.goto("/")
    if is_temporary:
        tab.get_by_role("switch", name="Temporary chat").click()
    provider.forget_requests()
    ask(tab, "When is high tide?")
    await_answer(tab)
    (body,) = [body for body in provider.bodies() if body.get("stream")]
    return body["instructions"] or ""


def test_model_is_told_about_the_person_as_long_as_they_want(open_tab, provider):
    provider.script(text="At noon.")
    tab = open_tab("grace")
    try:
        save(tab, "I sail.\nBe brief.", is_told=True)
        assert told(tab, provider).endswith("I sail.\nBe brief.")
        assert "I sail." not in told(tab, provider, is_temporary=True)
        tab.get_by_role("button", name="Delete now").click()
        save(tab, "I sail.", is_told=False)
        assert "I sail." not in told(tab, provider)
        tab.goto("/preferences/")
        expect(tab.get_by_role("textbox", name="About me")).to_have_value("I sail.")
    finally:
        save(tab, "", is_told=True)
