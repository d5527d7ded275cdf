"""Answers for which the provider searches in its copies of collections, and those for which we do."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.utils import timezone

from common.threads import in_thread
from conversations.models import Response
from knowledge import content, stored, stores
from knowledge.copies import copies_at
from knowledge.models import Collection, CollectionFile, Store, StoredFile
from providers import catalog
from providers.models import Model, Provider
from tests.support.knowledge import add_read, make_collection
from tests.support.socket import ask_and_wait, open_socket
from tests.support.socket import stored as stored_response

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "How many weeks of parental leave?"
LEAVE = "Parents may take 49 weeks of parental leave."
REFUSED = {
    "error": {"message": "Tool 'file_search' is not supported.", "type": "invalid_request_error", "param": "tools"}
}


@pytest.fixture(autouse=True)
def no_tools(settings) -> None:
    settings.DEFAULT_TOOLS = []


@pytest.fixture(autouse=True)
async def searching_model(site) -> None:
    """Let the stand-in's model search in files."""

    def change() -> None:
        Model.objects.update(hosted_tools=["file_search"])
        catalog.refresh()

    await in_thread(change)()


@pytest.fixture
async def copied(site, server_process) -> AsyncIterator[Any]:
    """Return a function that has the provider keep a copy of all collections."""

    async def copied() -> Store:
        while not await Store.objects.filter(state=Store.State.READY).aexists():
            await Store.objects.aupdate(due_at=timezone.now())
            await stores.keep_in_step(server_process.clients)
            await asyncio.sleep(0.01)
        site.forget_requests()
        return await Store.objects.aget()

    yield copied
    await server_process.clients.of(None).close()


@in_thread
def handbook_of(user, *passages: str, **fields: Any) -> tuple[Collection, CollectionFile]:
    collection = make_collection(user, is_at_providers=True, **fields)
    return collection, add_read(collection, *(passages or ("Holidays", LEAVE)), name="handbook.pdf")


async def asked(user, collection: Collection) -> Response:
    socket = await open_socket(user)
    response = await ask_and_wait(socket, QUESTION, collections={str(collection.pk): True})
    await socket.close()
    return await stored_response(pk=response["id"])


def tools_of(site) -> list[list[str]]:
    """Return what was offered in each request for an answer."""
    bodies = [each["body"] for each in site.requests() if (each["method"], each["path"]) == ("POST", "/v1/responses")]
    return [[tool.get("name", tool["type"]) for tool in body.get("tools", ())] for body in bodies if "store" in body]


async def test_provider_searches_in_its_copy_and_the_answer_leads_to_our_file(site, ada, copied):
    collection, file = await handbook_of(ada)
    store = await copied()
    response = await asked(ada, collection)
    body = next(body for body in site.bodies() if "tools" in body)
    [tool] = body["tools"]
    assert (tool["type"], tool["vector_store_ids"]) == ("file_search", [store.store_id])
    assert "filters" not in tool
    assert body["include"] == ["file_search_call.results"]
    search, message = response.output
    [annotation] = message["content"][0]["annotations"]
    place = {"collection_file": str(file.pk), "filename": "handbook.pdf", "page": 2, "passage": 1}
    assert annotation == {"type": "file_citation", "index": annotation["index"], **place}
    assert search["results"][0].items() >= place.items()
    assert LEAVE in response.answer()
    assert response.refused == []


async def test_we_search_as_long_as_there_is_no_copy(site, ada):
    collection, _ = await handbook_of(ada)
    await asked(ada, collection)
    assert tools_of(site)[0] == ["search_knowledge"]


@pytest.mark.parametrize("change", ["filling", "deleting", "not kept any more"])
async def test_we_search_if_the_copy_is_not_what_it_should_be(site, ada, copied, change):
    collection, _ = await handbook_of(ada)
    await copied()
    if change == "not kept any more":
        await Collection.objects.aupdate(is_at_providers=False)
    else:
        await Store.objects.aupdate(state=change)
    await asked(ada, collection)
    assert tools_of(site)[0] == ["search_knowledge"]


async def test_we_search_if_one_of_the_collections_has_no_copy(site, ada, copied):
    first, _ = await handbook_of(ada)
    await copied()
    second = await in_thread(make_collection)(ada, "Quay")
    socket = await open_socket(ada)
    await ask_and_wait(socket, QUESTION, collections={str(first.pk): True, str(second.pk): True})
    await socket.close()
    assert tools_of(site)[0] == ["search_knowledge"]


async def test_both_search_if_the_copy_lacks_a_file(site, ada, copied):
    collection, _ = await handbook_of(ada)
    await in_thread(add_read)(collection, name="scan.pdf")
    await copied()
    await asked(ada, collection)
    assert tools_of(site)[0] == ["file_search", "search_knowledge"]


@pytest.mark.parametrize("how", ["added", "restored"])
async def test_both_search_if_a_file_just_came(site, ada, copied, how):
    collection, file = await handbook_of(ada)
    await copied()
    if how == "added":
        await in_thread(add_read)(collection, "The harbour opens at seven", name="hours.txt")
    else:
        await in_thread(content.delete)(CollectionFile.objects.filter(pk=file.pk))
        await in_thread(stored.bring_in_step)(await Store.objects.aget())
        await CollectionFile.objects.aupdate(deleted_at=None)
    await asked(ada, collection)
    assert tools_of(site)[0] == ["file_search", "search_knowledge"]


async def test_file_that_was_just_deleted_is_not_searched_although_it_is_still_there(site, ada, copied):
    collection, file = await handbook_of(ada)
    await in_thread(add_read)(collection, "Ferries leave at nine", name="ferries.txt")
    await copied()
    await in_thread(content.delete)(CollectionFile.objects.filter(pk=file.pk))
    response = await asked(ada, collection)
    body = next(body for body in site.bodies() if "tools" in body)
    assert body["tools"][0]["filters"] == {"type": "nin", "key": "file", "value": [str(file.pk)]}
    assert LEAVE not in str(response.output)


async def test_copy_with_a_deleted_file_that_cannot_be_named_is_not_searched(site, ada, copied):
    collection, file = await handbook_of(ada)
    await copied()
    await CollectionFile.objects.filter(pk=file.pk).adelete()
    assert await StoredFile.objects.filter(collection_file=None).aexists()
    await asked(ada, collection)
    assert tools_of(site)[0] == ["search_knowledge"]


@pytest.mark.parametrize("how", ["lost", "expired"])
async def test_store_that_is_gone_is_replaced_by_our_search_until_it_is_made_anew(site, ada, copied, how):
    collection, _ = await handbook_of(ada)
    store = await copied()
    if how == "lost":
        site.remove(f"/v1/vector_stores/{store.store_id}")
    else:
        site.expire_store(store.store_id)
    response = await asked(ada, collection)
    assert response.status == "completed"
    assert tools_of(site) == [["file_search"], ["search_knowledge"]]
    assert response.refused == []
    # Nothing is learnt of others, and the store is looked at.
    assert (await in_thread(catalog.refresh)()).refused_tools == {}
    assert (await Store.objects.aget()).state == Store.State.FILLING
    assert (await copied()).store_id != store.store_id
    await asked(ada, collection)
    assert tools_of(site) == [["file_search"]]


async def test_provider_that_refuses_to_search_is_not_asked_to_again(site, ada, copied):
    collection, _ = await handbook_of(ada)
    await copied()
    site.script(has="file_search", times=1, error={"status": 400, "body": REFUSED})
    assert (await asked(ada, collection)).status == "completed"
    await in_thread(catalog.refresh)()
    await asked(ada, collection)
    assert tools_of(site) == [["file_search"], ["search_knowledge"], ["search_knowledge"]]


async def test_copy_is_only_searched_for_those_who_may_see_the_collection(site, ada, mallory, copied):
    collection, _ = await handbook_of(ada)
    await copied()
    response = await asked(mallory, collection)
    assert [tools for tools in tools_of(site) if tools] == []
    assert LEAVE not in str(response.output)


async def test_other_provider_does_not_get_the_ids_of_stores(site, ada, copied):
    collection, _ = await handbook_of(ada)
    await copied()
    other = await Provider.objects.acreate(name="Other", base_url=site.base_url)
    assert await in_thread(stored.is_able)(other.pk) is False
    assert await in_thread(copies_at)(other.pk, [collection.pk]) is None
