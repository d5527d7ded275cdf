"""Chains of responses, and how they fail.

https://platform.openai.com/docs/guides/conversation-state
"""

from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError

from tests.support.wire import FUNCTION, create, text


async def ask(client: AsyncOpenAI, question: Any, **body: Any) -> dict[str, Any]:
    """Ask a question; return the response object."""
    response: dict[str, Any] = (await create(client, input=question, **body))[-1]["response"]
    return response


def said(response: dict[str, Any]) -> str:
    content: list[dict[str, Any]] = response["output"][-1]["content"]
    return str(content[0]["text"])


async def test_chain_carries_all_earlier_turns(client):
    first = await ask(client, "Where is Oslo?")
    second = await ask(client, "And Bergen?", previous_response_id=first["id"])
    third = await ask(client, "And Tromsø?", previous_response_id=second["id"])

    assert "turn 3, 2 of the earlier ones through `previous_response_id`" in said(third)
    assert "began with “Where is Oslo?”" in said(third)
    assert third["previous_response_id"] == second["id"]
    assert third["usage"]["input_tokens"] > second["usage"]["input_tokens"] > first["usage"]["input_tokens"]


async def test_siblings_do_not_see_each_other(client):
    first = await ask(client, "Where is Oslo?")
    for question in ("And Bergen?", "And Tromsø?"):
        assert "turn 2" in said(await ask(client, question, previous_response_id=first["id"]))


@pytest.mark.parametrize("model", ["standin", "standin-reasoning"])
async def test_replay_counts_as_many_turns_as_a_chain(client, model):
    first = await ask(client, "Where is Oslo?", model=model, store=False)
    question = {"role": "user", "content": "Where is Oslo?"}

    second = await ask(client, [question, *first["output"], {"role": "user", "content": "And Bergen?"}], model=model)

    assert "turn 2, 0 of the earlier ones" in said(second)


@pytest.mark.parametrize("lost", ["never made", "not stored", "deleted"])
async def test_lost_previous_response_is_refused(client, lost):
    previous = "resp_unheard"
    if lost != "never made":
        previous = (await ask(client, "Hello", store=lost != "not stored"))["id"]
    if lost == "deleted":
        await client.responses.delete(previous)

    with pytest.raises(BadRequestError) as refused:
        await create(client, input="Again", previous_response_id=previous)

    assert refused.value.body == {
        "message": f"Previous response with id '{previous}' not found.",
        "type": "invalid_request_error",
        "param": "previous_response_id",
        "code": "previous_response_not_found",
    }


async def test_deleted_older_response_shortens_the_chain_without_an_error(client):
    first = await ask(client, "Where is Oslo?")
    second = await ask(client, "And Bergen?", previous_response_id=first["id"])
    await client.responses.delete(first["id"])

    third = await ask(client, "And Tromsø?", previous_response_id=second["id"])

    assert "turn 2" in said(third)
    assert "began with “And Bergen?”" in said(third)


async def test_incomplete_response_can_be_continued(client):
    first = await ask(client, "Something long", max_output_tokens=16)

    assert "turn 2" in said(await ask(client, "Go on", previous_response_id=first["id"]))


async def test_response_that_is_not_stored_is_not_found(client):
    response = await ask(client, "Hello", store=False)

    with pytest.raises(NotFoundError, match=f"Response with id '{response['id']}' not found"):
        await client.responses.retrieve(response["id"])


async def test_function_call_without_its_output_is_refused(client):
    called = await ask(client, "Use get_weather", tools=[FUNCTION])
    call_id = called["output"][0]["call_id"]

    with pytest.raises(BadRequestError, match=f"No tool output found for function call {call_id}") as refused:
        await create(client, input="Never mind", previous_response_id=called["id"])

    assert (refused.value.code, refused.value.param) == (None, "input")


async def test_tool_output_without_its_call_is_refused(client):
    output = {"type": "function_call_output", "call_id": "call_lost", "output": "4 degrees"}

    with pytest.raises(BadRequestError, match="No tool call found for function call output with call_id call_lost"):
        await create(client, input=[output])


async def test_item_that_is_in_the_chain_already_is_refused(client):
    first = await ask(client, "Hello")

    with pytest.raises(BadRequestError, match=f"Duplicate item found with id {first['output'][0]['id']}"):
        await create(client, input=first["output"], previous_response_id=first["id"])


async def test_item_without_its_reasoning_is_refused(client):
    first = await ask(client, "Hello", model="standin-reasoning")
    reasoning, message = first["output"]

    words = f"Item '{message['id']}' of type 'message' was provided without its required 'reasoning' item: "
    with pytest.raises(BadRequestError, match=f"{words}'{reasoning['id']}'"):
        await create(client, input=[message, {"role": "user", "content": "Again"}], model="standin-reasoning")
    # Nobody knows what an item without its id was made of.
    unnamed = {"role": "assistant", "content": said(first)}
    await ask(client, [unnamed, {"role": "user", "content": "Again"}], model="standin-reasoning")


async def test_reasoning_without_its_following_item_is_refused(client):
    first = await ask(client, "Hello", model="standin-reasoning")

    with pytest.raises(BadRequestError, match="without its required following item"):
        await create(client, input=[first["output"][0], {"role": "user", "content": "Again"}])


async def test_encrypted_reasoning_needs_no_id(client):
    reasoning, message = (await ask(client, "Hello", model="standin-reasoning"))["output"]
    del reasoning["id"]
    again = await ask(client, [reasoning, message, {"role": "user", "content": "Again"}])

    assert again["status"] == "completed"


async def test_reasoning_that_cannot_be_decrypted_is_refused(client):
    reasoning, message = (await ask(client, "Hello", model="standin-reasoning"))["output"]

    with pytest.raises(BadRequestError) as refused:
        await create(client, input=[{**reasoning, "encrypted_content": "from elsewhere"}, message])

    assert refused.value.code == "invalid_encrypted_content"


async def test_stored_item_can_be_referenced(client):
    message = (await ask(client, "Hello"))["output"][0]
    question = {"role": "user", "content": "Again"}
    question_first = [{"role": "user", "content": "Hello"}, {"type": "item_reference", "id": message["id"]}, question]

    assert "turn 2" in text(await create(client, input=question_first))
    with pytest.raises(NotFoundError, match="Item with id 'msg_lost' not found"):
        await create(client, input=[{"type": "item_reference", "id": "msg_lost"}, question])


async def test_input_beyond_the_context_window_is_refused(client):
    with pytest.raises(BadRequestError) as refused:
        await create(client, input="a " * 400_001)

    assert refused.value.code == "context_length_exceeded"


class TestInputItems:
    async def test_whole_chain_is_listed_newest_first(self, client):
        first = await ask(client, "Where is Oslo?")
        second = await ask(client, "And Bergen?", previous_response_id=first["id"])

        newest_first = [item async for item in client.responses.input_items.list(second["id"])]

        assert [item.role for item in newest_first] == ["user", "assistant", "user"]
        assert newest_first[0].content[0].text == "And Bergen?"
        assert newest_first[1].id == first["output"][0]["id"]

    async def test_items_are_listed_in_pages(self, client):
        questions = [{"role": "user", "content": f"Question {number}"} for number in range(7)]
        response = await ask(client, questions)

        page = await client.responses.input_items.list(response["id"], order="asc", limit=3)
        everything = [item async for item in client.responses.input_items.list(response["id"], order="asc", limit=3)]

        assert page.has_more
        assert len(page.data) == 3
        assert [item.content[0].text for item in everything] == [f"Question {number}" for number in range(7)]
        assert len({item.id for item in everything}) == 7

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"order": "sideways"}, {"after": "msg_lost"}])
    async def test_invalid_page_is_refused(self, client, query):
        response = await ask(client, "Hello")

        with pytest.raises(BadRequestError):
            await client.responses.input_items.list(response["id"], **query)
