"""A pytest plugin: the tests' settings, and the embedded PostgreSQL unless DATABASE_URL names one.

Load it with `-p`, so that it comes before pytest-django reads Django's settings.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

# If the tests run as root, PostgreSQL runs as another user, who must reach this folder.
data_dir = Path(tempfile.mkdtemp(prefix="chatsite-tests-"))
data_dir.chmod(0o755)
(data_dir / "static").mkdir()
atexit.register(shutil.rmtree, data_dir, ignore_errors=True)

for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "REDIS_URL", "PUBLIC_URL", "MODEL", "INSTRUCTIONS"):
    os.environ.pop(name, None)
os.environ["DATA_DIR"] = str(data_dir)
# Tests that look at the provider's requests expect none for a title after each first answer.
os.environ["TITLE_MODEL"] = "none"
os.environ["SECRET_KEY"] = "a key for the tests alone, worth nothing to anybody"

from chatsite.embedded import start_postgres  # noqa: E402  the settings above come first

postgres = start_postgres()

# A worker of pytest-xdist has the address of the run that started it, which has done this already.
if postgres or "PYTEST_XDIST_WORKER" not in os.environ:
    superuser_url = postgres.superuser_url if postgres else os.environ["DATABASE_URL"]
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        # The tests' database need not survive a crash of the machine, and commits are far quicker without fsync.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
        if postgres:
            # All that the site's role lacks to run the tests.
            connection.execute("ALTER ROLE chatsite CREATEDB")


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    """Serve static files under plain names: only the browser tests' server collects hashed ones."""
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
