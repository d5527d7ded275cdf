"""What a provider finds in the copies of collections is ours in rows and on the way to pages."""

import json
from typing import Any

import pytest

from common.threads import in_thread
from conversations.answering import cited_files
from conversations.answering.cited_files import CitedFiles
from conversations.models import Response
from knowledge.models import CollectionFile, Store, StoredFile
from providers.models import Provider
from tests.support.containers import steps
from tests.support.knowledge import add_read, make_collection
from tests.support.socket import open_socket, stored

pytestmark = pytest.mark.django_db(transaction=True)

PASSAGES = ("Thirty days of leave a year.", "Parents may take 49 weeks of parental leave.")
TEXT = "[Page 1]\nThirty days of leave a year.\n[Page 2]\nParents may take 49 weeks of parental leave."


@in_thread
def put_handbook(user) -> CollectionFile:
    file = add_read(make_collection(user), *PASSAGES, name="handbook.pdf")
    store = Store.objects.create(collection=file.collection, provider=Provider.objects.get(), store_id="vs_1")
    StoredFile.objects.create(store=store, collection_file=file, file_id="file-hr7", state="ready")
    return file


def search(*results: dict[str, Any], item_id: str = "fs_1") -> dict[str, Any]:
    queries = ["weeks of parental leave"]
    return {"id": item_id, "type": "file_search_call", "status": "completed", "queries": queries, "results": [*results]}


def result(file_id: str = "file-hr7", text: Any = TEXT, **fields: Any) -> dict[str, Any]:
    attributes = {"file": "ours"}
    return {
        "file_id": file_id,
        "filename": "handbook.pdf.md",
        "score": 0.8,
        "text": text,
        "attributes": attributes,
    } | fields


def cites(*file_ids: str) -> dict[str, Any]:
    annotations = [
        {"type": "file_citation", "index": 9, "file_id": file_id, "filename": "handbook.pdf.md"} for file_id in file_ids
    ]
    part = {"type": "output_text", "text": "49 weeks.", "annotations": annotations, "logprobs": []}
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}


async def answered(ada, site, *items: dict[str, Any]) -> tuple[Response, list[dict[str, Any]]]:
    site.script(steps=steps(*items))
    socket = await open_socket(ada)
    await socket.ask("How many weeks?")
    events = await socket.until_end()
    await socket.close()
    return await stored(pk=events[-1]["response_id"]), events


async def test_results_and_citations_name_our_file_at_its_passage(site, ada):
    file = await put_handbook(ada)
    response, events = await answered(ada, site, search(result()), cites("file-hr7"))
    ours = {"collection_file": str(file.pk), "filename": "handbook.pdf", "page": 2, "passage": 1}
    found, message = response.output
    assert found["results"] == [{**ours, "score": 0.8, "text": TEXT}]
    assert message["content"][0]["annotations"] == [{"type": "file_citation", "index": 9, **ours}]
    for sent in (json.dumps(response.output), json.dumps(events)):
        assert "file-hr7" not in sent


async def test_citation_of_a_file_that_was_not_found_names_it_without_a_place(site, ada):
    file = await put_handbook(ada)
    response, _ = await answered(ada, site, search() | {"results": None}, cites("file-hr7"))
    [annotation] = response.output[1]["content"][0]["annotations"]
    named = {"collection_file": str(file.pk), "filename": "handbook.pdf"}
    assert annotation == {"type": "file_citation", "index": 9, **named}


async def test_what_is_not_known_here_stays_as_it_came(site, ada):
    await put_handbook(ada)
    strange = [result("file-other"), result("file-other"), result("file-hr7", None)]
    response, _ = await answered(ada, site, search(*strange), cites("file-other"))
    found, message = response.output
    assert [each.get("file_id") for each in found["results"]] == ["file-other", "file-other", None]
    assert found["results"][2]["filename"] == "handbook.pdf"
    assert message["content"][0]["annotations"][0]["file_id"] == "file-other"


async def test_file_that_was_deleted_meanwhile_cannot_be_opened(site, ada):
    file = await put_handbook(ada)
    await CollectionFile.objects.filter(pk=file.pk).adelete()
    response, _ = await answered(ada, site, search(result()), cites("file-hr7"))
    assert "collection_file" not in json.dumps(response.output)
    assert response.answer() == "49 weeks."


async def test_answer_that_goes_on_elsewhere_knows_what_was_found_before(site, ada):
    file = await put_handbook(ada)
    ours = {"collection_file": str(file.pk), "filename": "handbook.pdf", "page": 2, "passage": 1}
    response, _ = await answered(ada, site, search(result()))
    annotation = {"type": "file_citation", "index": 9, "file_id": "file-hr7", "filename": "x"}
    kept = await CitedFiles(response).keep({"type": "response.output_text.annotation.added", "annotation": annotation})
    assert kept["annotation"] == {"type": "file_citation", "index": 9, **ours}


async def test_places_are_looked_up_for_a_while_and_files_are_known_all_the_same(site, ada, monkeypatch):
    monkeypatch.setattr(cited_files, "PLACES_SECONDS", 0.0)
    file = await put_handbook(ada)
    response, _ = await answered(ada, site, search(result()), cites("file-hr7"))
    named = {"collection_file": str(file.pk), "filename": "handbook.pdf"}
    assert response.output[0]["results"] == [{**named, "score": 0.8, "text": TEXT}]
    [annotation] = response.output[1]["content"][0]["annotations"]
    assert annotation == {"type": "file_citation", "index": 9, **named}


@pytest.mark.parametrize("strange", ["x", None, 7, {}])
async def test_provider_that_names_files_as_we_do_breaks_nothing(site, ada, strange):
    file = await put_handbook(ada)
    response, _ = await answered(ada, site, search(result("file-other", collection_file=strange)))
    annotation = {"type": "file_citation", "index": 9, "file_id": "file-hr7", "filename": "x"}
    kept = await CitedFiles(response).keep({"type": "response.output_text.annotation.added", "annotation": annotation})
    assert kept["annotation"]["collection_file"] == str(file.pk)
