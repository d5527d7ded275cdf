"""Every page, dialog and menu that people see: a function for each, which opens it in a tab."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import psycopg
from django.urls import reverse
from playwright.sync_api import Page, Route, expect

from accounts.first_run import _token
from tests.support.browser.assistant_pages import ASSISTANT_PAGES
from tests.support.browser.assistants import offer_model
from tests.support.browser.chat import ask, await_answer, message_field, questions
from tests.support.browser.everything import ask_everything
from tests.support.browser.file_pages import FILE_PAGES
from tests.support.browser.keys import write
from tests.support.browser.mcp_pages import MCP_PAGES
from tests.support.browser.notifications import NOTIFICATIONS
from tests.support.browser.picker import choose
from tests.support.browser.site import DATABASE_URL, delete_earlier_prompts, emptied
from tests.support.browser.tabs import OpenTab
from tests.support.browser.tool_calls import create_calls
from tests.support.browser.viewer_pages import VIEWER_PAGES
from tests.support.images import encoded, image
from tests.support.provider import Provider

OpenPage = Callable[[OpenTab, Provider], Page]


def sign_in(open_tab, provider):
    return open_tab(None, "/sign-in/")


def refused_sign_in(open_tab, provider):
    tab = open_tab(None, "/sign-in/")
    write(tab.get_by_label("Username"), "nobody")
    write(tab.get_by_label("Password"), "nothing")
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_text("Please enter a correct username")).to_be_visible()
    return tab


def show_answer(
    tab: Page,
    path: str,
    heading: str,
    within: Callable[[], AbstractContextManager[None]] = nullcontext,
    **request: Any,
) -> Page:
    """Show the site's answer to a request under status 200: the browser logs other statuses as errors."""

    def pass_on(route: Route) -> None:
        with within():
            response = route.fetch(**request)
        route.fulfill(response=response, status=200)

    tab.route(f"**{path}", pass_on)
    tab.goto(path)
    expect(tab.get_by_role("heading", name=heading)).to_be_visible()
    return tab


def not_found(open_tab, provider):
    return show_answer(open_tab("ada"), "/nothing/", "Page not found")


def permission_denied(open_tab, provider):
    return show_answer(open_tab("ada"), "/admin/login/", "No access")


def csrf_failure(open_tab, provider):
    return show_answer(open_tab("ada"), "/preferences/", "Try again", method="POST")


def server_error(open_tab, provider):
    return show_answer(open_tab("hopper"), "/admin/", "Something went wrong", partial(emptied, "django_admin_log"))


def first_run(open_tab, provider):
    path = reverse("first-run", args=[_token()])
    return show_answer(open_tab(), path, "Create the admin account", partial(emptied, "accounts_user"))


def password(open_tab, provider):
    return open_tab("ada", "/password/")


def remembered(open_tab, provider):
    """Show an answer that has remembered facts, one with a very long word."""
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute("UPDATE accounts_user SET memory_is_on = true WHERE username = 'mallory'")
    offer_model("caller-1", efforts=[], takes_functions=True)
    calls = [{"name": "remember", "arguments": json.dumps({"fact": fact})} for fact in ("Sails a ketch.", "a" * 400)]
    provider.script(match="I sail", times=1, calls=calls)
    tab = open_tab("mallory")
    choose(tab, "caller-1")
    ask(tab, "I sail a ketch.")
    await_answer(tab)
    expect(tab.get_by_role("button", name="Undo")).to_have_count(2)
    return tab


def preferences(open_tab, provider):
    """Show the preferences with a memory that is edited, and one that isn't."""
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute("DELETE FROM accounts_memory")
        for text in ("Sails a ketch.", "a" * 490):
            connection.execute(
                "INSERT INTO accounts_memory (id, user_id, text, conversation, created_at)"
                " SELECT gen_random_uuid(), id, %s, gen_random_uuid(), now() FROM accounts_user WHERE username = 'ada'",
                [text],
            )
    tab = open_tab("ada", "/preferences/")
    tab.get_by_role("button", name="Edit", exact=True).first.click()
    return tab


def import_page(open_tab, provider):
    return open_tab("ada", "/import/")


def keyboard_help(open_tab, provider):
    tab = open_tab("ada")
    tab.keyboard.press("Control+/")
    expect(tab.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    return tab


def empty_chat(open_tab, provider):
    return open_tab("ada")


def account_menu(open_tab, provider):
    tab = open_tab("hopper")
    tab.get_by_role("button", name="Signed in as").click()
    return tab


def conversation(open_tab, provider):
    tab = open_tab("ada")
    ask_everything(tab, provider)
    return tab


def asked_once(open_tab, provider):
    tab = open_tab("ada")
    provider.script(text="Two metres, at noon.")
    ask(tab, "How high is the tide?")
    await_answer(tab)
    return tab


def editing(open_tab, provider):
    tab = asked_once(open_tab, provider)
    tab.get_by_role("button", name="Edit").click()
    tab.locator("message-editor").get_by_role("button", name="Add image from URL").click()
    return tab


def queued_messages(open_tab, provider):
    tab = open_tab("ada")
    provider.script(text="Two metres, at noon. Boats go out then.", deltas=12, at={"8": {"wait": "never"}})
    ask(tab, "How high is the tide?")
    expect(tab.get_by_role("article", name="Assistant")).to_contain_text("Two")
    for text in ("And how high is it tomorrow?", "A long message. " * 20):
        write(tab.get_by_role("textbox", name="Message", exact=True), text)
        tab.keyboard.press("Enter")
    tab.keyboard.type("A draft")
    expect(tab.get_by_role("list", name="Queued messages").get_by_role("listitem")).to_have_count(2)
    return tab


def prompts_page(open_tab, provider):
    return new_prompt(open_tab, provider, "Letter", "Dear {{customer}}, about your {{order}}: " + "thank you. " * 40)


def new_prompt(open_tab, provider, name="", text=""):
    tab = open_tab("ada", "/prompts/new/")
    if name:
        delete_earlier_prompts()
        write(tab.get_by_label("Name"), name)
        write(tab.get_by_label("Text"), text)
        tab.get_by_role("button", name="Save").click()
        expect(tab.get_by_role("heading", name="Prompts")).to_be_visible()
    return tab


def prompts_in_the_field(open_tab, provider):
    tab = prompts_page(open_tab, provider)
    tab.goto("/")
    message_field(tab).focus()
    tab.keyboard.type("/")
    expect(tab.get_by_role("listbox", name="Prompts").get_by_role("option")).to_have_count(1)
    return tab


def prompt_variables(open_tab, provider):
    tab = prompts_in_the_field(open_tab, provider)
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("dialog", name="Letter")).to_be_visible()
    return tab


def image_viewer(open_tab, provider):
    tab = open_tab("ada")
    image_file = {"name": "harbour.png", "mimeType": "image/png", "buffer": encoded(image())}
    tab.locator("input[type=file]").set_input_files(image_file)
    ask(tab, "What is this?")
    await_answer(tab)
    questions(tab).get_by_role("link", name="Attached image").click()
    expect(tab.get_by_role("dialog", name="Image")).to_be_visible()
    return tab


def notification_offer(open_tab, provider):
    tab = open_tab("ada")
    tab.add_init_script(NOTIFICATIONS)
    tab.clock.install()
    tab.reload()
    provider.script(text="Two metres, at noon. Boats go out then.", deltas=12, at={"8": {"wait": "never"}})
    ask(tab, "How high is the tide?")
    expect(tab.get_by_role("article", name="Assistant")).to_contain_text("Two")
    tab.clock.run_for(16_000)
    expect(tab.get_by_role("button", name="Notify me when it's done")).to_be_visible()
    return tab


def list_menu(open_tab, provider):
    tab = asked_once(open_tab, provider)
    tab.get_by_role("button", name="Options for").click()
    return tab


def renaming(open_tab, provider):
    tab = list_menu(open_tab, provider)
    tab.get_by_role("menuitem", name="Rename").click()
    return tab


def deleted(open_tab, provider):
    tab = list_menu(open_tab, provider)
    tab.get_by_role("menuitem", name="Delete").click()
    expect(tab.get_by_role("button", name="Undo")).to_be_visible()
    return tab


def search_results(open_tab, provider):
    tab = asked_once(open_tab, provider)
    write(tab.get_by_role("searchbox", name="Search conversations"), "tide")
    expect(tab.get_by_text("1 result", exact=True)).to_be_attached()
    return tab


def archive(open_tab, provider):
    return open_tab("ada", "/?archived")


def archived(open_tab, provider):
    tab = conversation_menu(open_tab, provider)
    tab.get_by_role("menuitem", name="Archive").click()
    expect(tab.get_by_role("button", name="Undo")).to_be_visible()
    return tab


def temporary(open_tab, provider):
    tab = open_tab("ada")
    tab.get_by_role("switch", name="Temporary chat").click()
    return tab


def leaving_temporary(open_tab, provider):
    tab = temporary(open_tab, provider)
    provider.script(text="Two metres, at noon.")
    ask(tab, "How high is the tide?")
    await_answer(tab)
    tab.get_by_role("link", name="Chat", exact=True).click()
    expect(tab.get_by_role("button", name="Stay")).to_be_focused()
    return tab


def answer_details(open_tab, provider):
    tab = asked_once(open_tab, provider)
    tab.get_by_role("button", name="More").click()
    return tab


def feedback(open_tab, provider):
    tab = asked_once(open_tab, provider)
    tab.get_by_role("button", name="Bad answer").click()
    expect(tab.get_by_text("What was wrong?")).to_be_visible()
    return tab


def conversation_menu(open_tab, provider):
    tab = asked_once(open_tab, provider)
    tab.get_by_role("button", name="This conversation").click()
    return tab


def share_dialog(open_tab, provider):
    tab = conversation_menu(open_tab, provider)
    tab.get_by_role("menuitem", name="Share with the team").click()
    tab.get_by_role("button", name="Create a link").click()
    expect(tab.get_by_role("textbox", name="Link")).to_be_visible()
    return tab


def tool_calls(open_tab, provider):
    address, _ = create_calls()
    tab = open_tab("ada", address)
    for summary in tab.locator("output-item summary").all():
        summary.click()
    expect(tab.get_by_role("region", name="Approval")).to_have_count(2)
    return tab


def shared(open_tab, provider):
    link = share_dialog(open_tab, provider).get_by_role("textbox", name="Link").input_value()
    return open_tab("grace", link)


def admin_index(open_tab, provider):
    return open_tab("hopper", "/admin/")


def review_list(open_tab, provider):
    asked_once(open_tab, provider)
    return open_tab("hopper", "/admin/conversations/conversation/")


def transcript(open_tab, provider):
    conversation(open_tab, provider)
    tab = open_tab("hopper", "/admin/conversations/conversation/")
    tab.locator(".field-title_or_untitled a").first.click()
    expect(tab.locator("output-item summary").first).to_be_visible()
    for summary in tab.locator("summary").all():
        if summary.is_visible():
            summary.click()
    return tab


PAGES: list[OpenPage] = [
    sign_in,
    refused_sign_in,
    not_found,
    permission_denied,
    csrf_failure,
    server_error,
    first_run,
    password,
    empty_chat,
    account_menu,
    conversation,
    queued_messages,
    prompts_page,
    new_prompt,
    prompts_in_the_field,
    prompt_variables,
    image_viewer,
    notification_offer,
    editing,
    preferences,
    remembered,
    import_page,
    keyboard_help,
    list_menu,
    renaming,
    deleted,
    search_results,
    archive,
    archived,
    temporary,
    leaving_temporary,
    tool_calls,
    answer_details,
    feedback,
    conversation_menu,
    share_dialog,
    shared,
    admin_index,
    review_list,
    transcript,
    *ASSISTANT_PAGES,
    *MCP_PAGES,
    *FILE_PAGES,
    *VIEWER_PAGES,
]
