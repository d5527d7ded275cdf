"""docs/protocol.md names exactly the types, fields and codes that the server and the page know."""

import re
from typing import Any

import pytest

from conversations.models import Response
from providers.responses_api.output import PARTIAL_IMAGE
from tests.support.contract import event_models
from tests.support.protocol import (
    DOCUMENT,
    EXPORT_DOCUMENT,
    PAGE,
    TYPE,
    codes_in_document,
    codes_in_page,
    codes_in_server,
    commands_in_page,
    examples,
    fields_in_document,
    fields_in_page,
    fields_of_commands,
    fields_of_views,
    names_in_document,
    section,
    types_in_server,
)
from tests.support.socket import ENDS, ask_and_wait, open_socket

OF_API = set(event_models())


def test_types_of_messages_are_the_same_on_all_sides():
    """Each side may also name events of the API that it treats specially."""
    documented = set(re.findall(rf"[`\"]({TYPE})[`\"]", DOCUMENT))
    in_server = types_in_server() | {f"response.{status}" for status in Response.Status.values} & {
        *ENDS,
        "response.waiting",
    }
    in_page = set(re.findall(rf'"({TYPE})"', PAGE))
    assert documented - OF_API == in_server - OF_API == in_page - OF_API
    assert documented & OF_API <= in_server | {PARTIAL_IMAGE}


def test_fields_of_commands_are_the_same_on_all_sides():
    documented = fields_in_document(section("Commands: browser to server"))
    for command in re.findall(rf"^### `({TYPE})`$", DOCUMENT, re.MULTILINE):
        documented[command] |= set(re.findall(r"^\* `(\w+)`:", section(f"`{command}`"), re.MULTILINE))
    # An example without a type is a mapping from ids.
    assert {kind: fields for kind, fields in documented.items() if kind} == fields_of_commands()
    in_page = commands_in_page()
    assert in_page == {kind: fields for kind, fields in documented.items() if re.fullmatch(TYPE, kind)}
    assert documented["message"] <= fields_in_page("Item")
    assert documented["input_text"] | documented["input_image"] <= fields_in_page("Part")


def test_codes_of_refusals_are_the_same_on_all_sides():
    assert codes_in_document() == codes_in_server()
    assert codes_in_page() <= codes_in_document()


def test_fields_of_requests_are_documented():
    assert fields_of_views() - names_in_document() - names_in_document(EXPORT_DOCUMENT) == set()


@pytest.mark.django_db(transaction=True)
class TestFieldsOfEvents:
    """Fields of events as a socket receives them."""

    async def test_response_events_have_the_documented_fields(self, site, ada):
        listed, ours = re.search(
            r"Of each `response` object, only\s(.*?)\sare\spassed\son\.\sWe\sadd\s(.*?)\.\s", DOCUMENT, re.DOTALL
        ).groups()
        part = section("Response events")
        (queued,) = (example for example in examples(part) if example.get("type") == "response.queued")
        documented = {*re.findall(r"`(\w+)`", listed + ours), *queued["response"], *re.findall(r"`(versions)`", part)}
        events = await self.events(site, ada)
        assert all({"type", "response_id", "sequence_number"} <= event.keys() for event in events)
        passed = {name for event in events for name in event.get("response", {})}
        assert passed == documented == fields_in_page("ResponseObject")

    async def events(self, site, ada) -> list[dict[str, Any]]:
        """Return the events of an answer that is lost and begins again."""
        site.script(times=1, text="one.two.", deltas=2, at={"5": {"cut": "abort"}})
        socket = await open_socket(ada)
        await socket.ask("Count")
        events = await socket.until_end()
        await socket.close()
        return events

    async def test_side_list_events_have_the_documented_fields(self, site, ada):
        example = fields_in_document(section("List events"))
        socket = await open_socket(ada)
        await socket.ask("Count")
        conversation = await socket.until_updated()
        assert conversation.keys() == example[""] == fields_in_page("Conversation")

    async def test_socket_events_have_the_documented_fields(self, site, ada):
        documented = fields_in_document(section("Socket events"))
        socket = await open_socket(ada)
        answer = await ask_and_wait(socket, "Count")
        await socket.send({"type": "conversation.follow", "conversation": answer["conversation"]["id"]})
        following = await socket.receive()
        await socket.ask("")
        (error,) = [event for event in await socket.until("error") if event["type"] == "error"]
        for event in (following, error):
            assert event.keys() == documented[event["type"]]
        assert error.keys() == fields_in_page("ErrorEvent")
        await socket.close()
