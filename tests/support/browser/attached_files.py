"""Files on the chat page: attached, and opened."""

from playwright.sync_api import FilePayload, Locator, Page, expect


def attach(tab: Page, files: dict[str, bytes]) -> None:
    """Attach files by their names, and wait until they are read."""
    with tab.expect_file_chooser() as chooser:
        tab.get_by_role("button", name="Attach files").click()
    chosen: list[FilePayload] = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files.items()
    ]
    chooser.value.set_files(chosen)
    expect(attached(tab)).to_have_count(len(files))
    expect(attached(tab).get_by_role("progressbar")).to_have_count(0)


def attached(tab: Page) -> Locator:
    return tab.get_by_role("list", name="Attached files").get_by_role("listitem")


def open_file(tab: Page, card: Locator, name: str) -> Locator:
    """Open a file by its card; return the dialog that shows it."""
    card.click()
    dialog = tab.get_by_role("dialog", name=name)
    expect(dialog.get_by_role("link", name="Download")).to_be_visible()
    return dialog
