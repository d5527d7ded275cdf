"""Access to every address and every command, including new ones: visitors sign in first, and outsiders find nothing."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, get_args

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Memory, User
from assistants.drafts import draft
from assistants.models import Prompt, TestRun
from common.threads import in_thread
from conversations.attachments import store
from conversations.live.commands import Command
from conversations.models import Attachment, Compaction, Conversation, Response, Share, ToolCall
from tests.support.assistants import make_assistant
from tests.support.conversations import queue_message
from tests.support.images import encoded, image
from tests.support.knowledge import add_read, make_collection
from tests.support.socket import Socket, ask_and_wait, open_socket, question, session_cookie, until_text
from tools.models import McpServer

OPEN_TO_ALL = {"sign-in", "sign-out", "first-run", "health", "manifest", "diagram"}
OPEN_TO_PEOPLE = {
    "home",
    "attachments",
    "conversations",
    "password",
    "preferences",
    # One's own: tests/accounts/test_memories.py.
    "memories",
    "search",
    "import",
    "own-shares",
} | {
    "assistants",
    "new-assistant",
    "assistant-import",
    "assistant-defaults",
    "try-assistant",
    "prompts",
    "new-prompt",
    "prompt-choices",
    # It checks what is written, and stores nothing.
    "format-check",
    "mcp-servers",
    "new-mcp-server",
    "mcp-callback",
    "files",
    "new-collection",
}
OPEN_TO_READERS = {"share"}
# The review shows other people's images and files.
OPEN_TO_ADMINS = {"attachment", "attachment-view", "attachment-thumbnail", "attachment-passages"}
NOT_SHOWN = {"temporary", "share-continue", "assistant-duplicate", "assistant-restore", "prompt-restore"} | {
    "assistant-question",
    "assistant-runs",
    "assistant-run-stop",
    "mcp-server-read",
    "mcp-server-remove",
    "mcp-connect",
    "mcp-disconnect",
}
OF_SERVER = {"mcp-server", "edit-mcp-server", "mcp-server-read", "mcp-server-remove", "mcp-connect", "mcp-disconnect"}
OF_ASSISTANT = {
    "assistant",
    "assistant-duplicate",
    "assistant-export",
    "assistant-question",
    "assistant-questions",
    "assistant-restore",
    "assistant-run",
    "assistant-run-stop",
    "assistant-runs",
    "assistant-versions",
}
# A reader's copy is made by POST: tests/conversations/views/test_shares.py.
FOR_COPIES = {"share-continue"}
# The pages of Django's admin; tests/review/test_admin.py tests what they show.
ADMIN = "admin/"
OF_COLLECTION = {
    "collection",
    "edit-collection",
    "collection-add",
    "collection-delete",
    "collection-files",
    "collection-read-again",
    "collection-restore",
}
OF_FILE = {"collection-content", "collection-file", "collection-file-view", "collection-passages"}
# Scripts alone use these addresses: tests/conversations/views/ and tests/knowledge/ have a test for each.
FOR_SCRIPTS = (
    OF_COLLECTION - {"collection", "edit-collection"}
    | {"collection-file", "collection-passages", "own-file"}
    | {"compaction", "failure", "feedback", "favorite", "default-choice", "format-check", "memories", "memory"}
)
OTHERS = ["mallory", "grace", "hopper"]
"""An outsider, a team mate and an admin: ada's conversations belong to none of them."""


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern), pattern


PAGES = {str(pattern.name) for route, pattern in routes(get_resolver()) if not route.startswith(ADMIN)} - FOR_SCRIPTS
REVIEW = [route for route, _ in routes(get_resolver()) if route.startswith(ADMIN)]


@pytest.fixture
def ids(ada, settings, tmp_path) -> dict[str, Any]:
    """Create something of ada's for each page that shows one thing; return the ids by the page's name."""
    settings.MEDIA_ROOT = tmp_path
    conversation = Conversation.objects.create(user=ada)
    attachment = store(SimpleUploadedFile("harbour.png", encoded(image())), ada)
    document = store(SimpleUploadedFile("tides.txt", b"High tide at seven."), ada)
    Attachment.objects.update(conversation=conversation)
    response = queue_message(conversation, user=ada, input=[])[0]
    share = Share.objects.create(conversation=conversation, response=response)
    compaction = Compaction.objects.create(response=response, kind=Compaction.Kind.SUMMARY, summary="Of tides.")
    prompt = Prompt.objects.create(owner=ada, name="Letter", text="Write a letter.")
    assistant = make_assistant(ada)
    collection = make_collection(ada)
    collected = add_read(collection, "Tides")
    default_storage.save(collected.path, ContentFile(b"Tides"))
    run = TestRun.objects.create(assistant=assistant, version=assistant.versions.get(), created_by=ada)
    return {
        **dict.fromkeys(("prompt", "prompt-text", "prompt-restore"), prompt.pk),
        **dict.fromkeys(("conversation", "turns", "shares", "temporary"), conversation.pk),
        **dict.fromkeys(("export-markdown", "export-json", "export-zip"), conversation.pk),
        **dict.fromkeys(("attachment", "attachment-view", "attachment-thumbnail", "own-file"), attachment.pk),
        "attachment-passages": document.pk,
        **dict.fromkeys(("share", "share-continue"), share.pk),
        **dict.fromkeys(("failure", "feedback"), response.pk),
        **dict.fromkeys(("favorite", "default-choice"), make_assistant(ada).pk),
        "compaction": compaction.pk,
        "memory": Memory.objects.create(user=ada, text="Sails.").pk,
        "draft": draft(ada, None, {"name": "Unsaved"}).pk,
        **dict.fromkeys(OF_ASSISTANT, assistant.pk),
        **dict.fromkeys(OF_COLLECTION, collection.pk),
        **dict.fromkeys(OF_FILE, collected.pk),
        **dict.fromkeys(OF_SERVER, McpServer.objects.create(owner=ada, name="Tracker", label="tracker").pk),
        "more": {
            "assistant-restore": [1],
            "assistant-question": [assistant.questions.create(text="Where?").pk],
            "assistant-run": [run.pk],
            "assistant-run-stop": [run.pk],
        },
    }


def address_of(page: str, ids: dict[str, Any]) -> str:
    more = ids["more"].get(page, [])
    return reverse(page, args=[ids[page], *more] if page in ids else [])


@pytest.mark.parametrize("method", ["get", "post", "delete"])
@pytest.mark.parametrize("page", sorted(PAGES - OPEN_TO_ALL))
def test_visitors_must_sign_in_on_every_page(client, ids, page, method):
    answer = getattr(client, method)(address_of(page, ids))
    if page == "attachments":
        # Only scripts use this address, so it does not redirect.
        assert answer.status_code in {401, 405}
    else:
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("sign-in"))


@pytest.mark.parametrize("page", sorted(PAGES - OPEN_TO_ALL - OPEN_TO_PEOPLE - OPEN_TO_READERS - NOT_SHOWN))
def test_pages_are_found_by_their_owners_only(ids, ada, mallory, page):
    address = address_of(page, ids)
    for person, status in ((mallory, 404), (ada, 200)):
        client = Client()
        client.force_login(person)
        assert client.get(address).status_code == status


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize("page", sorted((PAGES | FOR_SCRIPTS) - OPEN_TO_ALL - OPEN_TO_PEOPLE - FOR_COPIES))
@pytest.mark.parametrize("name", OTHERS)
def test_outsiders_cannot_change_anything(request, ids, name, page, method):
    client = Client()
    client.force_login(request.getfixturevalue(name))
    before = rows()
    answer = getattr(client, method)(address_of(page, ids))
    readable = OPEN_TO_READERS | OPEN_TO_ADMINS if name == "hopper" else OPEN_TO_READERS
    assert answer.status_code in ({200} if page in readable and method == "get" else {404, 405})
    assert rows() == before


def rows() -> list[list[dict[str, Any]]]:
    """Return all rows of all tables of people, conversations, assistants, collections, files and tools."""
    names = ("accounts", "conversations", "assistants", "knowledge", "files", "tools")
    models = [model for app in names for model in apps.get_app_config(app).get_models()]
    return [list(model._default_manager.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("route", REVIEW)
def test_review_is_for_admins_only(ada, route):
    client = Client()
    client.force_login(ada)
    address = "/" + route.replace("<path:object_id>", str(ada.pk)).replace("<id>", str(ada.pk))
    assert client.get(address).status_code in {302, 403, 404}


@pytest.mark.parametrize("is_there", [True, False])
def test_admin_does_not_tell_which_ids_exist(ids, ada, hopper, is_there):
    """Django's own address for that redirects to what is there."""
    client = Client()
    client.force_login(hopper)
    kind = ContentType.objects.get_for_model(Conversation).pk
    assert client.get(f"/admin/r/{kind}/{ids['conversation'] if is_there else 'nothing'}/").status_code == 404


COMMANDS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "response.create": lambda first: question("Mine now", conversation=first["conversation"]["id"]),
    "conversation.follow": lambda first: {"type": "conversation.follow", "conversation": first["conversation"]["id"]},
    "conversation.seen": lambda first: {"type": "conversation.seen", "conversation": first["conversation"]["id"]},
    "response.cancel": lambda first: {"type": "response.cancel", "response_id": first["running"]},
    "response.compact": lambda first: {"type": "response.compact", "response_id": first["id"]},
    "response.count": lambda first: {"type": "response.count", "response_id": first["id"]},
    "tool_call.decide": lambda first: {"type": "tool_call.decide", "call": first["call"], "decision": "no"},
}
"""Each command of the socket, for a conversation in which an answer is running."""
DONE = {
    "response.create": "response.queued",
    "conversation.follow": "conversation.following",
    "conversation.seen": "conversation.updated",
    "response.cancel": "response.cancelled",
    "response.compact": "response.compaction.updated",
    "response.count": "response.counted",
    "tool_call.decide": "conversation.updated",
}
"""The event that the owner gets in return, by command."""


@pytest.fixture
async def conversation(transactional_db, site, ada) -> AsyncIterator[tuple[Socket, dict[str, Any]]]:
    """Open a tab of ada's; yield it and her first response. A second one is `running` until `go` is released."""
    tab = await open_socket(ada)
    first = await ask_and_wait(tab, "How high is the tide?")
    site.script(text="one.two.", deltas=2, at={"5": {"wait": "go"}})
    await tab.ask("Count", conversation=first["conversation"]["id"], previous_response_id=first["id"])
    events = await until_text(tab, "one.")
    running = events[0]["response_id"]
    yield tab, first | {"running": running, "call": await in_thread(waiting_call)(running)}
    await tab.close()


def waiting_call(response_id: str) -> str:
    """Store a call of a tool that waits for its person, and the step that waits with it; return its id."""
    response = Response.objects.get(pk=response_id)
    Response.objects.create(
        conversation=response.conversation,
        user=response.user,
        previous=response,
        turn=response,
        model=response.model,
        status="waiting",
    )
    call = ToolCall.objects.create(response=response, place=0, kind="function_call", tool="tide", status="waiting")
    return str(call.pk)


def test_access_matrix_covers_every_command():
    assert {command.__struct_config__.tag for command in get_args(Command)} == COMMANDS.keys() == DONE.keys()


@pytest.mark.parametrize("command", COMMANDS)
async def test_owner_may_send_every_command(conversation, ada, command):
    tab, first = conversation
    await tab.send(COMMANDS[command](first))
    await (tab.until_updated() if DONE[command] == "conversation.updated" else tab.until(DONE[command]))


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("command", COMMANDS)
async def test_commands_of_others_are_refused_and_reach_nobody(
    request, site, conversation, mallory, grace, hopper, name, command
):
    tab, first = conversation
    other = await open_socket(request.getfixturevalue(name))
    before = await in_thread(identified)()
    await other.send(COMMANDS[command](first))
    assert (await other.receive())["code"] in {"conversation_not_found", "response_not_found", "tool_call_not_found"}
    await assert_nothing_was_done(site, tab, before)
    assert await other.is_quiet()
    await other.close()


@pytest.mark.parametrize("end", ["nobody", "deactivated", "signed out", "another site's"])
@pytest.mark.parametrize("command", COMMANDS)
async def test_commands_need_a_session(site, conversation, ada, command, end):
    tab, first = conversation
    # The socket belongs to ada's own browser, whose session has ended; her first tab is still open.
    cookie = await in_thread(session_cookie)(ada)
    origin = {"origin": "https://evil.example"} if end == "another site's" else {}
    socket = await open_socket(None, cookie=None if end == "nobody" else cookie, **origin)
    if end == "deactivated":
        await in_thread(User.objects.filter(pk=ada.pk).update)(is_active=False)
    elif end == "signed out":
        await in_thread(Session.objects.filter(session_key=cookie).delete)()
    before = await in_thread(identified)()
    await socket.send(COMMANDS[command](first))
    assert (await socket.receive())["code"] == ("foreign_origin" if origin else "unauthenticated")
    assert await socket.closed_with() == (4403 if origin else 4401)
    await assert_nothing_was_done(site, tab, before)


def identified() -> list[list[Any]]:
    """Return the ids of all rows of all tables of conversations."""
    return [[row["id"] for row in table] for table in rows()]


async def assert_nothing_was_done(site, tab: Socket, before: list[list[Any]]) -> None:
    """Fail if a row is new, or if the running answer does not reach its end."""
    assert await in_thread(identified)() == before
    site.release("go")
    end = (await tab.until_end())[-1]
    assert end["response"]["output"][0]["content"][0]["text"] == "one.two."
