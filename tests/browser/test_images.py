"""Images: picked, pasted, dropped or given by address; sent to the model; shown small, in full, and to nobody else."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.support.browser.chat import answers, ask, await_answer, questions
from tests.support.browser.keys import write
from tests.support.browser.site import running_site
from tests.support.browser.tabs import sign_in
from tests.support.images import encoded, image


@pytest.fixture
def image_file() -> FilePayload:
    return {"name": "harbour.png", "mimeType": "image/png", "buffer": encoded(image(640, 320))}


def attach(tab: Page, *files: FilePayload) -> None:
    with tab.expect_file_chooser() as chooser:
        tab.get_by_role("button", name="Attach files").click()
    chooser.value.set_files(list(files))


def attached(tab: Page):
    return tab.get_by_role("list", name="Attached files").get_by_role("listitem")


def await_loaded(tab: Page, selector: str) -> None:
    tab.wait_for_function("selector => document.querySelector(selector)?.naturalWidth > 0", arg=selector)


def test_image_is_attached_sent_and_viewed(ada, open_tab, provider, image_file):
    provider.script(text="A harbour.")
    attach(ada, image_file)
    expect(attached(ada)).to_have_count(1)
    ask(ada, "What is this?")
    await_answer(ada)

    content = provider.bodies()[0]["input"][-1]["content"]
    sent = next(part for part in content if part["type"] == "input_image")
    assert sent["image_url"].startswith("data:image/")
    expect(attached(ada)).to_have_count(0)
    await_loaded(ada, ".message .image img")

    questions(ada).get_by_role("link", name="Attached image").click()
    await_loaded(ada, "image-viewer img")
    expect(ada.get_by_role("dialog", name="Image")).to_be_visible()
    ada.keyboard.press("Escape")
    expect(ada.get_by_role("dialog", name="Image")).to_be_hidden()

    address = questions(ada).get_by_role("link", name="Attached image").get_attribute("href")
    mallory = open_tab("mallory")
    for path in (address, f"{address}thumbnail/", ada.url):
        assert mallory.request.get(path).status == 404


def test_image_that_the_model_refuses_is_left_out_and_the_page_says_so(browser, provider, image_file):
    provider.script(has='"input_image"', error={"status": 500, "body": {"error": {"message": "images not supported"}}})
    # A site of its own, because it remembers that the model takes no images.
    with running_site(provider.base_url, database="no_images") as address:
        tab = browser.new_context(base_url=address).new_page()
        sign_in(tab, "ada")
        tab.goto("/")
        attach(tab, image_file)
        ask(tab, "What is this?")
        await_answer(tab)
        for _ in range(2):
            expect(answers(tab)).to_contain_text("written without the images of your message")
            tab.reload()
        ask(tab, "And then?")
        await_answer(tab)
        expect(answers(tab).last.get_by_text("written without the images")).to_be_hidden()
        tab.context.close()


def test_image_without_text_is_a_message(ada, provider, image_file):
    provider.script(text="A harbour.")
    attach(ada, image_file)
    ada.get_by_role("button", name="Send").click()
    await_answer(ada)
    expect(answers(ada)).to_contain_text("A harbour.")


def test_images_can_be_pasted_and_dropped(ada):
    for event, data in (("paste", "clipboardData"), ("drop", "dataTransfer")):
        ada.evaluate(
            """async ([event, data]) => {
                const canvas = new OffscreenCanvas(8, 8);
                canvas.getContext("2d").fillRect(0, 0, 8, 8);
                const transfer = new DataTransfer();
                transfer.items.add(new File([await canvas.convertToBlob()], `${event}.png`, {type: "image/png"}));
                const Type = event === "paste" ? ClipboardEvent : DragEvent;
                document.body.dispatchEvent(new Type(event, {[data]: transfer, bubbles: true, cancelable: true}));
            }""",
            [event, data],
        )
        expect(ada.get_by_role("button", name=f"Remove {event}.png")).to_be_visible()
    expect(attached(ada).get_by_role("progressbar")).to_have_count(0)


def test_attached_image_survives_a_reload_and_can_be_removed(ada, image_file):
    attach(ada, image_file)
    expect(attached(ada).get_by_role("progressbar")).to_have_count(0)
    ada.reload()
    expect(attached(ada)).to_have_count(1)

    with ada.expect_response(re.compile("/attachments/")) as removed:
        attached(ada).get_by_role("button").click()
    assert removed.value.status == 204
    expect(attached(ada)).to_have_count(0)


def test_image_can_be_added_by_its_address(ada, provider):
    provider.script(text="A harbour.")
    ada.get_by_role("button", name="Add image from URL").click()
    write(ada.get_by_role("textbox", name="Image URL"), "http://example.org/harbour.png")
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("alert").filter(has_text="https://")).to_be_visible()

    write(ada.get_by_role("textbox", name="Image URL"), "https://example.org/harbour.png")
    ada.keyboard.press("Enter")
    ask(ada, "What is this?")
    await_answer(ada)
    content = provider.bodies()[0]["input"][-1]["content"]
    assert [part["image_url"] for part in content if part["type"] == "input_image"] == [
        "https://example.org/harbour.png"
    ]
    expect(questions(ada).get_by_role("link", name="https://example.org/harbour.png")).to_be_visible()


def test_too_many_images_are_refused_in_a_sentence(ada, image_file):
    attach(ada, *[image_file] * 4)
    expect(ada.get_by_role("alert").filter(has_text="up to 3 images")).to_be_visible()
    expect(attached(ada)).to_have_count(3)
