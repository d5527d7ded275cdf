"""Ends that are no failures: they are stored as they are, and the conversation goes on from them."""

import pytest

from common.threads import in_thread
from conversations.models import Response
from tests.support.said import said_as
from tests.support.socket import ask_and_wait, open_socket, stored

TEXT = "I can't say how high the tide"

pytestmark = pytest.mark.django_db(transaction=True)


async def check(ada, status, details, text, key):
    """Check that the answer is shown and stored like this, and continued with and without the chain."""
    tab = await open_socket(ada)
    answer = await ask_and_wait(tab, "How high is the tide?")
    assert (answer["status"], answer["error"], answer["incomplete_details"]) == (status, None, details)
    assert [part[key] for part in answer["output"][0]["content"]] == [text]
    response = await stored(pk=answer["id"])
    assert (response.status, response.incomplete_details, response.output) == (status, details, answer["output"])
    chain = {"conversation": answer["conversation"]["id"], "previous_response_id": answer["id"]}
    assert (await ask_and_wait(tab, "And now?", **chain))["status"] == "completed"
    await in_thread(Response.objects.filter(pk=answer["id"]).update)(response_id=None)
    assert (await ask_and_wait(tab, "And then?", **chain))["status"] == "completed"
    await tab.close()


@pytest.mark.parametrize("reason", ["max_output_tokens", "max_messages", "content_filter", "steered"])
async def test_incomplete_answer_says_why(site, ada, reason):
    final = {"$response": {"incomplete_details": {"reason": reason}}}
    end = {"event": {"type": "response.incomplete", "response": final}}
    site.script(times=1, match="tide", steps=[*said_as(TEXT, "output_text", "text"), end])
    await check(ada, "incomplete", {"reason": reason}, TEXT, "text")


async def test_refusal_counts_as_an_answer(site, ada):
    end = {"event": {"type": "response.completed", "response": "$response"}}
    site.script(times=1, match="tide", steps=[*said_as(TEXT, "refusal", "refusal"), end])
    await check(ada, "completed", None, TEXT, "refusal")
