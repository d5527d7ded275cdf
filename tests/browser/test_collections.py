"""Collections: made, filled, read, emptied and deleted in the page, and what is said when something goes wrong."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.support import documents
from tests.support.browser.collections import new_collection, payload, upload
from tests.support.browser.files import delete_earlier_files

DROP = """(element, names) => {
    const data = new DataTransfer();
    for (const name of names) data.items.add(new File([`The tide of ${name}`], name, {type: "text/plain"}));
    for (const type of ["dragover", "drop"])
        element.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


@pytest.fixture(autouse=True)
def no_files() -> Iterator[None]:
    delete_earlier_files()
    yield
    delete_earlier_files()


def entries(tab: Page) -> Locator:
    return tab.get_by_role("list", name="Files", exact=True).get_by_role("listitem")


def summary(tab: Page) -> Locator:
    return tab.locator(".summary")


def test_collection_is_filled_and_says_how_far_each_file_is(ada):
    new_collection(ada, "Handbook")
    upload(
        ada,
        payload("duties.txt", documents.text("Ada is on duty on Friday.")),
        payload("tides.pdf", documents.pdf("High tide is at noon.", "Low tide is at six.")),
        payload("broken.pdf", b"%PDF-1.7\nnothing of it is there"),
    )
    expect(summary(ada)).to_have_text("3 files · 1 couldn't be read")
    tides, broken = (entries(ada).filter(has_text=name) for name in ("tides.pdf", "broken.pdf"))
    expect(tides).to_contain_text("2 pages")
    expect(broken).to_contain_text("damaged")
    broken.get_by_role("button", name="Try again: broken.pdf").click()
    expect(broken).to_contain_text("damaged")
    ada.get_by_label("State").select_option("Failed")
    ada.get_by_role("search").get_by_role("button", name="Search").click()
    expect(entries(ada)).to_have_count(1)
    ada.get_by_role("button", name="Delete broken.pdf").click()
    expect(ada.get_by_role("link", name="Show all files")).to_be_visible()
    expect(summary(ada)).to_have_text("2 files")
    ada.get_by_role("link", name="Show all files").click()
    expect(entries(ada)).to_have_count(2)


def test_what_is_deleted_comes_back(ada):
    new_collection(ada, "Handbook")
    ada.locator("main").evaluate(DROP, ["a.txt", "b.txt", "c.txt"])
    expect(summary(ada)).to_have_text("3 files")
    ada.get_by_role("button", name="Delete b.txt").focus()
    ada.keyboard.press("Enter")
    expect(entries(ada)).to_have_count(2)
    expect(ada.get_by_role("button", name=re.compile("^Delete [ac].txt"))).to_have_count(2)
    assert ada.evaluate("document.activeElement.classList.contains('delete')")
    ada.keyboard.press("Control+z")
    expect(entries(ada)).to_have_count(3)
    expect(ada.get_by_role("button", name="Delete b.txt")).to_be_focused()
    expect(summary(ada)).to_have_text("3 files")

    ada.get_by_text("Empty or delete…").click()
    ada.get_by_role("button", name="Delete all files").click()
    expect(summary(ada)).to_have_text("No files yet")
    expect(ada.get_by_text("Nothing here yet. Upload")).to_be_visible()
    ada.get_by_role("button", name="Undo").click()
    expect(entries(ada)).to_have_count(3)

    ada.get_by_role("button", name="Delete the collection").click()
    expect(ada.get_by_text("“Handbook” was deleted.")).to_be_visible()
    expect(ada.get_by_role("region", name="Knowledge").get_by_role("link")).to_have_count(0)
    ada.get_by_role("button", name="Undo").click()
    expect(ada.get_by_role("heading", name="Handbook")).to_be_visible()
    expect(entries(ada)).to_have_count(3)


def test_upload_that_breaks_off_is_said_and_tried_again(ada, tmp_path):
    new_collection(ada, "Handbook")
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.truncate(50_000_001)
    ada.context.set_offline(True)
    upload(ada, *(payload(f"{number}.txt", documents.text(f"Tide {number}")) for number in range(5)))
    problems = ada.get_by_role("list", name="Files that weren't uploaded")
    expect(ada.get_by_role("alert").filter(has_text="5 files weren't uploaded:")).to_be_visible()
    expect(problems.get_by_role("listitem").first).to_contain_text("The connection was lost.")
    upload(ada, large)
    expect(problems.get_by_text("large.pdf: The file is larger than 50 MB.")).to_be_visible()
    ada.context.set_offline(False)
    ada.get_by_role("button", name="Try again", exact=True).click()
    expect(summary(ada)).to_have_text("5 files")
    expect(problems.get_by_role("listitem")).to_have_count(1)
    ada.get_by_role("button", name="Dismiss").first.click()
    expect(problems).to_be_hidden()


def test_many_files_are_uploaded_with_progress_and_can_be_stopped(ada):
    new_collection(ada, "Handbook")
    asked: list[Route] = []

    def let_three_pass(route: Route) -> None:
        asked.append(route)
        if len(asked) <= 3:
            route.continue_()

    ada.route("**/files/add/", let_three_pass)
    ada.locator("main").evaluate(DROP, [f"{number:02}.txt" for number in range(20)])
    expect(ada.get_by_text("3 of 20 files are uploaded")).to_be_visible()
    expect(ada.get_by_role("progressbar", name="Upload")).to_be_visible()
    assert len(asked) <= 6, "a few at once"
    ada.get_by_role("button", name="Stop").click()
    expect(ada.get_by_text("of 20 files are uploaded")).to_be_hidden()
    expect(summary(ada)).to_have_text("3 files")


def test_shared_collection_is_read_by_others_and_changed_by_none_of_them(open_tab):
    hopper = open_tab("hopper")
    new_collection(hopper, "<b>Rules</b>")
    upload(hopper, payload("<i>rules.txt", documents.text("Ring the bell.")))
    expect(summary(hopper)).to_have_text("1 file")
    hopper.get_by_role("link", name="Edit").click()
    hopper.get_by_label("Everybody").check()
    hopper.get_by_role("button", name="Save").click()
    expect(hopper.get_by_text("For everybody")).to_be_visible()
    ada = open_tab("ada", "/files/")
    ada.get_by_role("link", name="<b>Rules</b>").click()
    expect(entries(ada)).to_contain_text(["<i>rules.txt"])
    expect(ada.get_by_role("button", name="Upload files")).to_have_count(0)
    expect(ada.get_by_role("button", name=re.compile("^Delete"))).to_have_count(0)
