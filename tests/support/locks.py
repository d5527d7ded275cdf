"""Check that the lock files name no host, and pin what pyproject.toml asks for."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from chatsite.environment import BASE_DIR


def main() -> None:
    problems = [*hosts_in_locks(), *unpinned()]
    sys.exit("\n".join(problems) or 0)


def hosts_in_locks() -> list[str]:
    locks = [*(BASE_DIR / "requirements").glob("*.txt"), BASE_DIR / "package-lock.json"]
    return [f"{lock.name} names a host" for lock in locks if re.search(r'https?://|"resolved"', without_funding(lock))]


def without_funding(lock: Path) -> str:
    """Return the text of a lock file without the addresses of sponsors that npm puts in it."""
    if lock.suffix != ".json":
        return lock.read_text()
    packages = json.loads(lock.read_text())["packages"]
    return json.dumps([{k: v for k, v in package.items() if k != "funding"} for package in packages.values()])


def unpinned() -> list[str]:
    """Return a problem for each lock file that another `make lock`, without upgrades, would change."""
    problems = []
    for lock, extras in (("dev.txt", ["local", "dev"]), ("run.txt", ["local"])):
        locked = BASE_DIR / "requirements" / lock
        with tempfile.TemporaryDirectory() as folder:
            again = Path(folder) / lock
            again.write_text(locked.read_text())
            options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate"]
            options += [part for extra in extras for part in ("--extra", extra)]
            compile_ = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", *options, "-o", str(again)]
            subprocess.run(
                [*compile_, "pyproject.toml"],
                check=True,
                cwd=BASE_DIR,
                stderr=subprocess.DEVNULL,
            )
            if again.read_text() != locked.read_text():
                problems.append(f"requirements/{lock} does not fit pyproject.toml: make lock")
    return problems


if __name__ == "__main__":
    main()
