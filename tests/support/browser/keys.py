"""Writing as people do: with keys, not by setting a field's value."""

from playwright.sync_api import Locator

MAX_KEYSTROKES = 200


def write(field: Locator, text: str) -> None:
    """Replace what is in a field, key by key. Long texts and those of several lines come at once, as if pasted."""
    field.focus()
    keyboard = field.page.keyboard
    keyboard.press("ControlOrMeta+a")
    keyboard.press("Delete")
    if len(text) > MAX_KEYSTROKES or "\n" in text:
        keyboard.insert_text(text)
    else:
        keyboard.type(text)
