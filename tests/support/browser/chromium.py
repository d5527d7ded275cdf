"""The browser of the tests: an installed one, otherwise Playwright's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def executable() -> str | None:
    """Return the path of a Chromium, or None if there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def ensure_browser() -> None:
    """Install a Chromium if there is none; exit with the command if it can't be installed."""
    if executable():
        return
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        ways.append(["apt-get", "install", "-y", "-qq", "chromium"])
    for command in ways:
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
        if executable():
            return
    sys.exit("The tests need Chromium: sudo apt-get install chromium, or .venv/bin/playwright install chromium")


if __name__ == "__main__":
    ensure_browser()
