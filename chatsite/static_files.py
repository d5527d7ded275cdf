"""Collecting the static files: only if something changed, and so that what is served is complete at any moment."""

import contextlib
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.management.commands.collectstatic import Command
from django.core.files import locks
from django.core.management import CommandError, call_command

from chatsite import bundle, npm, storage
from chatsite.environment import BASE_DIR

START_LOCK = "start.lock"
"""A file in the data folder."""
COLLECTED = "collected.json"
"""What was collected last: a digest of the sources, and the names of the files."""
RETENTION_SECONDS = 30 * 24 * 3600
"""For how long the files of an earlier version are served to tabs that were open before an upgrade."""


def collect() -> None:
    """Bring the collected static files up to date. Exit with a sentence if that can't be done.

    New files are made beside those that are served, and then moved to them: a name with a hash never gets another
    content. If anything fails, the earlier files stay as they are.
    """
    with start_lock():
        try:
            digest = digest_of_sources()
            if digest != read_collected(settings.STATIC_ROOT)[0]:
                publish(digest, made_anew())
        except CommandError as error:
            sys.exit(str(error))


@contextlib.contextmanager
def start_lock() -> Iterator[None]:
    """Wait until no other start uses this data folder: two at once would replace each other's static files."""
    folder = Path(settings.STATIC_ROOT).parent
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / START_LOCK).open("w") as file:
        locks.lock(file, locks.LOCK_EX)
        yield


def digest_of_sources() -> str:
    """Return a digest of all that the collected files are made of."""
    found = [Path(store.path(name)) for finder in get_finders() for name, store in finder.list([])]
    bundled = [path for name in bundle.FOLDERS for path in sorted((bundle.SOURCES / name).rglob("*.*"))]
    code = [Path(module.__file__ or "") for module in (bundle, npm, storage)]
    digest = hashlib.sha256()
    # The lock file pins the libraries and esbuild.
    for path in (*found, *bundled, *code, BASE_DIR / "package-lock.json"):
        digest.update(str(path).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def read_collected(root: Path) -> tuple[str, set[str]]:
    """Return the digest of the sources and the names of the files that were collected last."""
    try:
        digest, names = json.loads((root / COLLECTED).read_text())
    except (OSError, ValueError):
        return "", set()
    return digest, set(names)


def made_anew() -> Path:
    """Collect the static files in a folder of their own, and return it."""
    folder = Path(settings.STATIC_ROOT).with_suffix(".new")
    shutil.rmtree(folder, ignore_errors=True)
    command = Command()
    command.storage = storage.StaticFilesStorage(location=folder)
    call_command(command, verbosity=0, interactive=False)
    return folder


def publish(digest: str, new: Path) -> None:
    """Move new files to those that are served, the manifest last, and remove those that are outdated for long."""
    root = Path(settings.STATIC_ROOT)
    names = {path.relative_to(new).as_posix() for path in new.rglob("*") if path.is_file()}
    for name in read_collected(root)[1] - names:
        with contextlib.suppress(FileNotFoundError):
            os.utime(root / name)
    (new / COLLECTED).write_text(json.dumps([digest, sorted(names)]))
    manifest = storage.StaticFilesStorage.manifest_name
    for name in (*sorted(names - {manifest}), manifest, COLLECTED):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (new / name).replace(root / name)
    shutil.rmtree(new)
    outdated = time.time() - RETENTION_SECONDS
    for path in [path for path in root.rglob("*") if path.is_file() and path.stat().st_mtime < outdated]:
        if path.relative_to(root).as_posix() not in names:
            path.unlink()
