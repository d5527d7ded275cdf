"""Assistants in the database of the site that the browser visits."""

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.support.browser.site import DATABASE_URL


def forget_defaults() -> None:
    """Forget what earlier tests chose to be answered by, and that they let facts be remembered."""
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute("DELETE FROM assistants_default; UPDATE accounts_user SET memory_is_on = false")


def archive_earlier_assistants() -> None:
    """Archive the assistants of earlier tests, so that each test begins with an empty list."""
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute("UPDATE assistants_assistant SET archived_at = now(), visibility = 'private'")


def store_assistant(owner: str, *, name: str, visibility: str = "private", **content: Any) -> str:
    """Store an assistant with one version, and return its id."""
    assistant, version = uuid.uuid4(), uuid.uuid4()
    fields = {
        "description": "",
        "icon": "",
        "instructions": "",
        "settings": {},
        "starters": [],
        "handoffs": [],
    } | content
    with psycopg.connect(DATABASE_URL) as connection:
        [(owner_id,)] = connection.execute("SELECT id FROM accounts_user WHERE username = %s", [owner]).fetchall()
        connection.execute(
            "INSERT INTO assistants_assistant (id, owner_id, visibility, created_at, updated_at)"
            " VALUES (%s, %s, %s, now(), now())",
            [assistant, owner_id, visibility],
        )
        connection.execute(
            "INSERT INTO assistants_assistantversion (id, assistant_id, number, name, description, icon, instructions,"
            " settings, starters, handoffs, created_by_id, created_at)"
            " VALUES (%s, %s, 1, %s, %s, %s, %s, %s, %s, %s, %s, now())",
            [
                version,
                assistant,
                name,
                fields["description"],
                fields["icon"],
                fields["instructions"],
                json.dumps(fields["settings"]),
                json.dumps(fields["starters"]),
                json.dumps(fields["handoffs"]),
                owner_id,
            ],
        )
        connection.execute("UPDATE assistants_assistant SET newest_id = %s WHERE id = %s", [version, assistant])
    return str(assistant)


def store_model(name: str, *, dialect: str = "responses", **fields: Any) -> str:
    """Store a model of a provider of its own, and return its id. One of that name may be there from another test."""
    values = {"title": "", "efforts": [], "default_effort": "", "temperature": "always"} | fields
    values = {"takes_functions": False, "hosted_tools": []} | values
    with psycopg.connect(DATABASE_URL) as connection:
        known = connection.execute("SELECT id FROM providers_model WHERE name = %s", [name]).fetchall()
        if known:
            return str(known[0][0])
        provider, model = uuid.uuid4(), uuid.uuid4()
        connection.execute(
            "INSERT INTO providers_provider (id, name, dialect, base_url, key, headers, organization, project, timeout,"
            " connect_timeout, store, background, capabilities, is_from_environment, is_enabled, created_at,"
            " updated_at)"
            " VALUES (%s, %s, %s, 'http://127.0.0.1:1/v1', '', '', '', '', 300, 10, true, 'auto', '{}', false, true,"
            " now(), now())",
            [provider, f"Provider of {name}", dialect],
        )
        connection.execute(
            "INSERT INTO providers_model (id, provider_id, name, title, efforts, default_effort, takes_verbosity,"
            " takes_summaries, temperature, takes_images, takes_files, takes_functions, hosted_tools, output_format,"
            " is_enabled, created_at, updated_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, false, false, %s, true, false, %s, %s, '', true, now(), now())",
            [
                model,
                provider,
                name,
                values["title"],
                json.dumps(values["efforts"]),
                values["default_effort"],
                values["temperature"],
                values["takes_functions"],
                json.dumps(values["hosted_tools"]),
            ],
        )
    return str(model)


def offer_model(
    name: str,
    *,
    efforts: list[str],
    takes_verbosity: bool = False,
    takes_functions: bool = False,
    hosted_tools: Sequence[str] = (),
    context_window: int | None = None,
) -> None:
    """Offer a model of the provider that answers in the tests, with these abilities, whatever it had before."""
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute(
            "INSERT INTO providers_model (id, provider_id, name, title, efforts, default_effort, takes_verbosity,"
            " takes_summaries, temperature, takes_images, takes_files, takes_functions, hosted_tools, output_format,"
            " is_enabled, context_window, created_at, updated_at)"
            " SELECT %s, id, %s, '', %s, '', %s, false, 'always', true, false, %s, %s, '', true, %s, now(), now()"
            " FROM providers_provider WHERE is_from_environment"
            " ON CONFLICT (provider_id, name) DO UPDATE SET efforts = EXCLUDED.efforts, takes_verbosity ="
            " EXCLUDED.takes_verbosity, takes_functions = EXCLUDED.takes_functions, hosted_tools ="
            " EXCLUDED.hosted_tools, is_enabled = true, context_window = EXCLUDED.context_window, updated_at = now()",
            [
                uuid.uuid4(),
                name,
                json.dumps(efforts),
                takes_verbosity,
                takes_functions,
                json.dumps(hosted_tools),
                context_window,
            ],
        )


@contextmanager
def provider_named(name: str) -> Iterator[None]:
    """Give the provider that answers in the tests a name, instead of its address, while the block runs."""
    rename = "UPDATE providers_provider SET name = %s WHERE is_from_environment"
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        [(before,)] = connection.execute("SELECT name FROM providers_provider WHERE is_from_environment").fetchall()
        connection.execute(rename, [name])
        try:
            yield
        finally:
            connection.execute(rename, [before])
