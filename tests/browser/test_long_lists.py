"""Long lists of conversations: more of them come as one scrolls, in their places."""

import psycopg
from playwright.sync_api import Route, expect

from tests.support.browser.lists import choose, conversations, navigation
from tests.support.browser.site import DATABASE_URL

CREATE_MANY = """
INSERT INTO conversations_conversation (id, user_id, title, titled_by, is_temporary, created_at, updated_at)
SELECT gen_random_uuid(), person.id, %s || number, 'person', false, now(), now() - number * interval '1 minute'
FROM accounts_user person, generate_series(1, %s) number WHERE username = 'ada'
"""


def execute(statement: str, *values: object) -> None:
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute(statement, values)


def test_list_grows_while_scrolled_and_keeps_its_length_after_reconnecting(ada):
    execute(CREATE_MANY, "Older ", 120)
    ada.reload()
    expect(ada.get_by_role("link", name="Older 50", exact=True)).to_be_attached()
    expect(ada.get_by_role("link", name="Older 120", exact=True)).to_have_count(0)
    for last in ("Older 50", "Older 100", "Older 120"):
        ada.get_by_role("link", name=last, exact=True).scroll_into_view_if_needed()
    expect(conversations(ada)).to_have_text([f"Older {number}" for number in range(1, 121)])
    # Only the entries have scrolled.
    for stays in ("New conversation", "Archived"):
        expect(navigation(ada).get_by_text(stays)).to_be_in_viewport()
    expect(ada.get_by_role("searchbox", name="Search conversations")).to_be_in_viewport()
    expect(ada.get_by_role("link", name="Show older")).to_be_hidden()

    reached = ada.get_by_role("link", name="Older 110", exact=True)
    reached.focus()
    ada.context.set_offline(True)
    execute("UPDATE conversations_conversation SET title = 'Renamed' WHERE title = 'Older 111'")
    execute("UPDATE conversations_conversation SET deleted_at = now() WHERE title = 'Older 112'")
    execute("UPDATE conversations_conversation SET updated_at = now() WHERE title = 'Older 113'")
    ada.context.set_offline(False)
    older = [*(f"Older {number}" for number in range(1, 111)), "Renamed"]
    expect(conversations(ada)).to_have_text(["Older 113", *older, *(f"Older {number}" for number in range(114, 121))])
    expect(reached).to_be_focused()
    expect(reached).to_be_in_viewport()


def test_open_conversation_is_marked_when_the_list_reaches_it_and_headings_follow_moves(ada):
    execute(CREATE_MANY, "Older ", 120)
    execute("UPDATE conversations_conversation SET updated_at = '2001-02-03' WHERE title IN ('Older 119', 'Older 120')")
    ada.reload()
    for last in ("Older 50", "Older 100", "Older 120"):
        ada.get_by_role("link", name=last, exact=True).scroll_into_view_if_needed()
    headings = navigation(ada).locator("li.day")
    expect(headings.last).to_have_text("February 2001")
    ada.get_by_role("link", name="Older 120", exact=True).click()
    marked = navigation(ada).locator("[aria-current=page]")
    expect(marked).to_have_text("Older 120")
    ada.reload()
    expect(conversations(ada)).to_have_count(50)
    for last in ("Older 50", "Older 100", "Older 120"):
        ada.get_by_role("link", name=last, exact=True).scroll_into_view_if_needed()
    expect(marked).to_have_text("Older 120")
    count = headings.count()

    choose(ada, "Older 120", "Pin")
    expect(conversations(ada).first).to_have_text("Older 120")
    expect(headings).to_have_count(count + 1)
    expect(headings.first).to_have_text("Pinned")
    choose(ada, "Older 119", "Archive")
    expect(headings).to_have_count(count)
    choose(ada, "Older 120", "Unpin")
    expect(conversations(ada).last).to_have_text("Older 120")
    expect(headings.last).to_have_text("February 2001")
    expect(headings).to_have_count(count)


def test_late_page_of_the_list_is_not_added_to_the_archive(ada):
    execute(CREATE_MANY, "Older ", 60)
    late: list[Route] = []
    ada.route("**/conversations/?*", lambda route: late.append(route))
    ada.reload()
    with ada.expect_request(lambda request: "before=" in request.url):
        ada.get_by_role("link", name="Older 50", exact=True).scroll_into_view_if_needed()
    # It is reloaded after reconnecting, too.
    ada.context.set_offline(True)
    with ada.expect_request(lambda request: request.url.endswith("/conversations/?")):
        ada.context.set_offline(False)
    ada.get_by_role("link", name="Archived", exact=True).click()
    expect(ada.get_by_role("heading", name="Archived")).to_be_visible()
    expect(conversations(ada)).to_have_count(0)
    for route in late:
        with ada.expect_response(route.request.url):
            route.continue_()
    ada.evaluate("async () => { for (let at = 0; at < 3; at++) await new Promise(requestAnimationFrame); }")
    expect(conversations(ada)).to_have_count(0)


def test_late_page_of_the_list_leaves_no_gap(ada):
    execute(CREATE_MANY, "Older ", 60)
    late: list[Route] = []
    ada.route("**/conversations/?before=*", lambda route: late.append(route), times=1)
    ada.reload()
    with ada.expect_request(lambda request: "before=" in request.url):
        ada.get_by_role("link", name="Older 50", exact=True).scroll_into_view_if_needed()
    ada.context.set_offline(True)
    execute(CREATE_MANY, "Newer ", 60)
    ada.context.set_offline(False)
    expect(ada.get_by_role("link", name="Newer 1", exact=True)).to_be_attached()
    late[0].continue_()
    for last in ("Newer 25", "Older 50", "Older 60"):
        ada.get_by_role("link", name=last, exact=True).scroll_into_view_if_needed()
    expect(conversations(ada)).to_have_count(120)
