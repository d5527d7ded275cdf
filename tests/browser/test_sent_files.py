"""What the page says of files that a model can't see as they are."""

from playwright.sync_api import FilePayload, expect

from tests.support.browser.chat import answers, ask, await_answer
from tests.support.images import encoded, image


def test_page_says_that_only_the_first_rows_of_a_long_table_were_sent(ada):
    rows = "".join(f"Port {number};{number}\n" for number in range(1500))
    table: FilePayload = {"name": "tides.csv", "mimeType": "text/csv", "buffer": f"port;metres\n{rows}".encode()}
    with ada.expect_response("**/attachments/"):
        with ada.expect_file_chooser() as chooser:
            ada.get_by_role("button", name="Attach files").click()
        chooser.value.set_files(table)
    ask(ada, "How many ports are there?")
    await_answer(ada)
    for _ in range(2):
        note = answers(ada).get_by_text("The model was sent the first 1,000 rows")
        expect(note).to_be_visible()
        ada.reload()
    ask(ada, "And then?")
    await_answer(ada)
    expect(answers(ada).last.get_by_text("The model was sent the first 1,000 rows")).to_be_hidden()


def test_original_detail_is_offered_only_for_a_model_that_has_it(ada):
    with ada.expect_file_chooser() as chooser:
        ada.get_by_role("button", name="Attach files").click()
    chooser.value.set_files({"name": "harbour.png", "mimeType": "image/png", "buffer": encoded(image(64, 32))})
    original = ada.get_by_label("Detail of harbour.png").locator("option[value=original]")
    expect(original).to_have_css("display", "none")
    ada.locator("chat-composer").evaluate("form => { form.dataset.takesOriginal = 'true' }")
    expect(original).to_have_css("display", "block")
