"""Draw static/icons/icon.svg as PNGs, for systems that read no SVG: `python -m tests.support.draw_icons`."""

from playwright.sync_api import sync_playwright

from chatsite.environment import BASE_DIR
from tests.support.browser.chromium import ARGUMENTS, executable

ICONS = BASE_DIR / "static" / "icons"
BACKGROUND = "#256352"
DRAWN = {
    "icon-192.png": (192, None),
    "icon-512.png": (512, None),
    # Systems round off the corners of these themselves.
    "maskable-512.png": (512, BACKGROUND),
    "apple-touch-icon.png": (180, BACKGROUND),
}


def main() -> None:
    drawing = (ICONS / "icon.svg").read_text()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        for name, (pixels, background) in DRAWN.items():
            page = browser.new_page(viewport={"width": pixels, "height": pixels})
            style = f"body {{ margin: 0; background: {background or 'none'} }} svg {{ display: block }}"
            page.set_content(f"<style>{style}</style>{drawing}")
            page.screenshot(path=ICONS / name, omit_background=background is None)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
