"""The review: an admin finds other people's conversations, and reads their messages, answers and errors."""

import psycopg
from playwright.sync_api import expect
from psycopg.types.json import Jsonb

from tests.support.browser.chat import answers, ask, await_answer
from tests.support.browser.keys import write
from tests.support.browser.site import DATABASE_URL
from tests.support.images import encoded, image

LIST = "/admin/conversations/conversation/"
HOSTILE = "</template><b>bold</b><img src=x onerror=\"document.title='taken'\">"


def test_admin_finds_a_conversation_by_a_word_of_its_answer_and_reads_it(ada, open_tab, provider):
    provider.script(match="grows here", text="**Samphire**, mostly.")
    error = {"type": "invalid_request_error", "code": "unfit", "message": "Not that one."}
    provider.script(match="eat it", error={"status": 400, "body": {"error": error}})
    with ada.expect_file_chooser() as chooser:
        ada.get_by_role("button", name="Attach files").click()
    chooser.value.set_files({"name": "marsh.png", "mimeType": "image/png", "buffer": encoded(image(640, 320))})
    ask(ada, "What grows here?")
    await_answer(ada)
    ask(ada, "Can I eat it?")
    expect(answers(ada)).to_have_count(2)
    await_answer(ada)

    hopper = open_tab("hopper", LIST)
    write(hopper.get_by_role("combobox", name="User name"), "ada")
    hopper.get_by_role("button", name="Filter").click()
    write(hopper.get_by_role("textbox", name="Search"), "samphire")
    hopper.get_by_role("button", name="Search").click()
    hopper.get_by_role("link", name="What grows here?").click()

    turns = hopper.get_by_role("listitem").filter(has=hopper.get_by_role("heading", name="ada"))
    expect(turns).to_have_count(2)
    first, second = turns.all()
    thumbnail = first.get_by_role("img", name="marsh.png")
    expect(thumbnail).to_be_visible()
    hopper.wait_for_function("image => image.naturalWidth > 0", arg=thumbnail.element_handle())
    expect(first.locator("strong")).to_have_text("Samphire")
    first.get_by_text("total tokens").click()
    expect(first.get_by_text("Provider's ID")).to_be_visible()
    expect(second).to_contain_text("Failed")
    expect(second).to_contain_text("Code: unfit")
    expect(second).to_contain_text("Detail: Not that one.")

    hopper.get_by_role("link", name="Conversations", exact=True).click()
    expect(hopper.get_by_role("textbox", name="Search")).to_have_value("samphire")
    expect(hopper.get_by_role("combobox", name="User name")).to_have_value("ada")


def test_review_shows_items_of_a_message_beside_its_text(open_tab, ada):
    ask(ada, "And now?")
    await_answer(ada)
    given = [
        {"type": "function_call_output", "call_id": "call_1", "output": '{"metres": 6}'},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": HOSTILE}, {"type": HOSTILE}]},
        HOSTILE,
    ]
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute("UPDATE conversations_response SET input = %s || input", [Jsonb(given)])

    hopper = open_tab("hopper", LIST)
    hopper.locator(".field-title_or_untitled a").first.click()
    question = hopper.locator(".message").last
    expect(question.locator("output-item .title")).to_have_text(["Result", HOSTILE.capitalize(), "Unknown item"])
    question.locator("summary").first.click()
    expect(question.get_by_role("term")).to_have_text(["metres"])
    expect(question.get_by_role("definition")).to_have_text(["6"])
    expect(question.locator(".text")).to_have_text([HOSTILE, "And now?"])
    expect(hopper.locator("main img, main b")).to_have_count(0)
    expect(hopper).not_to_have_title("taken")


def test_review_fits_a_phone(open_tab, ada, provider):
    provider.script(text="Words. " * 200 + "`" + "code" * 200 + "`")
    ask(ada, "A" * 300)
    await_answer(ada)

    hopper = open_tab("hopper", LIST, viewport={"width": 390, "height": 800})
    assert hopper.evaluate("document.documentElement.scrollWidth") == 390
    hopper.get_by_role("link", name="AAAA").click()
    expect(hopper.get_by_role("heading", name="AAAA")).to_be_visible()
    # Style sheets may still be missing when the heading is there.
    hopper.wait_for_load_state()
    # Nothing was cited.
    expect(hopper.get_by_text("Sources")).to_be_hidden()
    assert hopper.evaluate("document.documentElement.scrollWidth") == 390


def test_people_who_are_no_admins_have_no_review(open_tab):
    mallory = open_tab("mallory")
    assert mallory.request.get(LIST).status == 403
    mallory.get_by_text("mallory").click()
    expect(mallory.get_by_role("link", name="Admin")).to_have_count(0)
