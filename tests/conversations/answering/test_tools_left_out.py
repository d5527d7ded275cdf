"""Tools that somebody chose and that aren't sent are named with the answer."""

import pytest

from assistants.models import Assistant
from common.threads import in_thread
from tests.support.assistants import make_assistant
from tests.support.socket import open_socket, question, stored

pytestmark = pytest.mark.django_db(transaction=True)


async def test_tool_that_the_model_does_not_take_is_named(site, ada):
    tools: dict[str, object] = {"web_search": {}, "current_time": {}}
    assistant: Assistant = await in_thread(make_assistant)(ada, settings={"tools": tools})
    socket = await open_socket(ada)
    await socket.send(question("How high is the tide?", assistant=str(assistant.pk)))
    answer = (await socket.until_end())[-1]["response"]
    await socket.close()
    # What the site has on is nobody's choice.
    assert (answer["status"], answer["not_applied"]) == ("completed", ["tools.web_search"])
    assert (await stored(pk=answer["id"])).settings == {"tools": tools}
