"""Files and collections of earlier tests."""

import psycopg

from tests.support.browser.site import DATABASE_URL


def delete_earlier_files() -> None:
    """Delete the collections of earlier tests, and what people uploaded."""
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute(
            "UPDATE knowledge_collection SET deleted_at = now() WHERE deleted_at IS NULL;"
            "UPDATE conversations_attachment SET deleted_at = now() WHERE deleted_at IS NULL"
        )
