"""The traces of tools with which the browser's tests are made: the API would send them, event by event."""

import pytest

from tests.support.contract import check_response
from tests.support.traces import TRACES
from tests.support.traces.events import joined, steps
from tests.support.wire import create


@pytest.mark.parametrize("name", TRACES)
async def test_trace_keeps_to_the_contract(client, script, name):
    await script.add(steps=steps(TRACES[name]))
    # It checks each event.
    events = await create(client, input="Hello")
    check_response(events[-1]["response"])


async def test_traces_follow_each_other_in_one_response(client, script):
    await script.add(steps=steps(joined(TRACES["shell"], TRACES["patches"])))
    events = await create(client, input="Hello")
    kinds = [item["type"] for item in events[-1]["response"]["output"]]
    assert kinds.count("message") == 2
    assert kinds[7:10] == ["apply_patch_call"] * 3
