"""The site that the browser visits, with an account for each person."""

import json
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.support.site import database_url, started_site, wait_for

PEOPLE = {
    "ada": "analytical engine",
    "grace": "nanoseconds of wire",
    "mallory": "let me in please",
    "hopper": "first actual bug",
}

CREATE_PEOPLE = f"""
from accounts.models import User
for name, password in {PEOPLE!r}.items():
    is_admin = name == "hopper"
    User.objects.create_user(name, password=password, is_staff=is_admin, is_superuser=is_admin)
"""

DATABASE = "browser"
DATABASE_URL = database_url(DATABASE)


def await_earlier_answers() -> None:
    """Wait until the answers of earlier tests have ended: the server tells all tabs of a person of them."""
    running = "SELECT 1 FROM conversations_response WHERE status IN ('queued', 'in_progress') LIMIT 1"
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        wait_for(lambda: connection.execute(running).fetchone() is None)


def delete_earlier_conversations() -> None:
    """Delete the conversations of earlier tests, so that each test begins with empty lists."""
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute("UPDATE conversations_conversation SET deleted_at = now() WHERE deleted_at IS NULL")


def delete_earlier_prompts() -> None:
    """Delete the prompts of earlier tests."""
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute("DELETE FROM assistants_prompt")


def delete_earlier_servers() -> None:
    """Delete the MCP servers of earlier tests, and what people are connected to."""
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute(
            "DELETE FROM tools_mcpconnection; DELETE FROM tools_mcpserver_groups; DELETE FROM tools_mcpserver"
        )


def store_provider_server(*tools: str) -> None:
    """Store an MCP server "Tracker", with these tools, which the model's provider calls."""
    listed = [{"name": name, "input_schema": {"type": "object", "properties": {}}} for name in tools]
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute(
            "INSERT INTO tools_mcpserver (id, name, label, transport, url, auth, headers, tools, approvals, is_active,"
            " error, created_at, updated_at) VALUES (%s, 'Tracker', 'tracker', 'provider', 'https://tracker.example',"
            " 'none', '', %s, '{}', true, '', now(), now())",
            [uuid.uuid4(), json.dumps(listed)],
        )


@contextmanager
def emptied(table: str) -> Iterator[None]:
    """Put an empty table without columns in its place, so that reading more than the existence of a row fails."""
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO {table}_aside; CREATE TABLE {table} ()")
        try:
            yield
        finally:
            connection.execute(f"DROP TABLE {table}; ALTER TABLE {table}_aside RENAME TO {table}")


@contextmanager
def read_only(table: str) -> Iterator[None]:
    """Let nothing be inserted into a table or changed in it while the block runs."""
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT nothing_new CHECK (false) NOT VALID")
        try:
            yield
        finally:
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT nothing_new")


@contextmanager
def running_site(openai_base_url: str, *, database: str = DATABASE, **settings: str) -> Iterator[str]:
    """Run a site on which the people have accounts while the block runs; yield its address."""
    with (
        tempfile.TemporaryDirectory(prefix="chatsite-browser-", ignore_cleanup_errors=True) as folder,
        started_site(Path(folder), database, OPENAI_BASE_URL=openai_base_url, **settings) as site,
    ):
        site.run(CREATE_PEOPLE)
        yield site.address
