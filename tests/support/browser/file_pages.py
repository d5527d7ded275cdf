"""The pages of files and collections, for tests that look at every page."""

import uuid

import psycopg
from playwright.sync_api import expect

from tests.support.browser.files import delete_earlier_files
from tests.support.browser.site import DATABASE_URL

LONG = "a-name-without-any-spaces-" * 8
STATES = {
    "Tides.pdf": "read",
    f"{LONG}.docx": "failed",
    "Über die Ordnung im Hafen und auf den Schiffen, die darin liegen.odt": "waiting",
    "Long report.pdf": "reading",
}


def create_files() -> str:
    """Create a collection of ada's with a file in each state, and one without files; return the first one's id."""
    delete_earlier_files()
    made, digest = uuid.uuid4(), "d" * 64
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute(
            "INSERT INTO files_document (digest, kind, media_type, size, pages, characters, tokens, is_truncated,"
            " read_at) VALUES (%s, 'pdf', 'application/pdf', 1200, 12, 0, 0, false, now()) ON CONFLICT DO NOTHING",
            [digest],
        )
        for pk, name in ((made, "Handbook"), (uuid.uuid4(), LONG[:100])):
            connection.execute(
                "INSERT INTO knowledge_collection (id, owner_id, name, description, visibility, is_at_providers,"
                " created_at, updated_at) SELECT %s, id, %s, 'How we work.', 'private', false, now(), now()"
                " FROM accounts_user WHERE username = 'ada'",
                [pk, name],
            )
        for number, (name, state) in enumerate(STATES.items()):
            is_read = state == "read"
            values = [digest if is_read else None, digest if is_read else f"{number}" * 64, name, state]
            connection.execute(
                "INSERT INTO knowledge_collectionfile (id, collection_id, document_id, digest, name, state, problem,"
                " size, attributes, added_by_id, created_at, state_at) SELECT gen_random_uuid(), id, %s, %s, %s, %s,"
                " %s, 1200, '{}', owner_id, now(), now() FROM knowledge_collection WHERE id = %s",
                [*values, "broken" if state == "failed" else "", made],
            )
    return str(made)


def files_page(open_tab, provider):
    create_files()
    tab = open_tab("ada", "/files/")
    tab.get_by_role("button", name="Delete Tides.pdf").click()
    expect(tab.get_by_role("button", name="Undo")).to_be_visible()
    return tab


def no_files(open_tab, provider):
    delete_earlier_files()
    return open_tab("mallory", "/files/")


def collection(open_tab, provider):
    tab = open_tab("ada", f"/knowledge/{create_files()}/")
    tab.get_by_text("Empty or delete…").click()
    return tab


def collection_after_a_failed_upload(open_tab, provider):
    tab = open_tab("ada", f"/knowledge/{create_files()}/")
    tab.context.set_offline(True)
    names = (f"{LONG}.txt", "b.txt")
    tab.locator("collection-upload input[type=file]").set_input_files(
        [{"name": name, "mimeType": "", "buffer": name.encode()} for name in names]
    )
    expect(tab.get_by_text("2 files weren't uploaded:")).to_be_visible()
    tab.context.set_offline(False)
    return tab


def new_collection(open_tab, provider):
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute("INSERT INTO auth_group (name) VALUES ('Pilots') ON CONFLICT DO NOTHING")
    tab = open_tab("hopper", "/knowledge/new/")
    tab.get_by_label("Groups", exact=True).check()
    tab.get_by_label("Pilots").check()
    return tab


FILE_PAGES = [files_page, no_files, collection, collection_after_a_failed_upload, new_collection]
