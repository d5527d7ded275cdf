"""Assistants in the database of the site that the browser visits."""

import json
import uuid
from typing import Any

import psycopg

from tests.support.browser.site import DATABASE_URL


def archive_earlier_assistants() -> None:
    """Archive the assistants of earlier tests, and forget defaults, so that each test begins with an empty list."""
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute("DELETE FROM assistants_default")
        connection.execute("UPDATE assistants_assistant SET archived_at = now(), visibility = 'private'")


def store_assistant(owner: str, *, name: str, visibility: str = "private", **content: Any) -> str:
    """Store an assistant with one version, and return its id."""
    assistant, version = uuid.uuid4(), uuid.uuid4()
    fields = {"description": "", "icon": "", "instructions": "", "settings": {}, "starters": []} | content
    with psycopg.connect(DATABASE_URL) as connection:
        [(owner_id,)] = connection.execute("SELECT id FROM accounts_user WHERE username = %s", [owner]).fetchall()
        connection.execute(
            "INSERT INTO assistants_assistant (id, owner_id, visibility, created_at, updated_at)"
            " VALUES (%s, %s, %s, now(), now())",
            [assistant, owner_id, visibility],
        )
        connection.execute(
            "INSERT INTO assistants_assistantversion (id, assistant_id, number, name, description, icon, instructions,"
            " settings, starters, created_by_id, created_at) VALUES (%s, %s, 1, %s, %s, %s, %s, %s, %s, %s, now())",
            [
                version,
                assistant,
                name,
                fields["description"],
                fields["icon"],
                fields["instructions"],
                json.dumps(fields["settings"]),
                json.dumps(fields["starters"]),
                owner_id,
            ],
        )
        connection.execute("UPDATE assistants_assistant SET newest_id = %s WHERE id = %s", [version, assistant])
    return str(assistant)
