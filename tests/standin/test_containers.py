"""Programs that the stand-in claims to run: their outputs if these are asked for, their files, and what expires."""

import re

import pytest
from openai import BadRequestError, NotFoundError

from tests.support.wire import create

TOOL = {"type": "code_interpreter", "container": {"type": "auto"}}
QUESTION = "Plot the tides in Python"


@pytest.mark.parametrize("include", [[], ["code_interpreter_call.outputs"]])
async def test_program_comes_with_its_outputs_if_they_are_asked_for(client, include):
    events = await create(client, input=QUESTION, tools=[TOOL], include=include)
    program, message = events[-1]["response"]["output"]
    assert [each["type"] for each in program["outputs"] or []] == (["logs", "image"] if include else [])
    code = "".join(event["delta"] for event in events if event["type"].endswith("_code.delta"))
    assert code == program["code"]
    [citation] = message["content"][0]["annotations"]
    assert citation["container_id"] == program["container_id"]
    assert f"sandbox:/mnt/data/{citation['filename']}" in message["content"][0]["text"]


@pytest.mark.parametrize(("tools", "question"), [([], QUESTION), ([TOOL], "Plot the tides")])
async def test_nothing_is_run_without_the_tool_or_the_word(client, tools, question):
    events = await create(client, input=question, tools=tools)
    assert [item["type"] for item in events[-1]["response"]["output"]] == ["message"]


async def test_files_are_listed_and_read_until_their_container_expires(client, script):
    events = await create(client, input=QUESTION, tools=[TOOL])
    program, message = events[-1]["response"]["output"]
    container = program["container_id"]
    listed = [file async for file in client.containers.files.list(container)]
    assert [(file.path, file.source) for file in listed] == [
        ("/mnt/data/tides.png", "assistant"),
        ("/mnt/data/tides.csv", "assistant"),
    ]
    cited = message["content"][0]["annotations"][0]["file_id"]
    content = await client.containers.files.content.retrieve(cited, container_id=container)
    assert content.read().startswith(b"port,metres")
    with pytest.raises(NotFoundError):
        await client.containers.files.content.retrieve("cfile_none", container_id=container)

    await script.container(container, expired=True)
    with pytest.raises(BadRequestError, match=re.escape("Container is expired.")):
        await create(client, input="Again", previous_response_id=events[-1]["response"]["id"])
    with pytest.raises(BadRequestError, match=re.escape("Container is expired.")):
        await client.containers.files.list(container)
