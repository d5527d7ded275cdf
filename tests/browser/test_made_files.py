"""Files that models make: opened and downloaded where the text names them, else below it, by who may read it."""

import base64
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.browser.chat import answers, ask, await_answer
from tests.support.browser.sharing import share_link
from tests.support.containers import file, interpreted, said, steps
from tests.support.images import encoded, image

TABLE = b"port,metres\r\nBrest,6.1\r\n"
PLOT = f"data:image/png;base64,{base64.b64encode(encoded(image(640, 320))).decode()}"
WORDS = "Here is [the table](sandbox:/mnt/data/tide%20table.csv), and [a report](sandbox:/mnt/data/lost.pdf)."


def check(tab: Page) -> None:
    """Check what a reader gets of the files."""
    answer = answers(tab)
    answer.get_by_role("link", name="the table").click()
    dialog = tab.get_by_role("dialog", name="the table")
    expect(dialog.get_by_text("Brest,6.1")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    with tab.expect_download() as download:
        answer.get_by_role("link", name="Download tide table.csv").click()
    assert download.value.suggested_filename == "tide table.csv"
    assert Path(download.value.path()).read_bytes() == TABLE
    expect(answer.get_by_role("link", name="a report")).to_have_count(0)
    listed = answer.get_by_role("list", name="Files").get_by_role("listitem")
    expect(listed).to_have_count(3)
    expect(listed.get_by_role("img", name="image.png")).to_have_js_property("naturalWidth", 640)
    width = listed.get_by_role("img", name="image.png").evaluate("image => image.clientWidth")
    assert width > 300
    expect(listed.get_by_role("link", name="Download image.png")).to_be_visible()
    expect(listed.get_by_role("link", name="Download notes.txt")).to_be_visible()
    listed.get_by_role("link", name="notes.txt 5 bytes").click()
    dialog = tab.get_by_role("dialog", name="notes.txt")
    expect(dialog.get_by_text("hello")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(listed.get_by_text("lost.pdf couldn't be kept")).to_be_visible()
    listed.get_by_role("link", name="image.png", exact=True).click()
    expect(tab.get_by_role("dialog", name="Image").get_by_role("img")).to_have_js_property("naturalWidth", 640)
    tab.keyboard.press("Escape")
    # What is listed here isn't a source, too.
    expect(answer.get_by_text("Sources")).to_be_hidden()


def test_files_are_read_live_stored_and_shared(ada, open_tab, provider):
    provider.container("cntr_9", file("cfile_1", "tide table.csv", TABLE), file("cfile_2", "notes.txt", b"hello"))
    program = interpreted({"type": "logs", "logs": "1 port"}, {"type": "image", "url": PLOT}, container="cntr_9")
    cited = [("cfile_1", "tide table.csv"), ("cfile_0", "lost.pdf")]
    provider.script(steps=steps(program, said(WORDS, *cited, container="cntr_9")))
    ask(ada, "Plot the tides")
    await_answer(ada)
    check(ada)
    code = answers(ada).locator("output-item")
    code.locator("summary").click()
    expect(code.get_by_text("1 port")).to_be_visible()
    expect(code.get_by_role("img")).to_have_js_property("naturalWidth", 640)
    ada.reload()
    check(ada)
    check(open_tab("grace", share_link(ada)))
