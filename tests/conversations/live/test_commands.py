"""What a browser asks over its socket, checked; what is refused changes nothing."""

import json
import uuid

import pytest

from tests.support.socket import (
    ask_and_wait,
    image_part,
    open_socket,
    question,
    row_counts,
    until_text,
)

NOTHING = uuid.UUID(int=0)
FOLLOW = f'{{"type": "conversation.follow", "conversation": "{NOTHING}", "seen": %s}}'

pytestmark = pytest.mark.django_db(transaction=True)

PRIVATE_HOSTS = ["127.0.0.1", "10.1.2.3:8443", "[::1]", "localhost", "vllm", "nas.local", "2130706433", "0x7f.1"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("frame", "code"),
        [
            ("", "invalid_json"),
            ("{", "invalid_json"),
            ('{"type": "\\ud800"}', "invalid_json"),
            ('{"type": "response.cancel", "response_id": 5, ', "invalid_json"),
            ("[" * 10_000, "invalid_json"),
            ("[]", "unknown_type"),
            ("7", "unknown_type"),
            ('{"type": "response.delete"}', "unknown_type"),
            ('{"type": ["response.create"]}', "unknown_type"),
            ("{}", "unknown_type"),
            ('{"type": "response.create"}', "invalid_request"),
            ('{"type": "conversation.follow", "conversation": "1"}', "invalid_request"),
            ('{"type": "response.cancel", "response_id": null}', "invalid_request"),
            (FOLLOW % '{"%s": "1"}' % NOTHING, "invalid_request"),
            (FOLLOW % '{"%s": 9007199254740992}' % NOTHING, "invalid_request"),
            (f'{{"type": "response.cancel", "response_id": "{NOTHING}", "more": 1}}', "invalid_request"),
            (f'{{"type": "response.cancel", "response_id": "{NOTHING}"}}', "response_not_found"),
            (f'{{"type": "conversation.follow", "conversation": "{NOTHING}"}}', "conversation_not_found"),
        ],
    )
    async def test_invalid_frame_gets_a_sentence_and_keeps_the_socket(self, site, ada, frame, code):
        tab = await open_socket(ada)
        await tab.send(frame)
        error = await tab.receive()
        assert (error["type"], error["code"]) == ("error", code)
        assert error["message"].endswith(".")

        assert (await ask_and_wait(tab, "Still there?"))["status"] == "completed"
        await tab.close()

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            (('"High?"', r'"\ud83d"'), "invalid_json"),
            (('"High?"', "7"), "invalid_request"),
            (('"High?"', '"' + "\\n" * 10 + '", "more": 1'), "invalid_request"),
            (('"response.create"', '"response.make"'), "unknown_type"),
        ],
    )
    async def test_message_that_cannot_be_decoded_is_given_back(self, site, ada, changed, code):
        command = question("High?")
        tab = await open_socket(ada)
        await tab.send(json.dumps(command).replace(*changed))
        error = await tab.receive()
        assert (error["code"], error["client_message_id"]) == (code, command["client_message_id"])
        assert await row_counts() == (0, 0)
        await tab.close()

    @pytest.mark.parametrize("wrong", ["7", '"x"', "[]", "null", '"\\ud83d"'])
    async def test_frame_without_the_id_of_a_message_names_none(self, site, ada, wrong):
        tab = await open_socket(ada)
        await tab.send(f'{{"type": "response.create", "client_message_id": {wrong}}}')
        assert "client_message_id" not in await tab.receive()
        await tab.close()

    async def test_binary_frames_are_refused(self, site, ada):
        tab = await open_socket(ada)
        await tab.send_bytes(b"\x00\xff")
        assert (await tab.receive())["code"] == "invalid_json"
        await tab.close()

    @pytest.mark.parametrize(
        ("command", "code"),
        [
            (question(""), "empty_input"),
            (question("  \n "), "empty_input"),
            (question("x" * 101), "input_too_long"),
            (question("x" * 5_000), "input_too_long"),
            (question("nul \0"), "invalid_request"),
            (question("x", conversation=str(NOTHING)), "conversation_not_found"),
            (question("x", previous_response_id=str(NOTHING)), "response_not_found"),
            (question("x", image_part(file_id=str(NOTHING))), "attachment_not_found"),
            (question("x", image_part()), "invalid_request"),
            (question("x", *[image_part(image_url="https://example.org/")] * 3), "too_many_images"),
            (question("x", image_part(image_url="http://example.org/x.png")), "invalid_request"),
            (question("x", image_part(image_url="file:///etc/passwd")), "invalid_request"),
            *[
                (question("x", image_part(image_url=f"https://{host}/x.png")), "invalid_request")
                for host in PRIVATE_HOSTS
            ],
            (question("x", image_part(image_url="https://[example.org")), "invalid_request"),
            (question("x", image_part(image_url="data:image/png;base64,AA")), "invalid_request"),
        ],
    )
    async def test_refused_question_changes_nothing(self, site, ada, settings, command, code):
        settings.MAX_INPUT_CHARACTERS = 100
        settings.MAX_IMAGES = 2
        tab = await open_socket(ada)
        await tab.send(command)
        error = await tab.receive()

        assert (error["type"], error["code"]) == ("error", code)
        assert error["client_message_id"] == command["client_message_id"]
        assert await row_counts() == (0, 0)
        assert site.requests() == []
        await tab.close()

    async def test_previous_answer_must_have_ended(self, site, ada):
        site.script(text="one.two.", deltas=2, at={"5": {"wait": "go"}})
        tab = await open_socket(ada)
        await tab.ask("Count")
        queued = await tab.receive()
        await until_text(tab, "one.")
        await tab.ask(
            "More",
            conversation=queued["response"]["conversation"]["id"],
            previous_response_id=queued["response_id"],
        )
        assert (await tab.until("error"))[-1]["code"] == "response_in_progress"
        site.release("go")
        await tab.until_end()
        await tab.close()

    async def test_image_url_is_passed_on_unchanged(self, site, ada):
        part = image_part(image_url="https://example.org/a.png?x=1&y=ü")
        tab = await open_socket(ada)
        await tab.send(question("What is this?", part))
        await tab.until_end()

        assert site.bodies()[0]["input"][0]["content"][1] == part
        await tab.close()
