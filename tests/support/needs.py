"""`python -m tests.support.needs`: make sure that what the tests talk to is on this machine; else say what to type."""

import os
import shutil
import subprocess
import sys

from tests.support.browser.chromium import ensure_browser


def main() -> None:
    ensure_browser()
    ensure("redis-server", package="redis-server")
    ensure("xgettext", package="gettext")


def ensure(program: str, *, package: str) -> None:
    """Install Debian's package where the program is missing and we may; else stop with the line to type."""
    if shutil.which(program):
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        install = ["apt-get", "install", "-y", "-qq", package]
        for command in (["apt-get", "update", "-qq"], install):
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    if not shutil.which(program):
        sys.exit(f"The tests need {program}: sudo apt-get install {package}")


if __name__ == "__main__":
    main()
