"""The Files API, and files in requests: what is read in them is what the answer quotes."""

import base64
import io
import zipfile
from typing import Any

import pytest
from openai import APIStatusError, AsyncOpenAI, BadRequestError, NotFoundError
from openai.types import FileDeleted, FileObject

from tests.support.contract import check_model, check_schema
from tests.support.wire import create, text, user

KEPT = {"expires_after": {"anchor": "created_at", "seconds": 3600}}
TIDES = b"port,metres\nBrest,6.1\nSaint-Malo,11.4\n"


def pdf(*pages: str) -> bytes:
    """Return a PDF with a line on each page."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {count}/Kids[{kids}]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, line in enumerate(pages):
        drawn = f"BT /F1 12 Tf 20 100 Td ({line}) Tj ET"
        objects += [
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Resources<</Font<</F1 3 0 R>>>>"
            f"/Contents {5 + 2 * number} 0 R>>",
            f"<</Length {len(drawn)}>>stream\n{drawn}\nendstream",
        ]
    written, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    written += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<</Root 1 0 R/Size {size}>>\n"
    return f"{written}startxref\n{written.index('xref')}\n%%EOF\n".encode()


def zipped(**parts: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def data(name: str, content: bytes, **changes: Any) -> dict[str, Any]:
    encoded = base64.b64encode(content).decode()
    return {
        "type": "input_file",
        "filename": name,
        "file_data": f"data:application/octet-stream;base64,{encoded}",
        **changes,
    }


async def upload(client: AsyncOpenAI, name: str, content: bytes, **options: Any) -> FileObject:
    return await client.files.create(file=(name, content), **{"purpose": "user_data", **options})


async def test_file_is_kept_until_it_is_deleted(client):
    sent = await upload(client, "Ebbe und Flut ✓.csv", TIDES, **KEPT)

    check_model(FileObject, sent.model_dump(exclude_none=True))
    check_schema("OpenAIFile", sent.model_dump(exclude_none=True))
    assert (sent.filename, sent.bytes, sent.purpose) == ("Ebbe und Flut ✓.csv", len(TIDES), "user_data")
    assert sent.expires_at == sent.created_at + 3600
    assert await client.files.retrieve(sent.id) == sent
    with pytest.raises(BadRequestError, match="Not allowed to download files of purpose: user_data"):
        await client.files.content(sent.id)
    deleted = await client.files.delete(sent.id)
    assert deleted == FileDeleted(id=sent.id, object="file", deleted=True)
    for call in (client.files.retrieve, client.files.delete, client.files.content):
        with pytest.raises(NotFoundError, match=f"No such File object: {sent.id}"):
            await call(sent.id)


async def test_files_are_listed_in_pages_newest_first(client):
    ids = [(await upload(client, f"{number}.jsonl", b"{}", purpose="batch")).id for number in range(3)]

    page = await client.files.list(purpose="batch", limit=2)
    assert ([file.id for file in page.data], page.has_more) == ([ids[2], ids[1]], True)
    check_schema("ListFilesResponse", page.model_dump(exclude_none=True))
    rest = await client.files.list(purpose="batch", limit=2, after=ids[1])
    assert ([file.id for file in rest.data], rest.has_more) == ([ids[0]], False)
    oldest = await client.files.list(purpose="batch", order="asc", limit=1)
    assert [file.id for file in oldest.data] == [ids[0]]
    assert (await client.files.content(ids[0])).read() == b"{}"
    for file_id in ids:
        await client.files.delete(file_id)


@pytest.mark.parametrize(
    ("content", "options", "param"),
    [
        (b"", {}, "file"),
        (b"a", {"purpose": "pleasure"}, "purpose"),
        (b"a", {"expires_after": {"anchor": "created_at", "seconds": 60}}, "expires_after.seconds"),
        (b"a", {"expires_after": {"anchor": "last_active_at", "seconds": 3600}}, "expires_after.anchor"),
        (b"a", {"expires_after": {"seconds": 3600}}, "expires_after.anchor"),
    ],
)
async def test_upload_that_the_api_refuses_is_refused(client, content, options, param):
    with pytest.raises(BadRequestError) as refused:
        await upload(client, "a.txt", content, **options)
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("leave.pdf", pdf("Leave is granted", "in the harbour office"), "leave.pdf, 2 pages"),
        ("notes.txt", b"Read the tide tables", "notes.txt, 20 characters. It says: “Read the tide tables”"),
        ("notes.txt", "Fährmann".encode("utf-16"), "“Fährmann”"),
        ("notes.txt", "Fährmann".encode("latin-1"), "“Fährmann”"),
        ("tides.csv", TIDES, "“Saint-Malo,11.4”"),
        ("page.html", b"<style>p{}</style><p>Low &amp; high", "“Low & high”"),
        ("mail.eml", b"Subject: Tide\nContent-Type: text/plain\n\nIt is high.", "Subject: Tide"),
        ("code.py", b"def tide(): ...", "“def tide(): ...”"),
        (
            "letter.docx",
            zipped(**{"word/document.xml": "<w:p><w:t>Dear</w:t></w:p><w:p><w:t>harbour &lt;master&gt;</w:t></w:p>"}),
            "“Dear”",
        ),
        ("talk.pptx", zipped(**{"ppt/slides/slide1.xml": "<a:p><a:t>Tides</a:t></a:p>"}), "talk.pptx, 1 page, "),
        ("text.odt", zipped(**{"content.xml": "<text:p>Ebb</text:p>"}), "“Ebb”"),
        (
            "sheet.xlsx",
            zipped(
                **{
                    "xl/workbook.xml": "",
                    "xl/sharedStrings.xml": "<si><t>Brest</t></si>",
                    "xl/worksheets/sheet1.xml": '<row r="1"><c t="s"><v>0</v></c><c><f>A1</f><v>6.1</v></c></row>',
                }
            ),
            "“Brest\t6.1”",
        ),
    ],
)
async def test_answer_quotes_what_was_read(client, name, content, said):
    kept = await upload(client, name, content)
    for part in ({"type": "input_file", "file_id": kept.id}, data(name, content)):
        assert said in text(await create(client, input=user("What of Saint-Malo?", part)))
    await client.files.delete(kept.id)


async def test_answer_quotes_what_was_sent_as_text(client):
    file = "[File: A, b.pdf, 12 pages]\n[Page 1]\nLow water at noon"
    answer = text(await create(client, input=user("When is the water low?", file)))

    assert "**File:** A, b.pdf, 12 pages, 26 characters. It says: “Low water at noon”" in answer
    assert "> [File" not in answer


async def test_later_question_is_answered_from_a_file_of_the_chain(client):
    kept = await upload(client, "tides.csv", TIDES)
    first = await create(client, input=user("Read this", {"type": "input_file", "file_id": kept.id}))
    link = first[-1]["response"]["id"]
    assert "**In tides.csv:** “Brest,6.1”" in text(
        await create(client, input="And in Brest?", previous_response_id=link)
    )

    await client.files.delete(kept.id)
    with pytest.raises(NotFoundError, match="No such File object"):
        await create(client, input="And in Brest?", previous_response_id=link)


async def test_tokens_of_a_file_count(client):
    costs = [
        (await create(client, input=user(data("a.txt", b"word " * count))))[-1]["response"]["usage"]["input_tokens"]
        for count in (1, 100)
    ]
    assert costs[1] - costs[0] == 99


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (data("a.png", b"\x89PNG"), "Expected context stuffing file type to be a supported format: .* but got .png"),
        (data("song.mp3", b"ID3"), "but got .mp3"),
        (data("letter", b"Dear"), "but got none"),
        (data("broken.pdf", b"%PDF-1.4 nothing"), "could not be read"),
        (data("broken.docx", b"PK nothing"), "could not be read"),
        (data("", b"Dear"), "filename"),
        (data("a.txt", b"Dear", file_data="RGVhcg=="), "Expected a base64-encoded data URL"),
        (data("a.txt", b""), "Expected a base64-encoded data URL"),
        (data("a.txt", b"Dear", file_id="file-1"), "Mutually exclusive"),
        ({"type": "input_file"}, "Missing required parameter"),
        (data("a.txt", b"Dear " * 10_000_001), "50 MB"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_file_that_the_api_refuses_is_refused(client, part, words):
    with pytest.raises(BadRequestError, match=words):
        await client.responses.create(model="standin", input=user("Read this", part))


async def test_unknown_file_is_refused(client):
    unknown = {"type": "input_file", "file_id": "file-1"}
    tool = {"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["file-1"]}}
    for body in ({"input": user(unknown)}, {"input": "Read this", "tools": [tool]}):
        with pytest.raises(NotFoundError, match="No such File object: file-1"):
            await client.responses.create(model="standin", **body)


async def test_chat_completion_takes_only_pdf(client):
    def asked(name: str, content: bytes) -> Any:
        part = data(name, content)
        file = {"type": "file", "file": {"filename": name, "file_data": part["file_data"]}}
        return client.chat.completions.create(
            model="standin", messages=[{"role": "user", "content": [{"type": "text", "text": "Read this"}, file]}]
        )

    answer = await asked("leave.pdf", pdf("Leave is granted"))
    assert "“Leave is granted”" in answer.choices[0].message.content
    with pytest.raises(BadRequestError, match=r"supported format: \.pdf but got \.txt"):
        await asked("a.txt", b"Dear")


async def test_program_counts_the_rows_of_the_files_of_its_container(client):
    kept = await upload(client, "tides.csv", TIDES)
    tool = {"type": "code_interpreter", "container": {"type": "auto", "file_ids": [kept.id]}}
    events = await create(client, input="How many?", tools=[tool], include=["code_interpreter_call.outputs"])

    program, _ = events[-1]["response"]["output"]
    assert program["outputs"] == [{"type": "logs", "logs": "3\n"}]
    assert "tides.csv has 3 rows, the last one is “Saint-Malo,11.4”" in text(events)
    files = [file async for file in client.containers.files.list(program["container_id"])]
    assert [(file.path, file.source) for file in files] == [("/mnt/data/tides.csv", "user")]


async def test_script_answers_an_upload_and_a_deletion(client, script):
    error = {"status": 413, "body": {"error": {"message": "Too large", "type": "invalid_request_error"}}}
    await script.add(on="upload", times=1, error=error)
    await script.add(on="delete_file", times=1, error={"status": 500, "body": "Oh"})

    with pytest.raises(APIStatusError, match="Too large"):
        await upload(client, "a.txt", b"a")
    kept = await upload(client, "a.txt", b"a")
    with pytest.raises(APIStatusError, match="500"):
        await client.files.delete(kept.id)
    await client.files.delete(kept.id)
    [first, *_] = await script.requests()
    assert (first["body"], first["status"]) == ({"purpose": "user_data", "filename": "a.txt"}, 413)
