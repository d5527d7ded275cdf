"""What a provider refuses is left out, asked again once, remembered, and never sent in a later turn."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from common.threads import in_thread
from conversations.attachments import store
from conversations.models import Response
from providers import catalog
from providers.models import Model
from tests.support.contract import check_request
from tests.support.images import encoded, image
from tests.support.provider import Provider
from tests.support.refusals import learnt
from tests.support.socket import Socket, image_part, open_socket, question, stored

pytestmark = pytest.mark.django_db(transaction=True)

UNMISSED = {"prompt_cache_key", "safety_identifier"}
CREATED = {"event": {"type": "response.created", "response": "$response"}}

ANNOUNCED = {
    "event": {
        "type": "response.output_item.added",
        "output_index": 0,
        "item": {"type": "message", "id": "msg_1", "role": "assistant", "status": "in_progress", "content": []},
    }
}


def refusal(status: int, message: str, **fields: Any) -> dict[str, Any]:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None, **fields}
    return {"error": {"status": status, "body": {"error": error}}}


def refusal_in_stream(message: str, *before: dict[str, Any], **fields: Any) -> dict[str, Any]:
    event = {"type": "error", "error": {"message": message, "type": "invalid_request_error", **fields}}
    return {"steps": [*before, {"event": event, "verbatim": True}]}


def failed(message: str, **fields: Any) -> dict[str, Any]:
    error = {"code": "server_error", "message": message, **fields}
    return {"steps": [CREATED, {"event": {"type": "response.failed", "response": {"$response": {"error": error}}}}]}


class Talk:
    """A conversation that goes on from its last answer."""

    def __init__(self, socket: Socket, site: Provider, **fields: Any) -> None:
        self._socket = socket
        self._site = site
        self._fields = fields
        self._last: dict[str, Any] | None = None

    async def say(self, text: str, *parts: dict[str, Any]) -> dict[str, Any]:
        chain = self._fields
        if self._last:
            chain = {"conversation": self._last["conversation"]["id"], "previous_response_id": self._last["id"]}
        await self._socket.send(question(text, *parts, **chain))
        self._last = (await self._socket.until_end())[-1]["response"]
        return self._last

    def sent(self) -> list[dict[str, Any]]:
        """The bodies of the requests since this was asked last."""
        bodies = self._site.bodies()
        self._site.forget_requests()
        return bodies


@pytest.fixture
async def talk(site, ada) -> Any:
    socket = await open_socket(ada)
    yield Talk(socket, site)
    await socket.close()


def words(body: dict[str, Any]) -> str:
    return str(body["input"])


CHAIN_REFUSALS = {
    "param": refusal(400, "Unsupported parameter", param="previous_response_id", code="unsupported_parameter"),
    "extra_forbidden": {
        "error": {
            "status": 422,
            "body": {"detail": [{"type": "extra_forbidden", "loc": ["body", "previous_response_id"], "msg": "No"}]},
        }
    },
    "403": refusal(403, "previous_response_id belongs to another session"),
    "500": refusal(500, "previous_response_id is not supported"),
    "501": refusal(501, "previous_response_id is not supported"),
    "stream": refusal_in_stream("Invalid `previous_response_id`.", code="invalid_request_error"),
    "stream, begun": refusal_in_stream("Invalid `previous_response_id`.", CREATED),
    "stream, announced": refusal_in_stream("Invalid `previous_response_id`.", CREATED, ANNOUNCED),
    "failed": failed("previous_response_id is not supported"),
    "not found in the stream": refusal_in_stream("Response with id 'resp_1' not found", code="not_found"),
    "raw": {
        "error": {
            "status": 400,
            "body": {
                "error": {"code": "invalid_prompt", "message": "Invalid"},
                "metadata": {"raw": "previous_response_id"},
            },
        }
    },
    "no words": {"error": {"status": 400, "body": ""}},
    "other words": refusal(404, "Not Found"),
}


@pytest.mark.parametrize("script", CHAIN_REFUSALS.values(), ids=CHAIN_REFUSALS)
async def test_refused_chain_sends_the_whole_conversation_from_then_on(site, talk, script):
    site.script(has='"previous_response_id"', **script)
    await talk.say("How high is the tide?")
    talk.sent()
    assert (await talk.say("And tomorrow?"))["status"] == "completed"
    assert [("previous_response_id" in body, len(body["input"])) for body in talk.sent()] == [(True, 1), (False, 3)]
    assert await learnt() == {"previous_response_id"}
    assert (await talk.say("And then?"))["status"] == "completed"
    assert [("previous_response_id" in body, len(body["input"])) for body in talk.sent()] == [(False, 5)]


async def test_chain_that_worked_before_is_not_given_up_for_an_unclear_refusal(site, talk):
    await talk.say("How high is the tide?")
    await talk.say("And tomorrow?")
    talk.sent()
    site.script(times=1, error={"status": 400, "body": ""})
    assert (await talk.say("And then?"))["status"] == "failed"
    assert len(talk.sent()) == 1
    assert await learnt() == set()


@pytest.mark.parametrize("script", [refusal(500, "Something is wrong"), failed("Something is wrong")])
async def test_chain_is_forgotten_only_if_a_server_in_trouble_fails_on_it_again(site, talk, script):
    site.script(has='"previous_response_id"', **script)
    await talk.say("How high is the tide?")
    assert (await talk.say("And tomorrow?"))["status"] == "completed"
    assert await learnt() == set()
    assert (await talk.say("And then?"))["status"] == "completed"
    assert await learnt() == {"previous_response_id"}


async def test_conversation_that_is_too_large_for_a_proxy_is_sent_without_its_oldest_turns(site, talk, settings):
    settings.STORE = False
    await talk.say("How high is the tide?")
    site.script(has="How high", error={"status": 413, "body": "<h1>413 Request Entity Too Large</h1>"})
    answer = await talk.say("And tomorrow?")
    assert (answer["status"], answer["omitted_turns"]) == ("completed", 1)


PARAMETERS = {
    "metadata": ("metadata", {"error": {"status": 400, "body": {"detail": "Unsupported parameter: metadata"}}}),
    "metadata, no words": ("metadata", {"error": {"status": 400, "body": "Bad Request"}}),
    "metadata, in the stream": ("metadata", refusal_in_stream("metadata is not supported", CREATED)),
    "background, param": (
        "background",
        refusal(400, "Unsupported parameter.", param="background", code="unsupported_parameter"),
    ),
    "background, 501": ("background", refusal(501, "background mode is not implemented")),
    "background, 500": ("background", refusal(500, "background mode is not implemented")),
    "background, in the stream": ("background", refusal_in_stream("Background mode is not available")),
}


@pytest.mark.parametrize(("parameter", "script"), PARAMETERS.values(), ids=PARAMETERS)
async def test_refused_parameter_is_omitted_from_then_on(site, talk, settings, parameter, script):
    settings.BACKGROUND = "always" if parameter == "background" else "never"
    site.script(has=f'"{parameter}"', **script)
    assert (await talk.say("How high is the tide?"))["status"] == "completed"
    assert [parameter in body for body in talk.sent()] == [True, False]
    # Without words, it may have been any that nobody misses.
    is_guess = script.get("error", {}).get("body") == "Bad Request"
    assert await learnt() == {parameter} | (UNMISSED if is_guess else set())
    assert (await talk.say("And tomorrow?"))["status"] == "completed"
    assert [parameter in body for body in talk.sent()] == [False]


async def test_store_is_sent_to_a_server_that_refuses_it_if_nothing_may_be_stored(site, talk, settings):
    site.script(times=1, **refusal(400, "Unsupported parameter: store"))
    assert (await talk.say("How high is the tide?"))["status"] == "completed"
    assert await learnt() == {"store"}
    assert (await talk.say("And tomorrow?"))["status"] == "completed"
    settings.STORE = False
    assert (await talk.say("And then?"))["status"] == "completed"
    assert [body.get("store") for body in talk.sent()] == [True, None, None, False]


async def test_refused_include_leaves_temporary_conversations_usable(site, ada):
    site.script(has='"include"', **refusal(400, "Encrypted content is not supported with this model.", param="include"))
    socket = await open_socket(ada)
    talk = Talk(socket, site, temporary=True)
    for text in ("How high is the tide?", "And tomorrow?"):
        assert (await talk.say(text))["status"] == "completed"
    bodies = talk.sent()
    assert ["include" in body for body in bodies] == [True, False, False]
    assert [body["store"] for body in bodies] == [False] * 3
    await socket.close()


IMAGE_REFUSALS = {
    "invalid": (refusal(400, "It isn't valid.", param="input", code="invalid_image"), False),
    "param": (refusal(422, "It isn't valid.", param="input[0].content[1].image_url"), False),
    "llama.cpp": (refusal(500, "image input is not supported - hint: mmproj", code=500, type="server_error"), True),
    "OpenRouter": (refusal(404, "No endpoints found that support image input", code=404), True),
    "stream": (refusal_in_stream("This model does not support images", CREATED), True),
    "failed": (failed("It isn't valid.", code="invalid_image_format"), False),
    "no words": (refusal(500, "Something is wrong", type="server_error"), False),
    "too large": ({"error": {"status": 413, "body": "<h1>413 Request Entity Too Large</h1>"}}, False),
}


@pytest.mark.parametrize(("script", "lasts"), IMAGE_REFUSALS.values(), ids=IMAGE_REFUSALS)
async def test_refused_image_is_not_sent_again_and_the_page_says_so(site, talk, ada, tmp_path, settings, script, lasts):
    settings.MEDIA_ROOT = tmp_path
    site.script(has='"input_image"', **script)
    answer = await talk.say("What is this?", await uploaded(ada))
    assert (answer["status"], answer["omitted_images"]) == ("completed", True)
    first, second = talk.sent()
    check_request(second)
    assert ("input_image" in words(first), "input_image" in words(second)) == (True, False)
    assert await learnt() == ({"input_image"} if lasts else set())

    # Also if the whole conversation is sent.
    await in_thread((await stored(pk=answer["id"])).conversation.responses.update)(response_id=None)
    answer = await talk.say("And then?")
    assert (answer["status"], answer["omitted_images"]) == ("completed", False)
    assert ["input_image" in words(body) for body in talk.sent()] == [False]

    answer = await talk.say("And what is this?", await uploaded(ada))
    assert (answer["status"], answer["omitted_images"]) == ("completed", True)
    sent = ["input_image" in words(body) for body in talk.sent()]
    assert (sent[0], sent[-1]) == (not lasts, False)


async def test_earlier_image_that_is_refused_now_is_omitted_from_then_on(site, talk, ada, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    settings.STORE = False
    await talk.say("What is this?", await uploaded(ada))
    site.script(has='"input_image"', **refusal(400, "It can't be fetched.", code="failed_to_download_image"))
    talk.sent()
    for _ in range(2):
        assert (await talk.say("And then?"))["status"] == "completed"
    assert ["input_image" in words(body) for body in talk.sent()] == [True, False, False]


@pytest.mark.parametrize(
    "script",
    [
        refusal(400, "Invalid prompt: your prompt was flagged.", code="invalid_prompt"),
        refusal_in_stream("Your prompt was flagged.", CREATED, code="invalid_prompt"),
        failed("Your prompt was flagged.", code="invalid_prompt"),
        {"error": {"status": 422, "body": {"detail": "The harbour isn't welcome here"}}},
        # It isn't known at once that a message causes this.
        refusal(500, "Something is wrong", type="server_error"),
        failed("Something is wrong"),
    ],
)
async def test_conversation_goes_on_without_a_message_that_is_refused(site, talk, script):
    await talk.say("How high is the tide?")
    await talk.say("And tomorrow?")
    site.script(has="a bad harbour", **script)
    assert (await talk.say("This is a bad harbour"))["status"] == "failed"
    assert (await talk.say("And then?"))["status"] == "completed"
    assert "bad harbour" not in words(talk.sent()[-1])
    assert (await talk.say("And last?"))["status"] == "completed"
    assert len(talk.sent()) == 1


async def test_conversation_goes_on_without_a_message_that_was_refused_elsewhere(site, talk):
    """An import doesn't say what its provider refused."""
    site.script(has="a bad harbour", **refusal(400, "Your prompt was flagged.", code="invalid_prompt"))
    failed = await talk.say("This is a bad harbour")
    await in_thread(Response.objects.filter(pk=failed["id"]).update)(refused=[])
    assert (await talk.say("And then?"))["status"] == "completed"
    assert ["bad harbour" in words(body) for body in talk.sent()] == [True, True, False]


async def test_message_that_failed_by_bad_luck_is_sent_with_the_next(site, talk):
    site.script(times=1, error={"status": 500, "body": "oops"})
    assert (await talk.say("How high is the tide?"))["status"] == "failed"
    site.script(times=3, error={"status": 500, "body": "oops"})
    assert (await talk.say("And tomorrow?"))["status"] == "failed"
    site.forget()
    assert (await talk.say("And then?"))["status"] == "completed"
    (body,) = talk.sent()
    assert len(body["input"]) == 3


async def test_too_many_parts_that_are_refused_are_left_out_one_after_the_other(site, talk, ada, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    for part in ("metadata", "previous_response_id"):
        site.script(has=f'"{part}"', **refusal(400, f"Unknown parameter: '{part}'."))
    site.script(has='"input_image"', **refusal(500, "image input is not supported"))
    assert (await talk.say("How high is the tide?"))["status"] == "completed"
    assert (await talk.say("What is this?", await uploaded(ada)))["status"] == "completed"
    assert len(talk.sent()) == 2 + 3
    assert await learnt() == {"metadata", "previous_response_id", "input_image"}


@in_thread
def uploaded(user: User) -> dict[str, Any]:
    """A part of a message with an image of its own."""
    return image_part(file_id=str(store(SimpleUploadedFile("harbour.png", encoded(image())), user).pk))


EFFORTS = ["none", "minimal", "low", "medium", "high"]
UNSUPPORTED_EFFORT = refusal(
    400,
    "Unsupported value: 'minimal' is not supported with the 'standin' model. Supported values are: 'none' and 'low'.",
    param="reasoning.effort",
    code="unsupported_value",
)


@pytest.fixture
def thinking_model(site) -> Model:
    """Let the stand-in's model take efforts, summaries and verbosity."""
    model = Model.objects.get(name="standin")
    model.efforts, model.takes_summaries, model.takes_verbosity = EFFORTS, True, True
    model.save()
    catalog.refresh()
    return model


async def test_refused_value_is_omitted_remembered_and_said(site, ada, thinking_model):
    site.script(has='"minimal"', **UNSUPPORTED_EFFORT)
    socket = await open_socket(ada)
    talk = Talk(socket, site, model=str(thinking_model.pk), effort="minimal", verbosity="low")
    answer = await talk.say("How high is the tide?")
    assert (answer["status"], answer["not_applied"]) == ("completed", ["effort"])
    assert [body["reasoning"].get("effort") for body in talk.sent()] == ["minimal", None]
    assert "reasoning.effort=minimal" in await learnt()
    again = await talk.say("And tomorrow?")
    assert (again["status"], again["not_applied"]) == ("completed", ["effort"])
    assert [body["reasoning"].get("effort") for body in talk.sent()] == [None]
    await socket.close()


async def test_values_that_a_refusal_names_are_those_that_are_offered(site, ada, thinking_model):
    site.script(has='"minimal"', **UNSUPPORTED_EFFORT)
    socket = await open_socket(ada)
    await Talk(socket, site, model=str(thinking_model.pk), effort="minimal").say("How high is the tide?")
    await thinking_model.arefresh_from_db()
    assert thinking_model.efforts == ["none", "low"]
    await socket.close()


async def test_summary_that_an_organisation_may_not_have_is_learnt_silently(site, ada, thinking_model):
    site.script(
        has='"summary"',
        **refusal(
            400,
            "Your organization must be verified to generate reasoning summaries.",
            param="reasoning.summary",
            code="unsupported_value",
        ),
    )
    socket = await open_socket(ada)
    talk = Talk(socket, site, model=str(thinking_model.pk), effort="low")
    answer = await talk.say("How high is the tide?")
    assert (answer["status"], answer["not_applied"]) == ("completed", [])
    assert (await talk.say("And tomorrow?"))["status"] == "completed"
    assert [body["reasoning"] for body in talk.sent()] == [
        {"effort": "low", "summary": "auto"},
        {"effort": "low"},
        {"effort": "low"},
    ]
    await socket.close()


async def test_unclear_refusal_costs_no_setting_if_it_meant_something_else(site, ada, thinking_model, settings):
    settings.BACKGROUND = "never"
    site.script(has='"metadata"', error={"status": 400, "body": "Bad Request"})
    socket = await open_socket(ada)
    talk = Talk(socket, site, model=str(thinking_model.pk), effort="low", verbosity="high")
    answer = await talk.say("How high is the tide?")
    assert (answer["status"], answer["not_applied"]) == ("completed", [])
    assert await learnt() == {"metadata", "reasoning.summary"} | UNMISSED
    await socket.close()


async def test_what_did_not_apply_is_stored(site, ada, thinking_model):
    site.script(has='"verbosity"', **refusal(400, "Unsupported parameter: text.verbosity", param="text.verbosity"))
    socket = await open_socket(ada)
    answer = await Talk(socket, site, model=str(thinking_model.pk), verbosity="high").say("How high is the tide?")
    row = await stored(pk=answer["id"])
    assert (row.settings["verbosity"], row.refused) == ("high", ["text.verbosity"])
    await socket.close()
