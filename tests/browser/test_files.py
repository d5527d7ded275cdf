"""Files end to end: attached, read, sent to a model that answers from them, and opened where they stand."""

import pytest
from playwright.sync_api import Browser, Dialog, FilePayload, Locator, Page, Route, expect

from tests.support.browser.attached_files import attach, attached, open_file
from tests.support.browser.chat import answers, ask, await_answer, message_field, questions
from tests.support.browser.sharing import share_link
from tests.support.documents import HARBOUR, every, page, pdf, spreadsheet, table, text
from tests.support.images import encoded, image

TIDES = pdf(*(f"Page {number} of the tides. Low water at {number}." for number in range(1, 41)))


def cards(tab: Page) -> Locator:
    return questions(tab).last.locator("a.file-card")


def test_each_kind_is_sent_answered_from_and_opened(ada):
    names = list(every())
    for files in (names[:8], names[8:]):
        attach(ada, {name: every()[name] for name in files})
        expect(ada.get_by_text("About ").filter(has_text="tokens")).to_be_visible()
        ask(ada, "What do they say?")
        await_answer(ada)
        for name in files:
            expect(answers(ada).last.locator("p", has_text=f"File: {name}")).to_be_visible()
        expect(answers(ada).last).to_contain_text(HARBOUR)
        expect(attached(ada)).to_have_count(0)
        expect(cards(ada)).to_have_count(len(files))
        for name in files:
            card = questions(ada).last.get_by_role("link", name=name)
            expect(open_file(ada, card, name)).to_contain_text(HARBOUR)
            ada.keyboard.press("Escape")
            expect(ada.get_by_role("dialog", name=name)).to_have_count(0)
            expect(card).to_be_focused()
    ada.reload()
    expect(ada.locator("a.file-card")).to_have_count(len(every()))


def test_file_is_opened_by_whoever_may_read_it_and_nobody_else(ada, open_tab):
    attach(ada, {"tides.pdf": TIDES})
    ask(ada, "When is low water?")
    await_answer(ada)
    address = cards(ada).get_attribute("href")
    assert open_tab("mallory").request.get(f"{address}").status == 404
    grace = open_tab("grace", share_link(ada))
    expect(open_file(grace, cards(grace), "tides.pdf")).to_contain_text("Low water at 1.")
    hopper = open_tab("hopper", "/admin/conversations/conversation/")
    hopper.locator(".field-title_or_untitled a").first.click()
    hopper.locator("a.file-card").click()
    expect(hopper.get_by_text("Low water at 1.")).to_be_visible()


def test_pages_of_a_pdf_are_turned_enlarged_and_read_as_text(ada):
    attach(ada, {"tides.pdf": TIDES})
    dialog = open_file(ada, attached(ada).locator("a"), "tides.pdf")
    expect(dialog.get_by_text("of 40", exact=True)).to_be_visible()
    number = dialog.get_by_label("Page", exact=True)
    number.focus()
    ada.keyboard.type("30")
    ada.keyboard.press("Enter")
    expect(dialog.get_by_text("Low water at 30.")).to_be_in_viewport()
    canvas = dialog.locator("[data-page-number='30'] canvas").first
    before = canvas.evaluate("canvas => canvas.clientWidth")
    dialog.get_by_role("button", name="Zoom in").click()
    ada.wait_for_function(
        "before => document.querySelector(\"[data-page-number='30'] canvas\")?.clientWidth > before", arg=before
    )
    dialog.get_by_role("button", name="Text", exact=True).click()
    expect(dialog.get_by_role("heading", name="Page 1", exact=True)).to_be_visible()
    expect(dialog.get_by_role("region", name="Content")).to_contain_text("Low water at 40.")
    dialog.get_by_role("button", name="Close").click()
    expect(ada.get_by_role("dialog")).to_have_count(0)


def test_pages_of_a_pdf_stay_as_wide_as_the_window_until_one_zooms(ada):
    attach(ada, {"tides.pdf": TIDES})
    dialog = open_file(ada, attached(ada).locator("a"), "tides.pdf")
    expect(dialog.get_by_text("of 40", exact=True)).to_be_visible()
    ada.set_viewport_size({"width": 390, "height": 844})
    first = "document.querySelector(\"[data-page-number='1']\")"
    ada.wait_for_function(f"{first}.clientWidth <= 390")
    dialog.get_by_role("button", name="Zoom in").click()
    ada.wait_for_function(f"{first}.clientWidth > 390")
    ada.set_viewport_size({"width": 400, "height": 844})
    expect(dialog.get_by_text("Low water at 1.")).to_be_visible()
    assert ada.evaluate(f"{first}.clientWidth > 400")


def test_page_of_a_file_opens_at_a_page_and_at_a_passage(ada):
    attach(ada, {"tides.pdf": TIDES, "harbour.txt": text(*(f"Line {number}. " * 60 for number in range(80)))})
    pages, words = (attached(ada).locator("a").nth(place).get_attribute("href") for place in (0, 1))
    ada.goto(f"{pages}?page=12&passage=11")
    expect(ada.get_by_text("Low water at 12.")).to_be_in_viewport()
    expect(ada.locator(".highlight").first).to_be_visible()
    ada.goto(f"{words}?passage=15")
    cited = ada.locator("p[data-passage='15']")
    expect(cited).to_be_focused()
    expect(cited).to_be_in_viewport()
    expect(ada.locator("p[data-passage='0']")).not_to_be_in_viewport()


def test_text_is_not_loaded_to_its_end_in_search_of_a_page_that_it_lacks(ada):
    attach(ada, {"harbour.txt": text(*(f"Line {number}. " * 60 for number in range(800)))})
    address = attached(ada).locator("a").get_attribute("href")
    asked: list[str] = []
    ada.on("request", lambda request: asked.append(request.url))
    ada.goto(f"{address}?page=3")
    expect(ada.locator("p[data-passage='0']")).to_be_in_viewport()
    expect(ada.get_by_text("Loading")).to_have_count(0)
    assert [each.partition("/passages/")[2] for each in asked if "/passages/" in each] == ["?from=0"]


def test_tables_are_tables_and_grow_as_they_are_read(ada):
    rows = [("Ship", "Length"), *((f"Ship {number}", str(number)) for number in range(12_000))]
    attach(ada, {"ships.csv": table(rows), "ships.xlsx": spreadsheet()})
    dialog = open_file(ada, attached(ada).nth(0).locator("a"), "ships.csv")
    expect(dialog.get_by_role("columnheader", name="Length")).to_be_visible()
    expect(dialog.get_by_role("cell", name="Ship 7", exact=True)).to_be_visible()
    content = dialog.get_by_role("region", name="Content")
    last = dialog.get_by_role("cell", name="Ship 11999", exact=True)
    while not last.count():
        content.evaluate("content => content.scrollTo(0, content.scrollHeight)")
        ada.wait_for_function("count => document.querySelectorAll('tr').length > count", arg=ada.locator("tr").count())
    ada.keyboard.press("Escape")
    dialog = open_file(ada, attached(ada).nth(1).locator("a"), "ships.xlsx")
    expect(dialog.get_by_role("cell", name="Grace")).to_be_visible()


def test_code_is_highlighted(ada):
    attach(ada, {"tides.py": b"def high_water() -> int:\n    return 12\n"})
    dialog = open_file(ada, attached(ada).locator("a"), "tides.py")
    expect(dialog.locator("code .hljs-keyword").first).to_have_text("def")


def test_markup_in_a_file_and_in_its_name_stays_text(ada):
    said: list[str] = []

    def note(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    ada.on("dialog", note)
    script = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    name = "<img src=x onerror=alert(3)>.txt"
    attach(ada, {name: script.encode(), "page.html": page(f"<p>{HARBOUR}</p>{script}")})
    ask(ada, "What is this?")
    await_answer(ada)
    expect(open_file(ada, cards(ada).nth(0), name)).to_contain_text(script)
    ada.keyboard.press("Escape")
    expect(open_file(ada, cards(ada).nth(1), "page.html")).to_contain_text(HARBOUR)
    ada.reload()
    expect(cards(ada).nth(0)).to_contain_text(name)
    assert not said


@pytest.fixture
def unwatched(browser: Browser, open_tab, site_address, signed_in):
    """Return a tab whose console may have errors: the browser logs each answer that refuses something."""
    open_tab("ada").close()
    context = browser.new_context(base_url=site_address, storage_state=signed_in["ada"])
    tab = context.new_page()
    tab.goto("/")
    yield tab
    context.close()


def test_file_that_cannot_be_read_is_refused_in_a_sentence(unwatched):
    unwatched.locator("input[type=file]").first.set_input_files(
        {"name": "setup.exe", "mimeType": "application/octet-stream", "buffer": b"MZ\0\xff" * 20}
    )
    expect(unwatched.get_by_role("alert").filter(has_text="“setup.exe”: ")).to_be_visible()
    expect(attached(unwatched)).to_have_count(0)


def test_each_of_many_files_that_are_refused_is_named_and_stays_named_while_one_writes(unwatched):
    broken: list[FilePayload] = [
        {"name": f"{number}.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\nnothing"} for number in range(3)
    ]
    unwatched.locator("input[type=file]").first.set_input_files(broken)
    alert = unwatched.get_by_role("alert").filter(has_text="“0.pdf”: ")
    for number in range(3):
        expect(alert).to_contain_text(f"“{number}.pdf”: ")
    message_field(unwatched).focus()
    unwatched.keyboard.type("What do they say?")
    expect(alert).to_contain_text("“2.pdf”: ")
    unwatched.keyboard.press("Enter")
    expect(alert).to_be_hidden()


def test_message_that_waits_for_a_file_is_not_sent_without_it(unwatched):
    asked: list[Route] = []
    unwatched.route("**/attachments/", lambda route: asked.append(route))
    unwatched.locator("input[type=file]").first.set_input_files(
        {"name": "setup.exe", "mimeType": "application/octet-stream", "buffer": b"MZ\0\xff" * 20}
    )
    message_field(unwatched).focus()
    unwatched.keyboard.type("What does it do?")
    unwatched.keyboard.press("Enter")
    expect(unwatched.get_by_role("button", name="Don't send")).to_be_visible()
    asked.pop().continue_()
    expect(unwatched.get_by_role("alert").filter(has_text="“setup.exe”: ")).to_be_visible()
    expect(message_field(unwatched)).to_have_value("What does it do?")
    expect(questions(unwatched)).to_have_count(0)


def test_file_that_is_attached_beside_many_is_seen(ada):
    attach(ada, {f"{number}.txt": text(f"Tide {number}") for number in range(8)})
    expect(attached(ada).last).to_be_in_viewport()


def test_upload_that_breaks_off_is_tried_again(ada):
    ada.context.set_offline(True)
    ada.locator("input[type=file]").first.set_input_files(
        {"name": "harbour.txt", "mimeType": "text/plain", "buffer": text(HARBOUR)}
    )
    expect(attached(ada).get_by_text("Couldn't be uploaded")).to_be_visible()
    message_field(ada).focus()
    ada.keyboard.type("What does it say?")
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("alert").filter(has_text="A file couldn't be uploaded")).to_be_visible()
    ada.context.set_offline(False)
    ada.get_by_role("button", name="Retry: harbour.txt").click()
    expect(attached(ada).get_by_role("progressbar")).to_have_count(0)
    ada.get_by_role("button", name="Send").click()
    await_answer(ada)
    expect(answers(ada)).to_contain_text(HARBOUR)


def test_files_of_a_draft_and_of_a_message_that_is_edited_keep_their_names(ada):
    attach(ada, {"tides.pdf": TIDES, "harbour.txt": text(HARBOUR)})
    ada.reload()
    expect(attached(ada).nth(0)).to_contain_text("40 pages")
    ask(ada, "What do they say?")
    await_answer(ada)
    ada.get_by_role("button", name="Edit").click()
    ada.get_by_role("button", name="Remove tides.pdf").click()
    ada.get_by_role("button", name="Ask", exact=True).click()
    await_answer(ada)
    expect(cards(ada)).to_have_count(1)
    expect(cards(ada)).to_contain_text("harbour.txt")


def test_detail_of_an_image_is_chosen_sent_and_kept(ada, provider):
    attach(ada, {"harbour.png": encoded(image(640, 320))})
    ada.get_by_label("Detail of harbour.png").select_option("high")
    ada.reload()
    expect(ada.get_by_label("Detail of harbour.png")).to_have_value("high")
    ask(ada, "What is this?")
    await_answer(ada)
    ada.get_by_role("button", name="Regenerate").click()
    await_answer(ada)
    sent = [body["input"][-1]["content"] for body in provider.bodies()[-2:]]
    assert [part["detail"] for parts in sent for part in parts if part["type"] == "input_image"] == ["high", "high"]
