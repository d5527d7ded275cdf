"""Install the programs that the tests need, or say how to.

`python -m tests.support.needs --quick` leaves out the browsers, as `make test-quick` does.
"""

import os
import shutil
import subprocess
import sys

from tests.support.browser.chromium import ensure_browser


def main() -> None:
    if "--quick" not in sys.argv:
        ensure_browser()
        ensure("firefox-esr", package="firefox-esr")
        ensure("WebKitWebDriver", package="webkit2gtk-driver")
        ensure("Xvfb", package="xvfb")
    ensure("redis-server", package="redis-server")
    ensure("xgettext", package="gettext")


def ensure(program: str, *, package: str) -> None:
    """Install Debian's package if the program is missing and we are root; exit with the command if it stays missing."""
    if shutil.which(program):
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
        for command in (["apt-get", "update", "-qq"], install):
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    if not shutil.which(program):
        sys.exit(f"The tests need {program}: sudo apt-get install {package}")


if __name__ == "__main__":
    main()
