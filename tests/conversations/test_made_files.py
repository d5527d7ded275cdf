"""Files that models make: kept with their response, shown or downloaded, shared and copied with it."""

import json

import pytest

from accounts.models import User
from conversations.answering import ownership
from conversations.attachments import keep_made
from conversations.models import Attachment, Conversation, Response, Share
from files.kinds.images import prepare
from tests.support.clients import client_of
from tests.support.conversations import answer, ask, finish, message, text
from tests.support.exported import export_json, export_markdown, import_result
from tests.support.images import encoded, image

pytestmark = pytest.mark.django_db

PAGE = b"<script>alert(document.cookie)</script>"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def conversation(ada) -> Conversation:
    return Conversation.objects.create(user=ada, title="Tides")


def stored(media) -> list[str]:
    return sorted(path.name for path in media.rglob("*") if path.is_file())


def test_file_that_is_no_image_is_only_downloaded(ada, conversation):
    made = keep_made(PAGE, "../report page.html", ask(conversation))
    response = client_of(ada).get(f"/attachments/{made.pk}/")
    assert (response.status_code, response.content) == (200, PAGE)
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="report page.html"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert client_of(ada).get(f"/attachments/{made.pk}/thumbnail/").status_code == 404


def test_image_is_shown_with_its_thumbnail(ada, conversation):
    made = keep_made(prepare(encoded(image(64, 32))), "", ask(conversation))
    assert (made.name, made.width, made.height) == ("image", 64, 32)
    for size in ("", "thumbnail/"):
        response = client_of(ada).get(f"/attachments/{made.pk}/{size}")
        assert response["Content-Disposition"].startswith("inline")


def test_file_is_read_by_whoever_may_read_its_response(ada, grace, mallory, conversation):
    answer(first := ask(conversation), text("Here."))
    answer(second := ask(conversation, first), text("And here."))
    shown, later = keep_made(PAGE, "a.csv", first), keep_made(PAGE, "b.csv", second)

    def seen(user: User) -> list[bool]:
        client = client_of(user)
        return [client.get(f"/attachments/{each.pk}/").status_code == 200 for each in (shown, later)]

    assert [seen(user) for user in (ada, grace)] == [[True, True], [False, False]]
    share = Share.objects.create(conversation=conversation, response=first)
    assert seen(grace) == [True, False]
    share.delete()
    assert seen(grace) == [False, False]


def test_image_of_a_tool_is_shared_with_the_step(ada, grace, conversation):
    made = keep_made(prepare(encoded(image())), "chart", ask(conversation))
    Attachment.objects.filter(pk=made.pk).update(made_by=None)
    part = {"type": "input_image", "detail": "auto", "file_id": str(made.pk)}
    step = ask(conversation)
    step.input = [{"type": "function_call_output", "call_id": "call_1", "output": [part]}]
    step.save()
    assert client_of(grace).get(f"/attachments/{made.pk}/").status_code == 404
    Share.objects.create(conversation=conversation, response=step)
    assert client_of(grace).get(f"/attachments/{made.pk}/").status_code == 200


def test_copy_of_a_share_has_files_of_its_own(ada, grace, conversation, media, django_capture_on_commit_callbacks):
    response = ask(conversation)
    made = keep_made(PAGE, "a.csv", response)
    item = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "file_id": str(made.pk)}
    finish(response, "completed", output=[item, message("Here.")], sequence_number=9)
    share = Share.objects.create(conversation=conversation, response=response)
    client_of(grace).post(f"/shares/{share.pk}/continue/")
    copied = Response.objects.get(user=grace)
    (file,) = copied.files.all()
    assert (file.user, file.conversation, file.name) == (grace, copied.conversation, "a.csv")
    assert copied.output[0]["file_id"] == str(file.pk) != str(made.pk)
    with django_capture_on_commit_callbacks(execute=True):
        conversation.delete()
    assert len(stored(media)) == 1
    assert client_of(grace).get(f"/attachments/{file.pk}/").content == PAGE


def test_deleted_conversation_leaves_no_file(conversation, media, django_capture_on_commit_callbacks):
    keep_made(PAGE, "a.csv", ask(conversation))
    keep_made(prepare(encoded(image())), "chart.png", ask(conversation))
    assert len(stored(media)) == 3
    with django_capture_on_commit_callbacks(execute=True):
        conversation.delete()
    assert stored(media) == []


def test_files_stay_with_the_output_that_was_lost(conversation):
    response = ask(conversation)
    made = keep_made(PAGE, "a.csv", response)
    assert ownership.restart(response, {"code": "interrupted"}, [message("Half")])
    made.refresh_from_db()
    assert made.made_by_id != response.pk
    assert made.made_by.output == [message("Half")]


@pytest.mark.django_db(transaction=True)
def test_files_are_exported_and_imported_with_their_responses(ada, grace, conversation):
    response = ask(conversation)
    table = keep_made(PAGE, "tide table.csv", response)
    plot = keep_made(prepare(encoded(image())), "plot.png", response)
    program = {"type": "code_interpreter_call", "id": "ci_1", "outputs": [{"type": "image", "file_id": str(plot.pk)}]}
    words = "See [this](sandbox:/mnt/data/tide%20table.csv), not [that](sandbox:/mnt/data/lost.pdf)."
    finish(response, "completed", output=[program, message(words)], sequence_number=9)
    answer(step := ask(conversation, response), text("And so on."))

    markdown = export_markdown(conversation)
    site = "http://127.0.0.1/attachments"
    assert f"[this]({site}/{table.pk}/)" in markdown
    assert "[that](sandbox:/mnt/data/lost.pdf)" in markdown
    assert f"[plot.png]({site}/{plot.pk}/)" in markdown

    exported = json.loads(export_json(conversation))
    assert {each["name"]: each["made_by"] for each in exported["attachments"]} == dict.fromkeys(
        ["tide table.csv", "plot.png"], str(response.pk)
    )
    import_result(grace, exported)
    copy = Response.objects.get(user=grace, previous=None)
    files = {file.name: file for file in copy.files.all()}
    assert files.keys() == {"tide table.csv", "plot.png"}
    assert copy.output[0]["outputs"][0]["file_id"] == str(files["plot.png"].pk)
    assert (files["plot.png"].is_image, files["plot.png"].width) == (True, 64)
    assert client_of(grace).get(f"/attachments/{files['tide table.csv'].pk}/").content == PAGE
    assert not step.files.exists()


@pytest.mark.django_db(transaction=True)
def test_import_with_too_many_files_is_refused_with_a_sentence(ada, grace, conversation, monkeypatch):
    answer(response := ask(conversation), text("Here."))
    for number in range(2):
        keep_made(b"%d" % number, "a.txt", response)
    monkeypatch.setattr("conversations.transfers.imports.limits.MAX_MADE_FILES", 1)
    report = import_result(grace, json.loads(export_json(conversation)))["report"]
    assert "more than 1 files" in report["problems"][0]["reason"]
    assert not Conversation.objects.filter(user=grace).exists()
