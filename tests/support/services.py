"""A pytest plugin: the settings that the tests run under, and the embedded PostgreSQL unless DATABASE_URL names one.

It is loaded with `-p`, before pytest-django reads Django's settings.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

# PostgreSQL runs as a user of its own where the tests run as root, and must reach its folder.
data_dir = Path(tempfile.mkdtemp(prefix="chatsite-tests-"))
data_dir.chmod(0o755)
(data_dir / "static").mkdir()
atexit.register(shutil.rmtree, data_dir, ignore_errors=True)

for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "REDIS_URL", "PUBLIC_URL", "MODEL", "INSTRUCTIONS"):
    os.environ.pop(name, None)
os.environ["DATA_DIR"] = str(data_dir)
# A request more after each first answer would be in the way of the tests that look at requests.
os.environ["TITLE_MODEL"] = "none"
os.environ["SECRET_KEY"] = "a key for the tests alone, worth nothing to anybody"

from chatsite.embedded import start_postgres  # noqa: E402  the settings above come first

start_postgres()

# What a crash of the machine would do to the tests' database is nobody's concern, and commits get ten times quicker.
with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
    connection.execute("ALTER SYSTEM SET fsync = off")
    connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    """Pages name static files as they are; hashed names need a collectstatic, which the browser tests' server does."""
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
