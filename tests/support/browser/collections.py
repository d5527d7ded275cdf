"""Collections of files, as people make and fill them."""

from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect

from tests.support.browser.keys import write


def payload(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "", "buffer": content}


def new_collection(tab: Page, name: str) -> None:
    """Make a collection, from the chat on."""
    tab.get_by_role("navigation", name="Files").get_by_role("link").click()
    tab.get_by_role("region", name="Knowledge").get_by_role("button", name="New collection").click()
    write(tab.get_by_label("Name"), name)
    tab.get_by_role("button", name="Create collection").click()
    expect(tab.get_by_role("heading", name=name)).to_be_visible()
    tab.wait_for_load_state()


def upload(tab: Page, *files: FilePayload | Path) -> None:
    with tab.expect_file_chooser() as chooser:
        tab.get_by_role("button", name="Upload files").click()
    chooser.value.set_files([*files])  # type: ignore[arg-type]
