"""Every event type of the API passes through the log to the page, whether or not the page draws it."""

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from openai import BaseModel

from tests.support.contract import event_models
from tests.support.socket import open_socket, stored

pytestmark = pytest.mark.django_db(transaction=True)

# They carry a whole response, and are told apart from the others in tests of their own.
OF_THE_WHOLE = {name for name, model in event_models().items() if "response" in model.model_fields} | {"error"}
PASSED_ON = sorted(set(event_models()) - OF_THE_WHOLE)

# What viewers do without, what says where an item is among these, and an image that becomes a file of ours.
NOISE = {"logprobs", "sequence_number", "output_index", "partial_image_b64"}

OUTPUT = [
    {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "tides"}},
    {"type": "an_item_of_tomorrow", "id": "x_1", "content": {"deep": [1, None, "€"]}},
]


def example(kind: Any) -> Any:
    """The smallest value of a type: what is optional left out."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return example(arguments[0])
    if origin is Literal:
        return arguments[0]
    if origin in {Union, types.UnionType}:
        return None if type(None) in arguments else example(arguments[0])
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {name: example(field.annotation) for name, field in kind.model_fields.items() if field.is_required()}
    if origin in {dict, list}:
        return origin()
    return {str: "x", int: 0, float: 0.5, bool: True, object: {}}[kind]


async def test_every_event_reaches_the_page_unchanged(site, ada):
    sent = [apart(example(event_models()[name]), number) for number, name in enumerate(PASSED_ON)]
    created = {"event": {"type": "response.created", "response": "$response"}}
    completed = {"event": {"type": "response.completed", "response": {"$response": {"output": OUTPUT}}}}
    site.script(steps=[created, *({"event": event} for event in sent), completed])
    tab = await open_socket(ada)
    await tab.ask("Do all that you can")
    events = await tab.until_end()

    seen = [event for event in events if event["type"] in PASSED_ON]
    assert [event["type"] for event in seen] == PASSED_ON
    for event, was in zip(seen, sent, strict=True):
        assert {name: event.get(name, 0) for name in was if name not in NOISE} == without(was, NOISE)
    output = (await stored(pk=events[0]["response_id"])).output
    assert [item for item in output if item in OUTPUT] == OUTPUT
    await tab.close()


def apart(event: dict[str, Any], number: int) -> dict[str, Any]:
    """The event of an item of its own, so that it isn't taken for one of another item."""
    return event | ({"output_index": number} if "output_index" in event else {})


def without(event: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in names}
