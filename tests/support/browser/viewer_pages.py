"""Files on the chat page, attached and opened: a function for each state, which opens it in a tab."""

from playwright.sync_api import FilePayload, expect

from tests.support.browser.attached_files import attach, attached, open_file
from tests.support.browser.chat import ask, await_answer, questions
from tests.support.documents import pdf, spreadsheet, table
from tests.support.images import encoded, image


def attached_files(open_tab, provider):
    """Show a message field with a file, an image, a file whose name is long, and one that couldn't be uploaded."""
    tab = open_tab("ada")
    attach(tab, {"tides.pdf": pdf(), "harbour.png": encoded(image()), f"{'a long name ' * 12}.csv": table()})
    tab.context.set_offline(True)
    lost: FilePayload = {"name": "lost.txt", "mimeType": "text/plain", "buffer": b"words"}
    tab.locator("input[type=file]").first.set_input_files(lost)
    expect(attached(tab).get_by_text("Couldn't be uploaded")).to_be_visible()
    tab.context.set_offline(False)
    return tab


def pdf_viewer(open_tab, provider):
    tab = open_tab("ada")
    attach(tab, {"tides.pdf": pdf("High water at noon.", "Low water at six.")})
    ask(tab, "What does it say?")
    await_answer(tab)
    dialog = open_file(tab, questions(tab).get_by_role("link", name="tides.pdf"), "tides.pdf")
    expect(dialog.get_by_text("High water at noon.")).to_be_visible()
    return tab


def file_page(open_tab, provider):
    tab = open_tab("ada")
    attach(tab, {"ships.xlsx": spreadsheet()})
    tab.goto(attached(tab).locator("a").get_attribute("href"))
    expect(tab.get_by_role("cell", name="Grace")).to_be_visible()
    return tab


VIEWER_PAGES = [attached_files, pdf_viewer, file_page]
