"""The files in a request, as `input_file` or as text: what is read in them.

https://platform.openai.com/docs/guides/file-inputs
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Iterator

from standin import documents
from standin.documents import Document
from standin.errors import ApiError, Json, missing_parameter
from standin.files import Files

MAX_DATA_CHARACTERS = 73_400_320
MAX_BYTES = 50_000_000
"""Of all files in a request."""
AS_TEXT = re.compile(r"\[File: (.+)\]\n")
"""How a text begins that is a file's. The stand-in takes it for one, too."""
BEGINS = re.compile(r"\n\n(?=\[File: [^\n]+\]\n)")
PAGES = re.compile(r", ([\d,]+) (?:pages?|slides?|sheets?)\b.*")


def read_inputs(files: Files, chain: list[Json], new: list[Json], only: Collection[str] = ()) -> dict[str, Document]:
    """Read every `input_file` of a chain and of new items, by what names it (`key_of`). It blocks.

    Raise the API's error if one can't be given to a model, or if the new ones are too large together. `only` are the
    endings of their names, if not all are taken.
    """
    found: dict[str, Document] = {}
    for items in (chain, new):
        size = 0
        for path, part in parts_with_paths(items):
            key = key_of(part, path)
            if key not in found and not part.get("file_url"):
                found[key], read = read_part(files, part, path, only)
                size += read
    if size > MAX_BYTES:
        raise ApiError(f"The files of a request may have {MAX_BYTES // 1_000_000} MB together.", param="input")
    return found


def read_part(files: Files, part: Json, path: str, only: Collection[str]) -> tuple[Document, int]:
    """Return what is in a file, and how many bytes it has."""
    if file_id := part.get("file_id"):
        file = files.get(file_id)
        documents.ending_of(file.name, only)
        return file.document(), len(file.content)
    if not part.get("filename"):
        raise missing_parameter(f"{path}.filename")
    documents.ending_of(part["filename"], only)
    content = decoded(part["file_data"], f"{path}.file_data")
    return documents.read(part["filename"], content), len(content)


def split_text(text: str) -> list[str]:
    """Return a text and those of files that follow it, which servers that take only one text get in it."""
    return BEGINS.split(text)


def is_file_text(part: Json) -> bool:
    """Return whether a part is the text of a file."""
    return part["type"] == "input_text" and AS_TEXT.match(part["text"]) is not None


def of_part(part: Json, read: dict[str, Document]) -> Document | None:
    """Return the file that a part of a message is, or None."""
    if part["type"] == "input_file":
        return read.get(key_of(part))
    if part["type"] != "input_text" or (head := AS_TEXT.match(part["text"])) is None:
        return None
    pages = PAGES.search(head[1])
    name = PAGES.sub("", head[1])
    return Document(name, part["text"][head.end() :], int(pages[1].replace(",", "")) if pages else None)


def parts_with_paths(items: list[Json]) -> Iterator[tuple[str, Json]]:
    """Yield the paths and the parts of the files of items."""
    for index, item in enumerate(items):
        for name in ("content", "output"):
            inner = item.get(name)
            for place, part in enumerate(inner if isinstance(inner, list) else []):
                if part.get("type") == "input_file":
                    yield f"input[{index}].{name}[{place}]", part


def key_of(part: Json, path: str = "input") -> str:
    """Return what names the file of a part. Raise the API's error unless there is exactly one such thing."""
    given = [part[name] for name in ("file_id", "file_data", "file_url") if part.get(name)]
    if not given:
        raise ApiError(
            "Missing required parameter: one of 'file_id', 'file_data' or 'file_url'.",
            param=path,
            code="missing_required_parameter",
        )
    if len(given) > 1:
        raise ApiError(
            "Mutually exclusive parameters: 'file_id', 'file_data' and 'file_url'. Ensure you are only providing one.",
            param=path,
            code="mutually_exclusive_parameters",
        )
    return str(given[0])


def decoded(data_url: str, param: str) -> bytes:
    """Return what is in a data URL. Raise the API's error if it isn't one."""
    if len(data_url) > MAX_DATA_CHARACTERS:
        raise ApiError(
            f"Invalid '{param}': string too long. Expected a string with maximum length {MAX_DATA_CHARACTERS}.",
            param=param,
            code="string_above_max_length",
        )
    head, _, data = data_url.partition(",")
    content = b""
    if head.startswith("data:") and head.endswith(";base64"):
        try:
            content = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            content = b""
    if not content:
        raise ApiError(
            f"Invalid '{param}'. Expected a base64-encoded data URL with a file MIME type "
            "(e.g. 'data:application/pdf;base64,aW1nIGJ5dGVzIGhlcmU=').",
            param=param,
            code="invalid_value",
        )
    return content
