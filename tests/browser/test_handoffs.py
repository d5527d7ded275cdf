"""Handoffs: an answer says who took over, and the conversation goes on with them."""

import re

from playwright.sync_api import Page, expect

from tests.support.browser.assistants import archive_earlier_assistants, offer_model, store_assistant
from tests.support.browser.chat import answers, ask, await_answer
from tests.support.browser.keys import write
from tests.support.browser.picker import choose, model_button
from tests.support.provider import Provider


def test_conversation_goes_on_with_the_assistant_that_took_over(ada: Page, provider: Provider):
    archive_earlier_assistants()
    offer_model("caller-1", efforts=[], takes_functions=True)
    store_assistant("ada", name="Billing", icon="🧾", instructions="You do invoices.")
    for number in range(8):
        store_assistant("ada", name=f"Another {number}")
    desk = store_assistant("ada", name="Desk", instructions="You welcome people.")

    ada.goto(f"/assistants/{desk}/")
    names = ada.get_by_role("group", name="May hand over to")
    write(names.get_by_role("searchbox", name="Search assistants"), "bill")
    expect(names.get_by_role("checkbox")).to_have_count(1)
    names.get_by_role("checkbox", name="Billing").check()
    caller = ada.get_by_role("option", name=re.compile("^caller-1")).get_attribute("value")
    ada.get_by_role("combobox", name="Model").select_option(caller)
    ada.get_by_role("button", name="Save as a new version").click()
    expect(ada.get_by_text("Saved as version 2.")).to_be_visible()

    reason = "It is about an invoice."
    provider.script(match="invoice?", calls=[{"name": "transfer_to_billing", "arguments": f'{{"reason": "{reason}"}}'}])
    provider.script(match="Billing", text="It is on its way.")
    ada.goto("/")
    choose(ada, "Desk")
    ask(ada, "Where is my invoice?")
    await_answer(ada)
    for _ in range(2):
        answer = answers(ada).last
        expect(answer).to_contain_text(re.compile(f"Billing took over.*{reason}.*It is on its way", re.DOTALL))
        expect(model_button(ada)).to_have_accessible_name(re.compile("Billing"))
        ada.reload()
    provider.forget_requests()
    ask(ada, "And the next one?")
    expect(answers(ada)).to_have_count(2)
    await_answer(ada)
    assert [body["instructions"] for body in provider.bodies() if body.get("stream")] == ["You do invoices."]
    expect(answers(ada).last).not_to_contain_text("took over")
