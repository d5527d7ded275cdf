"""Files that models make while they answer: fetched at once, kept once, and named by our ids alone."""

import asyncio
import base64
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from common.pools import FILES
from common.threads import in_thread
from conversations.answering import made_files
from conversations.answering.made_files import MadeFiles
from conversations.attachments import keep_made
from conversations.models import Attachment, Conversation, Item, Response
from providers import catalog
from providers.models import Model
from providers.registry import Clients
from providers.responses_api.client import Client
from tests.support.containers import file, interpreted, said, steps
from tests.support.conversations import ask
from tests.support.images import encoded, image
from tests.support.socket import open_socket, stored

pytestmark = pytest.mark.django_db(transaction=True)

PICTURE = base64.b64encode(encoded(image())).decode()
QUESTION = "Plot the tides in Python"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.DEFAULT_TOOLS = ["code_interpreter"]


@pytest.fixture(autouse=True)
async def program_running_model(site) -> None:
    """Let the stand-in's model run programs."""

    def change() -> None:
        Model.objects.filter(name="standin").update(hosted_tools=["code_interpreter"])
        catalog.refresh()

    await in_thread(change)()


async def answered(ada, question: str = QUESTION) -> tuple[Response, list[dict[str, Any]]]:
    """Ask, and return the answer as it is stored, and its events."""
    socket = await open_socket(ada)
    await socket.ask(question)
    events = await socket.until_end()
    await socket.close()
    return await stored(pk=events[-1]["response_id"]), events


def content(attachment: Attachment) -> bytes:
    return Path(attachment.file.path).read_bytes()


async def kept() -> list[Attachment]:
    return await in_thread(lambda: [*Attachment.objects.order_by("name")])()


async def test_what_a_program_makes_is_kept_as_ours(site, ada):
    response, events = await answered(ada)

    logs, plot, listed, table = await kept_parts(response)
    assert (logs["type"], plot["type"]) == ("logs", "image")
    files = {str(each.pk): each for each in await kept()}
    # What the program drew is what it saved.
    assert plot["file_id"] == listed["file_id"]
    assert {name: files[each["file_id"]].name for name, each in (("png", listed), ("csv", table))} == {
        "png": "tides.png",
        "csv": "tides.csv",
    }
    assert len(files) == 2
    assert {(each.made_by_id, each.user_id, each.conversation_id) for each in files.values()} == {
        (response.pk, ada.pk, response.conversation_id)
    }
    assert (plot["width"], plot["height"], plot["bytes"]) == (640, 360, files[plot["file_id"]].size)
    assert table["type"] == "container_file_citation"
    assert content(files[table["file_id"]]).startswith(b"port,metres")
    # Nothing of the provider's, neither in a row nor on the way to a page.
    for sent in (json.dumps(response.output), json.dumps(events)):
        assert "base64" not in sent
        assert "cfile_" not in sent
    fetched = [request["path"].rpartition("/files")[2] for request in site.requests() if "/files" in request["path"]]
    assert len(fetched) == len(set(fetched)) == 3


async def kept_parts(response: Response) -> list[Item]:
    """Return what a program put out, the files beside it, and what the message cites."""
    program, message = response.output
    return [*program["outputs"], *program["files"], *message["content"][0]["annotations"]]


async def test_file_that_was_there_before_is_not_listed_again(site, ada):
    site.container("cntr_1", file("cfile_1", "a.csv"), file("cfile_2", "upload.csv", source="user"))
    site.script(match="first", steps=steps(interpreted(), said("Look.")))
    site.script(
        match="second", steps=steps(interpreted(), said("Again: [a](sandbox:/mnt/data/a.csv)", ("cfile_1", "a.csv")))
    )
    site.script(match="third", steps=steps(interpreted(), said("Nothing new.")))
    socket = await open_socket(ada)
    asked: dict[str, Any] = {}
    listed = []
    for number in ("first", "second", "third"):
        await socket.ask(f"the {number} one", **asked)
        response = (await socket.until_end())[-1]["response"]
        asked = {"conversation": response["conversation"]["id"], "previous_response_id": response["id"]}
        listed.append([each["filename"] for each in response["output"][0].get("files", [])])
    await socket.close()
    assert listed == [["a.csv"], [], []]
    # One that is cited may be another than it was.
    assert [each.name for each in await kept()] == ["a.csv", "a.csv"]


@pytest.mark.parametrize(
    ("output", "limits"),
    [
        ({"type": "image", "url": "data:image/png;base64,no image"}, {}),
        ({"type": "image", "url": f"data:image/png;base64,{base64.b64encode(b'no image').decode()}"}, {}),
        ({"type": "image", "url": "data:text/html,<script>alert(1)</script>"}, {}),
        ({"type": "image", "url": f"data:image/png;base64,{PICTURE}"}, {"MAX_MADE_FILE_BYTES": 10}),
        ({"type": "image", "url": f"data:image/png;base64,{PICTURE}"}, {"MAX_MADE_FILES": 0}),
        ({"type": "image", "url": f"data:image/png;base64,{PICTURE}"}, {"MAX_IMAGE_PIXELS": 10}),
    ],
)
async def test_image_that_cannot_be_kept_leaves_the_answer(site, ada, settings, output, limits):
    for name, value in limits.items():
        setattr(settings, name, value)
    site.container("cntr_1")
    site.script(steps=steps(interpreted(output), said("Look.")))
    response, _ = await answered(ada)
    assert (response.status, response.answer()) == ("completed", "Look.")
    [lost] = response.output[0]["outputs"]
    assert (lost["type"], lost["filename"], lost["error"]["code"]) == ("image", "image.png", "not_kept")
    assert "url" not in lost
    assert await kept() == []


@pytest.mark.parametrize("container", ["cntr_gone", "cntr_large", "../../models", ""])
async def test_file_that_cannot_be_fetched_leaves_the_answer(site, ada, settings, container):
    settings.MAX_MADE_FILE_BYTES = 1000
    site.container("cntr_gone", expired=True)
    site.container("cntr_large", file("cfile_1", "a.csv", b"a" * 1001))
    site.script(steps=steps(said("Here is [a](sandbox:/mnt/data/a.csv).", ("cfile_1", "a.csv"), container=container)))
    response, _ = await answered(ada)
    assert response.status == "completed"
    [citation] = response.output[0]["content"][0]["annotations"]
    assert (citation["filename"], citation["error"]["code"]) == ("a.csv", "not_kept")
    assert not {"file_id", "container_id"} & citation.keys()


async def test_address_of_an_image_stays_a_link(site, ada):
    output = {"type": "image", "url": "https://files.example/plot"}
    site.container("cntr_1")
    site.script(steps=steps(interpreted(output), said("Look.")))
    response, _ = await answered(ada)
    assert response.output[0]["outputs"] == [output]


async def test_files_are_bounded_in_number(site, ada, settings):
    settings.MAX_MADE_FILES = 2
    names = [f"{number}.csv" for number in range(4)]
    site.container("cntr_1", *(file(f"cfile_{name}", name, name.encode()) for name in names))
    site.script(steps=steps(interpreted(), said("Look.")))
    response, _ = await answered(ada)
    files = response.output[0]["files"]
    assert len(files) == 4
    assert [("file_id" in each, "error" in each) for each in files] == [(True, False)] * 2 + [(False, True)] * 2
    assert len(await kept()) == 2


async def test_image_in_an_address_of_an_odd_form_is_kept(site, ada):
    site.container("cntr_1")
    site.script(
        steps=steps(
            interpreted({"type": "image", "url": f" DATA:image/png;name=a.png;base64,{PICTURE}"}), said("Look.")
        )
    )
    response, _ = await answered(ada)
    [plot] = response.output[0]["outputs"]
    assert (plot.keys() & {"file_id", "url"}) == {"file_id"}


async def test_image_does_not_wait_for_the_files_of_others(site, ada, monkeypatch):
    monkeypatch.setattr(made_files, "MAX_SECONDS", 0)
    site.container("cntr_1")
    url = f"data:image/png;base64,{PICTURE}"
    site.script(steps=steps(interpreted({"type": "image", "url": url}), said("Look.")))
    # Their containers don't answer.
    async with AsyncExitStack() as others:
        for person in range(4):
            await others.enter_async_context(FILES.turn_async(person))
        socket = await open_socket(ada)
        await socket.ask(QUESTION)
        done = (await socket.until("response.output_item.done"))[-1]
    await socket.until_end()
    await socket.close()
    assert "file_id" in done["item"]["outputs"][0]


async def test_file_outlasts_a_restart_of_the_database(site, ada, monkeypatch):
    failures = [OperationalError("the server is shutting down")]

    def keep_made_later(*args: Any) -> Attachment:
        if failures:
            raise failures.pop()
        return keep_made(*args)

    monkeypatch.setattr(made_files, "keep_made", keep_made_later)
    site.container("cntr_1", file("cfile_1", "a.csv"))
    site.script(steps=steps(interpreted(), said("Look.", ("cfile_1", "a.csv"))))
    response, _ = await answered(ada)
    assert "file_id" in response.output[1]["content"][0]["annotations"][0]


async def test_odd_name_of_a_file_that_is_not_kept_leaves_the_answer(site, ada, settings):
    settings.MAX_MADE_FILES = 0
    site.container("cntr_1", file("cfile_1", "a\0\u202eb" + "x" * 1000 + ".csv"))
    site.script(steps=steps(interpreted(), said("Look.")))
    response, _ = await answered(ada)
    assert (response.status, response.answer()) == ("completed", "Look.")
    [lost] = response.output[0]["files"]
    assert lost["error"]["code"] == "not_kept"
    assert (lost["filename"][:2], len(lost["filename"])) == ("ab", 255)


async def test_answer_goes_on_in_a_new_container_when_the_old_one_has_expired(site, ada):
    socket = await open_socket(ada)
    await socket.ask(QUESTION)
    first = (await socket.until_end())[-1]["response"]
    [container] = {request["path"].split("/")[3] for request in site.requests() if "/containers/" in request["path"]}
    site.container(container, expired=True)
    await socket.ask("And again in Python", conversation=first["conversation"]["id"], previous_response_id=first["id"])
    second = (await socket.until_end())[-1]["response"]
    await socket.ask("Thanks", conversation=first["conversation"]["id"], previous_response_id=second["id"])
    await socket.until_end()
    await socket.close()
    assert second["status"] == "completed"
    refused, rebuilt, chained = site.bodies()[-3:]
    assert "previous_response_id" in refused
    assert "previous_response_id" not in rebuilt
    # It was this container, and not the provider.
    assert "previous_response_id" in chained
    assert {item["type"] for item in rebuilt["input"]} == {"message"}
    assert second["output"][0]["container_id"] != container
    assert second["output"][0]["files"][0]["filename"] == "tides.png"


async def test_process_that_goes_on_fetches_nothing_again(site, ada):
    site.container("cntr_1", file("cfile_1", "a.csv"))
    conversation = await in_thread(Conversation.objects.create)(user=ada)
    response = await in_thread(ask)(conversation)
    item, clients = said("Look.", ("cfile_1", "a.csv")), Clients()
    try:
        kept_here, kept_there = [await MadeFiles(response, clients).keep_item(item) for _ in range(2)]
    finally:
        await clients.close()
    assert kept_here == kept_there
    assert len(await kept()) == len(site.requests()) == 1


async def test_file_that_takes_too_long_leaves_the_answer(site, ada, monkeypatch):
    monkeypatch.setattr("conversations.answering.made_files.FILE_SECONDS", 0)
    site.container("cntr_1", file("cfile_1", "a.csv"))
    site.script(steps=steps(interpreted(), said("Look.", ("cfile_1", "a.csv"))))
    response, _ = await answered(ada)
    assert (response.status, response.answer()) == ("completed", "Look.")
    assert response.output[1]["content"][0]["annotations"][0]["error"]["code"] == "not_kept"


@pytest.fixture
def fetching(monkeypatch) -> asyncio.Event:
    """Let containers say nothing of their files; return what is set when they are asked."""
    is_fetching = asyncio.Event()

    async def hang(*_: Any) -> list[Item]:
        is_fetching.set()
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(Client, "container_files", hang)
    return is_fetching


async def test_answer_can_be_stopped_while_its_files_are_fetched(site, ada, fetching):
    site.container("cntr_1")
    site.script(steps=steps(interpreted(), said("Look.")))
    socket = await open_socket(ada)
    await socket.ask(QUESTION)
    await asyncio.wait_for(fetching.wait(), 30)
    response_id = str((await stored()).pk)
    await socket.send({"type": "response.cancel", "response_id": response_id})
    await socket.until_end()
    await socket.close()
    response = await stored(pk=response_id)
    assert (response.status, response.answer()) == ("cancelled", "Look.")


async def test_answer_in_the_foreground_ends_without_its_files_if_its_process_does(
    site, server_process, ada, fetching, settings
):
    settings.BACKGROUND = "never"
    site.container("cntr_1")
    site.script(steps=steps(interpreted(), said("Look.")))
    socket = await open_socket(ada)
    await socket.ask(QUESTION)
    await asyncio.wait_for(fetching.wait(), 30)
    await server_process.runner.stop()
    await socket.until_end()
    await socket.close()
    response = await stored()
    assert (response.status, response.answer(), response.hand_offs) == ("completed", "Look.", 0)
    assert len(site.bodies()) == 1
