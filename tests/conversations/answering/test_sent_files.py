"""Files of messages: whole, as text or in the code interpreter's container, as the provider takes them."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from common.threads import in_thread
from conversations.answering.requests import build
from conversations.answering.sent_files import in_words
from conversations.answering.summaries import transcript
from conversations.attachments import hide, restore, store
from conversations.models import Attachment, Conversation, Response
from providers import catalog
from providers.models import Model, UploadedFile
from providers.uploads import Uploads
from tests.support.contract import check_chat_request, check_request
from tests.support.conversations import ask
from tests.support.documents import pdf, spreadsheet, text, word
from tests.support.images import encoded, image
from tests.support.refusals import learnt
from tests.support.sent_files import Talk, attach, files_in, refusal
from tests.support.socket import open_socket, question

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = [["port", "metres"], *([f"Port {number}", str(number)] for number in range(1, 1501))]
NO_FILES = {"param": "input[0].content[1].type"}


@pytest.fixture
async def talk(site, ada, settings, tmp_path) -> Any:
    settings.MEDIA_ROOT = tmp_path
    socket = await open_socket(ada)
    yield Talk(socket, site)
    await socket.close()


@in_thread
def refuse_files(**fields: Any) -> None:
    """Make the model one that reads no files, or something else."""
    Model.objects.update(**{"takes_files": False, **fields})
    catalog.refresh()


async def test_file_goes_whole_by_an_id_that_is_used_again(site, talk, ada):
    file = await attach(ada, "Öffnungszeiten", pdf("The harbour opens at seven", "It closes at nine"))
    said = await talk.say("When does it open?", file)
    assert "**File:** Öffnungszeiten.pdf, 2 pages" in said
    assert "“The harbour opens at seven”" in said
    [upload] = site.uploads()
    assert (upload["filename"], upload["purpose"]) == ("Öffnungszeiten.pdf", "user_data")
    [body] = talk.bodies()
    check_request(body)
    [sent] = files_in(body)
    assert sent.keys() == {"type", "file_id"}
    assert talk.last["file_notes"] == []

    # The chain has it.
    assert "“It closes at nine”" in await talk.say("When closes it?")
    [body] = talk.bodies()
    assert files_in(body) == []
    await in_thread(Response.objects.update)(response_id=None)
    await talk.say("And on Sundays?")
    [body] = talk.bodies()
    assert files_in(body) == [sent]
    assert site.uploads() == []


async def test_chain_ends_at_a_deletion_of_a_file(talk, ada):
    file = await attach(ada, "hours.pdf", pdf("The harbour opens at seven"))
    await talk.say("When does it open?", file)
    await talk.say("And on Sundays?")
    attachment = await in_thread(Attachment.objects.get)(pk=file["file_id"])
    await in_thread(hide)(attachment)
    talk.bodies()

    await talk.say("Say it again.")
    [body] = talk.bodies()
    assert body.get("previous_response_id") is None
    assert files_in(body) == []
    # What is asked from now on is continued as before.
    await talk.say("And now?")
    [body] = talk.bodies()
    assert body["previous_response_id"]

    await in_thread(restore)(attachment)
    await talk.say("Read it once more.")
    [body] = talk.bodies()
    assert body.get("previous_response_id") is None
    assert len(files_in(body)) == 1


async def test_file_goes_as_text_to_a_model_that_reads_none(site, talk, ada):
    await refuse_files()
    said = await talk.say("When does it open?", await attach(ada, "hours.pdf", pdf("The harbour opens at seven", "x")))
    assert "“The harbour opens at seven”" in said
    [body] = talk.bodies()
    check_request(body)
    [sent] = files_in(body)
    assert sent["text"].startswith("[File: hours.pdf, 2 pages]\n[Page 1]\nThe harbour opens at seven")
    assert "[Page 2]\nx" in sent["text"]
    assert talk.last["file_notes"] == ["text"]
    assert site.uploads() == []


async def test_file_goes_as_text_to_a_server_of_chat_completions(site, talk, ada, settings):
    settings.OPENAI_DIALECT = "chat_completions"
    said = await talk.say("When does it open?", await attach(ada, "hours.docx", word("The harbour opens at seven")))
    assert "“The harbour opens at seven”" in said
    [body] = talk.bodies()
    check_chat_request(body)
    assert site.uploads() == []


async def test_text_in_another_encoding_goes_as_text(talk, ada):
    said = await talk.say("Wer?", await attach(ada, "brief.txt", text("Der Fährmann", encoding="utf-16")))
    assert "“Der Fährmann”" in said
    [body] = talk.bodies()
    [sent] = files_in(body)
    assert sent["text"] == "[File: brief.txt]\nDer Fährmann"


async def test_file_of_a_temporary_conversation_is_never_uploaded(site, talk, ada):
    talk.fields = {"temporary": True}
    file = await attach(ada, "hours.txt", text("The harbour opens at seven"))
    assert "“The harbour opens at seven”" in await talk.say("When does it open?", file)
    assert site.uploads() == []
    [body] = talk.bodies()
    [sent] = files_in(body)
    assert sent["file_data"].startswith("data:text/plain;base64,")


UPLOAD_REFUSALS = {
    "no endpoint": ({"error": {"status": 404, "body": "Not found"}}, True),
    "no purpose": (refusal(400, "Invalid purpose: user_data", param="purpose"), True),
    "too large": (refusal(413, "Too large"), False),
    "broken off": ({"drop": "abort"}, False),
    "in trouble": ({"error": {"status": 500, "body": "Oh"}}, False),
}


@pytest.mark.parametrize(("script", "lasts"), UPLOAD_REFUSALS.values(), ids=UPLOAD_REFUSALS)
async def test_file_that_cannot_be_uploaded_goes_as_data(site, talk, ada, script, lasts):
    site.script(on="upload", **script)
    file = await attach(ada, "hours.txt", text("The harbour opens at seven"))
    assert "“The harbour opens at seven”" in await talk.say("When does it open?", file)
    assert [*files_in(talk.bodies()[-1])[0]] == ["type", "filename", "file_data"]
    assert await learnt() == ({"files"} if lasts else set())


@pytest.mark.parametrize(
    ("script", "lasts"),
    [
        (refusal(400, "Invalid value: 'input_file'. Supported values are: 'input_text'.", **NO_FILES), True),
        (refusal(400, "This model does not support file content types."), True),
        ({"error": {"status": 422, "body": {"detail": [{"msg": "Input should be 'input_text'"}]}}}, False),
        (refusal(400, "The file 'hours.pdf' could not be read."), False),
        ({"error": {"status": 413, "body": "<h1>413 Request Entity Too Large</h1>"}}, False),
    ],
    ids=["value", "words", "no words", "one bad file", "too large"],
)
async def test_refused_file_goes_as_text_and_the_page_says_so(site, talk, ada, script, lasts):
    site.script(has='"input_file"', **script)
    said = await talk.say("When does it open?", await attach(ada, "hours.pdf", pdf("The harbour opens at seven")))
    assert "“The harbour opens at seven”" in said
    assert talk.last["file_notes"] == ["text"]
    assert await learnt() == ({"input_file"} if lasts else set())
    talk.bodies()
    await in_thread(Response.objects.update)(response_id=None)
    await talk.say("And then?")
    [body] = talk.bodies()
    [sent] = files_in(body)
    assert "text" in sent


async def test_only_the_types_that_are_refused_go_as_text(site, talk, ada):
    words = "Invalid input: Expected context stuffing file type to be a supported format: .pdf but got .docx."
    site.script(has=".docx", times=1, **refusal(400, words))
    site.script(on="upload", **refusal(404, "Not found"))
    letter = word("The harbour opens at seven")
    assert "“The harbour opens at seven”" in await talk.say("It opens?", await attach(ada, "hours.docx", letter))
    assert "input_file=docx" in await learnt()
    talk.bodies()
    more = [await attach(ada, "more.docx", word("Ebb")), await attach(ada, "more.pdf", pdf("Flood"))]
    await talk.say("And these?", *more)
    [body] = talk.bodies()
    assert ["text" in sent for sent in files_in(body)] == [True, False]


async def test_file_that_the_provider_lost_is_uploaded_anew(site, talk, ada):
    file = await attach(ada, "hours.txt", text("The harbour opens at seven"))
    await talk.say("When does it open?", file)
    [body] = talk.bodies()
    site.delete_file(files_in(body)[0]["file_id"])
    # It is in the chain.
    assert "“The harbour opens at seven”" in await talk.say("When does the harbour open, again?")
    first, second = talk.bodies()
    assert ("previous_response_id" in first, "previous_response_id" in second) == (True, False)
    [again] = files_in(second)
    assert again["file_id"] != files_in(body)[0]["file_id"]

    # And in a conversation without a chain.
    site.delete_file(again["file_id"])
    await in_thread(Response.objects.update)(response_id=None)
    assert "“The harbour opens at seven”" in await talk.say("When does the harbour open, once more?")
    assert len(talk.bodies()) == 2
    assert await learnt() == set()


async def test_provider_that_loses_every_file_gets_data(site, talk, ada):
    site.script(has='"file_id"', **refusal(404, "No such File object: file-unknown", param="id"))
    file = await attach(ada, "hours.txt", text("The harbour opens at seven"))
    assert "“The harbour opens at seven”" in await talk.say("When does it open?", file)
    assert len(talk.bodies()) <= 4


async def test_upload_that_is_about_to_expire_is_renewed(site, talk, ada):
    file = await attach(ada, "hours.txt", text("The harbour opens at seven"))
    await talk.say("When does it open?", file)
    await in_thread(UploadedFile.objects.update)(expires_at=timezone.now() + timedelta(hours=1))
    await in_thread(Response.objects.update)(response_id=None)
    await talk.say("And now?")
    first, second = (files_in(body)[0]["file_id"] for body in talk.bodies())
    assert first != second


async def test_deleted_file_is_not_sent_any_more(site, talk, ada):
    await talk.say("When does it open?", await attach(ada, "hours.txt", text("The harbour opens at seven")))
    talk.bodies()
    await in_thread(Attachment.objects.update)(deleted_at=timezone.now())
    await in_thread(Response.objects.update)(response_id=None)
    await talk.say("And now?")
    assert "[a file that no longer exists]" in str(talk.bodies()[0]["input"])


async def test_long_spreadsheet_goes_to_the_code_interpreter(site, talk, ada):
    await refuse_files(takes_files=True, hosted_tools=["code_interpreter"])
    talk.fields = {"tools": {"code_interpreter": True}}
    said = await talk.say("How many ports?", await attach(ada, "ports.xlsx", spreadsheet({"Ports": ROWS})))
    [body] = talk.bodies()
    check_request(body)
    [tool] = [tool for tool in body["tools"] if tool["type"] == "code_interpreter"]
    assert len(tool["container"]["file_ids"]) == 1
    [sent] = files_in(body)
    assert "Port 18" in sent["text"]
    assert "Port 30" not in sent["text"]
    assert "The stand-in counted: ports.xlsx" in said
    assert talk.last["file_notes"] == ["container"]

    # Also in the next turn: the container may be gone by then.
    await talk.say("And how many now?")
    [body] = talk.bodies()
    assert "previous_response_id" in body
    [again] = [tool for tool in body["tools"] if tool["type"] == "code_interpreter"]
    assert again["container"]["file_ids"] == tool["container"]["file_ids"]
    assert talk.last["file_notes"] == []
    await talk.say("And in a third message?")
    assert str(tool["container"]["file_ids"]) in str(talk.bodies()[0]["tools"])


async def test_first_rows_of_a_long_spreadsheet_go_without_the_code_interpreter(talk, ada):
    await refuse_files()
    await talk.say("How many ports?", await attach(ada, "ports.xlsx", spreadsheet({"Ports": ROWS, "More": ROWS})))
    [body] = talk.bodies()
    [sent] = files_in(body)
    assert sent["text"].startswith("[File: ports.xlsx, 2 sheets]\n[Sheet 1: Ports]\nport\tmetres\nPort 1\t1")
    assert sent["text"].count("Port 999\t") == 2
    assert "Port 1000\t" not in sent["text"]
    assert "[Only the first 1,000 rows of each sheet are here, of up to 1,501.]" in sent["text"]
    assert talk.last["file_notes"] == ["rows"]


async def test_sheet_for_which_no_room_was_left_is_said_to_be_cut(talk, ada, monkeypatch):
    await refuse_files()
    monkeypatch.setattr("conversations.answering.sent_files.MAX_TEXT_CHARACTERS", 20_000)
    await talk.say("How many ports?", await attach(ada, "ports.xlsx", spreadsheet({"Ports": ROWS, "More": ROWS})))
    [body] = talk.bodies()
    [sent] = files_in(body)
    assert "[Sheet 2: More]" not in sent["text"]
    assert talk.last["file_notes"] == ["cut", "rows"]


async def test_long_text_is_cut_with_a_word(talk, ada):
    await refuse_files(context_window=2000)
    lines = [f"Line {number} of the harbour's book" for number in range(500)]
    await talk.say("What does it say?", await attach(ada, "book.txt", text(*lines)))
    [body] = talk.bodies()
    [sent] = files_in(body)
    assert len(sent["text"]) < 4500
    assert "[The rest of this file was left out: it has" in sent["text"]
    assert talk.last["file_notes"] == ["cut"]


async def test_file_that_is_too_long_for_the_model_is_cut(site, talk, ada):
    site.script(has='"input_file"', **refusal(400, "Too long", code="context_length_exceeded"))
    lines = [f"Line {number} of the harbour's book" for number in range(5000)]
    await talk.say("What does it say?", await attach(ada, "book.txt", text(*lines)))
    assert talk.last["file_notes"] == ["cut"]
    assert len(talk.bodies()) == 2


async def test_older_files_go_as_text_beyond_the_limit_of_a_request(talk, ada, monkeypatch):
    monkeypatch.setattr("conversations.answering.sent_files.MAX_BYTES", 60)
    old = await attach(ada, "old.txt", text("The old harbour opened at seven"))
    await talk.say("When did it open?", old)
    await in_thread(Response.objects.update)(response_id=None)
    talk.bodies()
    await talk.say("And now?", await attach(ada, "new.txt", text("The new harbour opens at nine hours")))
    [body] = talk.bodies()
    assert ["text" in sent for sent in files_in(body)] == [True, False]


async def test_one_content_of_two_people_is_uploaded_once_for_each_name(site, talk, ada, grace):
    content = text("The harbour opens at seven")
    await talk.say("When does it open?", await attach(ada, "Müller leaves.txt", content))
    socket = await open_socket(grace)
    for name in ("hours.txt", "Müller leaves.txt"):
        await socket.send(question("When does it open?", await attach(grace, name, content)))
        answer = (await socket.until_end())[-1]["response"]["output"]
        # Nobody reads in an answer how somebody else calls it.
        assert f"**File:** {name}" in str(answer)
    await socket.close()
    assert [upload["filename"] for upload in site.uploads()] == ["Müller leaves.txt", "hours.txt"]


async def test_one_spreadsheet_under_two_names_is_in_the_container_under_both(site, talk, ada):
    await refuse_files(takes_files=True, hosted_tools=["code_interpreter"])
    talk.fields = {"tools": {"code_interpreter": True}}
    content = spreadsheet({"Ports": ROWS})
    said = await talk.say("Count", *[await attach(ada, name, content) for name in ("ports.xlsx", "copy.xlsx")])
    assert "ports.xlsx" in said
    assert "copy.xlsx" in said


async def test_file_that_is_deleted_while_it_is_uploaded_is_deleted_at_the_provider_too(talk, ada, monkeypatch):
    upload = Uploads.file_id

    async def upload_and_delete(*args: Any) -> str:
        file_id = await upload(*args)
        await in_thread(hide)(await Attachment.objects.aget())
        await UploadedFile.objects.aupdate(deleted_at=None)
        return file_id

    monkeypatch.setattr(Uploads, "file_id", upload_and_delete)
    await talk.say("When does it open?", await attach(ada, "hours.txt", text("The harbour opens at seven")))
    assert (await UploadedFile.objects.aget()).deleted_at


async def test_file_that_is_gone_from_the_disk_goes_as_text(site, talk, ada, tmp_path):
    file = await attach(ada, "hours.txt", text("The harbour opens at seven"))
    for path in tmp_path.rglob("*"):
        if path.is_file():
            path.unlink()
    assert "“The harbour opens at seven”" in await talk.say("When does it open?", file)
    assert site.uploads() == []


def test_image_in_its_own_size_is_for_models_that_have_that(ada, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    conversation = Conversation.objects.create(user=ada)
    picture = store(SimpleUploadedFile("harbour.png", encoded(image())), ada)
    Attachment.objects.update(conversation=conversation)
    asked = ask(conversation, None, {"type": "input_image", "detail": "original", "file_id": str(picture.pk)})
    details = {}
    for asked.model in ("standin", "gpt-5.5"):
        details[asked.model] = build(asked)["input"][-1]["content"][-1]["detail"]
    assert details == {"standin": "high", "gpt-5.5": "original"}


async def test_summary_has_the_texts_of_files(talk, ada):
    await talk.say("When does it open?", await attach(ada, "hours.txt", text("The harbour opens at seven")))
    turns = await in_thread(in_words)([await Response.objects.aget()])
    assert "[File: hours.txt]\nThe harbour opens at seven" in transcript(turns)
