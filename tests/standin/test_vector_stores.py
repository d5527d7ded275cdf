"""Vector stores: what is in them, what is found there, and answers from that, against the API's contract."""

import asyncio
import re

import pytest
from openai import APIStatusError, AsyncOpenAI, BadRequestError, NotFoundError, RateLimitError

from tests.support.contract import check_response, check_schema
from tests.support.wire import create, http, text

HANDBOOK = "Leave\n\nEmployees may take 49 weeks of parental leave.\n\nTravel\n\nTrains are booked by the office."
TOOL = "file_search"
INCLUDE = ["file_search_call.results"]


@pytest.fixture
async def upload(client):
    async def upload(content: str = HANDBOOK, name: str = "handbook.md") -> str:
        return (await client.files.create(file=(name, content.encode()), purpose="assistants")).id

    return upload


@pytest.fixture
async def filled(client, upload) -> tuple[str, str]:
    """Return the ids of a store and of the handbook in it."""
    store, file_id = await client.vector_stores.create(name="Team"), await upload()
    file = await client.vector_stores.files.create_and_poll(file_id, vector_store_id=store.id, poll_interval_ms=10)
    assert file.status == "completed"
    return store.id, file_id


async def indexed(client: AsyncOpenAI, store_id: str) -> list[tuple[str, str]]:
    """Return the files of a store with their states, once all are over."""
    while True:
        listed = await client.vector_stores.files.list(store_id)
        if all(file.status != "in_progress" for file in listed.data):
            return [(file.id, file.status) for file in listed.data]
        await asyncio.sleep(0.01)


async def test_objects_keep_to_the_contract(url, client, upload):
    file_id = await upload()
    async with http(base_url=url, headers={"Authorization": "Bearer sk-test"}) as raw:

        async def call(method: str, path: str, schema: str, body: object = None) -> dict:
            answer = await raw.request(method, f"/vector_stores{path}", json=body)
            found = answer.raise_for_status().json()
            check_schema(schema, found)
            return found

        new = {"name": "Team", "metadata": {"a": "b"}, "expires_after": {"anchor": "last_active_at", "days": 7}}
        one = f"/{(await call('POST', '', 'VectorStoreObject', new))['id']}"
        file = {"file_id": file_id, "attributes": {"team": "hr", "year": 2026, "public": True}}
        assert (await call("POST", f"{one}/files", "VectorStoreFileObject", file))["status"] == "in_progress"
        await indexed(client, one[1:])
        listed = await call("GET", f"{one}/files", "ListVectorStoreFilesResponse")
        assert listed["data"][0]["attributes"] == file["attributes"]
        await call("GET", f"{one}/files/{file_id}", "VectorStoreFileObject")
        await call("POST", f"{one}/files/{file_id}", "VectorStoreFileObject", {"attributes": {"team": "it"}})
        content = await call("GET", f"{one}/files/{file_id}/content", "VectorStoreFileContentResponse")
        assert content["data"][0]["text"] == HANDBOOK
        found = await call("POST", f"{one}/search", "VectorStoreSearchResultsPage", {"query": "parental leave"})
        assert found["data"][0]["attributes"] == {"team": "it"}
        batch = await call("POST", f"{one}/file_batches", "VectorStoreFileBatchObject", {"file_ids": [file_id]})
        await call("GET", f"{one}/file_batches/{batch['id']}", "VectorStoreFileBatchObject")
        await call("GET", f"{one}/file_batches/{batch['id']}/files", "ListVectorStoreFilesResponse")
        await call("POST", f"{one}/file_batches/{batch['id']}/cancel", "VectorStoreFileBatchObject")
        await call("POST", one, "VectorStoreObject", {"name": "Others"})
        await call("GET", one, "VectorStoreObject")
        assert one[1:] in [store["id"] for store in (await call("GET", "", "ListVectorStoresResponse"))["data"]]
        await call("DELETE", f"{one}/files/{file_id}", "DeleteVectorStoreFileResponse")
        await call("DELETE", one, "DeleteVectorStoreResponse")
    with pytest.raises(NotFoundError):
        await client.vector_stores.retrieve(one[1:])
    # The file isn't gone with its store.
    assert (await client.files.retrieve(file_id)).id == file_id


async def test_states_take_a_moment_and_each_file_fails_alone(client, upload):
    store = await client.vector_stores.create(name="Team")
    names = {"a.md": HANDBOOK, "b.csv": "a,b", "c.txt": "(not indexable)", "d.txt": "(never indexed)", "e.txt": "  "}
    files = {name: await upload(content, name) for name, content in names.items()}
    batch = await client.vector_stores.file_batches.create(store.id, file_ids=[*files.values()])
    assert (batch.status, batch.file_counts.in_progress) == ("in_progress", 5)
    while batch.file_counts.in_progress > 1:
        batch = await client.vector_stores.file_batches.retrieve(batch.id, vector_store_id=store.id)
        await asyncio.sleep(0.01)
    assert batch.status == "in_progress"
    assert (batch.file_counts.completed, batch.file_counts.failed, batch.file_counts.total) == (1, 3, 5)
    failed = await client.vector_stores.file_batches.list_files(batch.id, vector_store_id=store.id, filter="failed")
    reasons = {file.id: file.last_error.code for file in failed.data}
    assert reasons == {
        files["b.csv"]: "unsupported_file",
        files["c.txt"]: "server_error",
        files["e.txt"]: "invalid_file",
    }
    cancelled = await client.vector_stores.file_batches.cancel(batch.id, vector_store_id=store.id)
    assert cancelled.file_counts.cancelled == 1


async def test_file_of_a_kind_that_cannot_be_searched_is_refused(client, upload):
    store, file_id = await client.vector_stores.create(), await upload("a,b", "table.csv")
    with pytest.raises(BadRequestError, match=re.escape("Files with extensions [.csv] are not supported")) as error:
        await client.vector_stores.files.create(store.id, file_id=file_id)
    assert error.value.code == "unsupported_file"
    assert not (await client.vector_stores.files.list(store.id)).data


async def test_file_that_is_deleted_leaves_its_stores(client, filled):
    store_id, file_id = filled
    await client.files.delete(file_id)
    assert not (await client.vector_stores.files.list(store_id)).data
    assert not (await client.vector_stores.search(store_id, query="parental leave")).data
    with pytest.raises(NotFoundError):
        await client.vector_stores.files.create(store_id, file_id=file_id)


@pytest.mark.parametrize(
    ("filters", "is_found"),
    [
        ({"type": "eq", "key": "team", "value": "hr"}, True),
        ({"type": "ne", "key": "team", "value": "hr"}, False),
        ({"type": "eq", "key": "office", "value": "hr"}, False),
        ({"type": "gte", "key": "year", "value": 2026}, True),
        ({"type": "gt", "key": "team", "value": 1}, False),
        ({"type": "in", "key": "team", "value": ["hr", "it"]}, True),
        ({"type": "nin", "key": "team", "value": ["hr", "it"]}, False),
        (
            {
                "type": "or",
                "filters": [
                    {"type": "eq", "key": "team", "value": "it"},
                    {"type": "and", "filters": [{"type": "lt", "key": "year", "value": 2027}]},
                ],
            },
            True,
        ),
    ],
)
async def test_filters_say_in_which_files_is_searched(client, filled, filters, is_found):
    store_id, file_id = filled
    await client.vector_stores.files.update(file_id, vector_store_id=store_id, attributes={"team": "hr", "year": 2026})
    found = await client.vector_stores.search(store_id, query="parental leave", filters=filters)
    assert bool(found.data) is is_found
    tool = {"type": TOOL, "vector_store_ids": [store_id], "filters": filters}
    events = await create(client, input="How much parental leave?", tools=[tool], include=INCLUDE)
    assert bool(events[-1]["response"]["output"][0]["results"]) is is_found


@pytest.mark.parametrize(
    "body",
    [
        {"file_ids": ["file-1"], "files": [{"file_id": "file-1"}]},
        {},
        {"file_ids": []},
        {"files": [{"file_id": "file-1", "attributes": {str(number): 1 for number in range(17)}}]},
        {"files": [{"file_id": "file-1", "attributes": {"a": "b" * 513}}]},
        {"file_ids": ["file-1"], "chunking_strategy": {"type": "static", "static": {"max_chunk_size_tokens": 99}}},
        {"file_ids": ["file-none"]},
        {"file_ids": ["file-1"] * 2001},
        {"file_ids": ["file-1"], "unknown": 1},
    ],
)
async def test_invalid_batches_are_refused(client, body):
    store = await client.vector_stores.create()
    with pytest.raises(APIStatusError) as error:
        await client.vector_stores.file_batches.create(store.id, extra_body=body)
    assert error.value.status_code in {400, 404}


async def test_lists_come_in_pages(client, upload):
    store = await client.vector_stores.create()
    ids = [await upload(name=f"{number}.md") for number in range(5)]
    await client.vector_stores.file_batches.create(store.id, file_ids=ids)
    first = await client.vector_stores.files.list(store.id, limit=2)
    assert first.has_more
    assert {file.id async for file in client.vector_stores.files.list(store.id, limit=2)} == set(ids)
    with pytest.raises(BadRequestError):
        await client.vector_stores.files.list(store.id, limit=101)


async def test_script_refuses_one_call(client, script):
    body = {"error": {"message": "Slow down.", "type": "rate_limit_error", "param": None, "code": None}}
    await script.add(on="vector_stores", match="POST /v1/vector_stores", times=1, error={"status": 429, "body": body})
    with pytest.raises(RateLimitError):
        await client.vector_stores.create()
    assert (await client.vector_stores.create()).status == "completed"


@pytest.mark.parametrize("include", [[], INCLUDE])
async def test_answer_comes_from_what_was_found_and_cites_it(client, filled, include):
    store_id, file_id = filled
    tool = {"type": TOOL, "vector_store_ids": [store_id]}
    events = await create(client, input="How many weeks of parental leave?", tools=[tool], include=include)
    search, message = events[-1]["response"]["output"]
    check_response(events[-1]["response"])
    assert search["queries"] == ["How many weeks of parental leave?"]
    if include:
        [result] = search["results"]
        assert (result["file_id"], result["filename"], result["text"]) == (file_id, "handbook.md", HANDBOOK)
    else:
        assert search["results"] is None
    [citation] = message["content"][0]["annotations"]
    assert (citation["type"], citation["file_id"], citation["filename"]) == ("file_citation", file_id, "handbook.md")
    assert text(events)[: citation["index"]].endswith("Employees may take 49 weeks of parental leave.")


async def test_answer_says_if_nothing_was_found(client, filled):
    tool = {"type": TOOL, "vector_store_ids": [filled[0]]}
    events = await create(client, input="Who invented fortran?", tools=[tool], include=INCLUDE)
    search, message = events[-1]["response"]["output"]
    assert search["results"] == []
    assert "found nothing" in message["content"][0]["text"]
    assert message["content"][0]["annotations"] == []


async def test_store_that_is_gone_or_has_expired_cannot_be_searched(client, script, filled):
    store_id, _ = filled
    tool = {"type": TOOL, "vector_store_ids": [store_id]}
    await script.vector_store(store_id, expired=True)
    assert (await client.vector_stores.retrieve(store_id)).status == "expired"
    with pytest.raises(BadRequestError, match="expired"):
        await create(client, input="Parental leave?", tools=[tool])
    with pytest.raises(BadRequestError, match="expired"):
        await client.vector_stores.search(store_id, query="leave")
    await client.vector_stores.delete(store_id)
    with pytest.raises(NotFoundError, match="Vector store with id"):
        await create(client, input="Parental leave?", tools=[tool])
