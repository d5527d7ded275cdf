"""Answers with a response format: what is asked for, and whether the answer is what it says."""

import json

import msgspec
import pytest

from assistants.formats.response_format import JsonObject, JsonSchema
from assistants.models import Assistant
from assistants.request_settings import RequestSettings, stored_settings
from common.threads import in_thread
from conversations.answering.requests import build
from conversations.formats import described, sentences
from conversations.models import Conversation, Response
from tests.support.assistants import make_assistant
from tests.support.contract import check_request
from tests.support.conversations import QUESTION
from tests.support.said import said_as
from tests.support.socket import ask_and_wait, open_socket, stored

SCHEMA = {
    "type": "object",
    "properties": {
        "summary": {"type": "string"},
        "days": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"high_tide": {"type": "number"}, "day": {"type": "string", "format": "date"}},
                "required": ["high_tide", "day"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["summary", "days"],
    "additionalProperties": False,
}
TIDES = JsonSchema("tides", json.dumps(SCHEMA))
FORMAT = {"type": "json_schema", "name": "tides", "schema": SCHEMA, "strict": True}


def settings_of(format_) -> dict:
    return stored_settings(RequestSettings(format=format_))


def response_of(user, format_) -> Response:
    conversation = Conversation.objects.create(user=user)
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": QUESTION}]}
    return Response.objects.create(
        conversation=conversation,
        user=user,
        input=[message],
        model="standin",
        instructions="Be brief.",
        settings=settings_of(format_),
    )


@pytest.mark.django_db
class TestRequest:
    def test_schema_is_sent_with_the_order_of_its_properties(self, ada):
        body = build(Response.objects.get(pk=response_of(ada, TIDES).pk))
        check_request(body)
        assert body["text"] == {"format": FORMAT}
        assert [*body["text"]["format"]["schema"]["properties"]] == ["summary", "days"]
        assert body["instructions"] == "Be brief."

    def test_model_that_knows_no_schemas_is_told_the_schema(self, ada):
        body = build(response_of(ada, msgspec.structs.replace(TIDES, mode="json_object")))
        check_request(body)
        assert body["text"] == {"format": {"type": "json_object"}}
        assert body["instructions"].startswith("Be brief.\n\nAnswer with JSON only")
        assert body["instructions"].endswith(TIDES.schema)
        # The API wants the word in the messages.
        assert "JSON" in body["input"][0]["content"]

    def test_model_that_knows_no_formats_is_told_too(self, ada):
        body = build(response_of(ada, msgspec.structs.replace(TIDES, mode="text")))
        assert "text" not in body
        assert body["instructions"].endswith(TIDES.schema)
        assert [item["role"] for item in body["input"]] == ["user"]

    def test_json_mode_needs_no_schema(self, ada):
        body = build(response_of(ada, JsonObject()))
        check_request(body)
        assert body["text"] == {"format": {"type": "json_object"}}


async def assistant_of(user, format_=TIDES, **content) -> Assistant:
    return await in_thread(make_assistant)(user, settings=settings_of(format_), **content)


def texts(answer) -> list[str]:
    return [part["text"] for item in answer["output"] if item["type"] == "message" for part in item["content"]]


@pytest.mark.django_db(transaction=True)
class TestAnswer:
    async def test_answer_that_fits_is_valid(self, site, ada):
        assistant = await assistant_of(ada)
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, "5 rows of tides", assistant=str(assistant.pk))
        assert answer["text"] == {"verbosity": None, "format": FORMAT, "problems": []}
        assert len(json.loads(texts(answer)[0])["days"]) == 5
        response = await stored(pk=answer["id"])
        assert response.format_problems == []
        assert described(response) == {"format": FORMAT, "problems": []}
        await tab.close()

    async def test_answer_that_does_not_fit_says_what_is_wrong(self, site, ada):
        site.script(times=1, match="tide", text='{"summary": 1, "days": [{"high_tide": 2.5, "day": "soon"}]}')
        assistant = await assistant_of(ada)
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, QUESTION, assistant=str(assistant.pk))
        assert answer["status"] == "completed"
        assert answer["text"]["problems"] == [
            {"code": "string", "path": "/summary", "message": "This should be a text.", "values": {}},
            {
                "code": "format",
                "path": "/days/0/day",
                "message": "This doesn't have the format '%(format)s'.",
                "values": {"format": "date"},
            },
        ]
        response = await stored(pk=answer["id"])
        assert sentences(response)[1] == "/days/0/day: This doesn't have the format 'date'."
        await tab.close()

    async def test_cut_answer_is_not_valid(self, site, ada):
        final = {"$response": {"incomplete_details": {"reason": "max_output_tokens"}}}
        whole = json.dumps({"summary": "High", "days": []})
        end = {"event": {"type": "response.incomplete", "response": final}}
        site.script(times=1, match="tide", steps=[*said_as(whole, "output_text", "text"), end])
        assistant = await assistant_of(ada)
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, QUESTION, assistant=str(assistant.pk))
        assert [problem["code"] for problem in answer["text"]["problems"]] == ["cut"]
        await tab.close()

    async def test_refusal_is_not_valid(self, site, ada):
        end = {"event": {"type": "response.completed", "response": "$response"}}
        site.script(times=1, match="tide", steps=[*said_as("I won't.", "refusal", "refusal"), end])
        assistant = await assistant_of(ada)
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, QUESTION, assistant=str(assistant.pk))
        assert [problem["code"] for problem in answer["text"]["problems"]] == ["refused"]
        await tab.close()

    async def test_schema_that_the_provider_refuses_gets_a_sentence(self, site, ada):
        loose = {**SCHEMA, "additionalProperties": True}
        assistant = await assistant_of(ada, JsonSchema("tides", json.dumps(loose)))
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, QUESTION, assistant=str(assistant.pk))
        assert answer["error"] == {
            "code": "invalid_json_schema",
            "message": "The model's provider doesn't accept the JSON schema of the answer. Tell your admin.",
        }
        await tab.close()

    async def test_answer_without_a_format_is_not_checked(self, site, ada):
        tab = await open_socket(ada)
        answer = await ask_and_wait(tab, QUESTION)
        assert answer["text"] == {"verbosity": None}
        assert (await stored(pk=answer["id"])).format_problems is None
        await tab.close()
