"""What a server refuses of files: all of them, a type, one, or that it doesn't know one any more."""

import json
from typing import Any

import pytest

from providers.failures import Failure, failure_of_body
from providers.input_files import TYPES, is_lost, type_of
from providers.refusals import (
    CHAIN,
    FILES,
    IMAGES,
    INPUT_FILE,
    guessed_parts,
    is_lasting,
    is_parameter,
    named_parts,
    parts_of,
    refused_values,
)
from providers.uploads import has_no_files_api

ALL = {CHAIN, IMAGES, INPUT_FILE, "metadata", "tools.file_search"}
SUPPORTED = "Invalid input: Expected context stuffing file type to be a supported format: .pdf, .txt but got .docx."


def refused(status: int, body: Any) -> Failure:
    return failure_of_body(body.encode() if isinstance(body, str) else json.dumps(body).encode(), status=status)


def error(message: str = "No.", **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "code": None, **fields}}


def test_file_is_a_part_of_a_request_and_no_parameter():
    file = {"type": "input_file", "file_id": "file-1"}
    body = {"model": "small", "input": [{"type": "message", "role": "user", "content": [file]}]}
    assert parts_of(body) == {INPUT_FILE}
    assert not is_parameter(INPUT_FILE)


@pytest.mark.parametrize(
    ("status", "body", "lasts"),
    [
        (400, error("Invalid value: 'input_file'. Supported values are: 'input_text' and 'input_image'."), True),
        (400, error("Unknown part type input_file", param="input[0].content[1]"), True),
        (400, error("Unsupported parameter: 'file_id'."), True),
        (400, error("This model does not support PDFs."), True),
        (400, error("This model does not support file inputs."), True),
        (400, error("The file 'tide.pdf' could not be read.", code="invalid_file"), False),
        (400, error("The file size exceeds 50 MB."), False),
        (413, "<html><h1>413 Request Entity Too Large</h1></html>", False),
    ],
)
def test_refused_file_is_named_and_only_what_holds_for_all_lasts(status, body, lasts):
    problem = refused(status, body)
    assert named_parts(problem, ALL) == {INPUT_FILE}
    assert refused_values(problem, INPUT_FILE, {}) == {INPUT_FILE}
    assert is_lasting(problem, INPUT_FILE, set()) == lasts
    assert not is_lasting(problem, INPUT_FILE, {INPUT_FILE})


def test_type_that_is_refused_is_refused_alone():
    problem = refused(400, error(SUPPORTED))
    assert named_parts(problem, ALL) == {INPUT_FILE}
    assert refused_values(problem, INPUT_FILE, {}) == {"input_file=docx"}
    assert is_lasting(problem, INPUT_FILE, {INPUT_FILE})


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("Files with extensions [.csv] are not supported for retrieval by file_search", {"tools.file_search"}),
        ("The image data you provided does not represent a valid image", {IMAGES}),
        ("Unsupported parameter: metadata", {"metadata"}),
        ("Previous response with id 'resp_1' not found.", {CHAIN}),
    ],
)
def test_other_refusals_name_no_file(message, named):
    assert named_parts(refused(400, error(message)), ALL) == named


def test_file_is_guessed_before_an_image_because_its_text_is_left():
    assert guessed_parts(refused(400, ""), {INPUT_FILE, IMAGES}, set()) == {INPUT_FILE}
    assert guessed_parts(refused(400, ""), {INPUT_FILE, IMAGES}, {INPUT_FILE}) == {IMAGES}


@pytest.mark.parametrize(
    ("status", "message", "lost"),
    [
        (404, "No such File object: file-abc", True),
        (400, "File 'file-abc' not found", True),
        (404, "The file file-abc has expired.", True),
        (400, "Files [file-abc] were not found.", True),
        (400, "The requested file does not exist", True),
        (404, "Response with id 'resp_1' not found.", False),
        (404, "The model 'gpt-9' does not exist", False),
        (400, SUPPORTED, False),
        (500, "No such File object: file-abc", False),
    ],
)
def test_file_that_is_lost_is_told_from_one_that_is_refused(status, message, lost):
    assert is_lost(refused(status, error(message))) == lost


@pytest.mark.parametrize(
    ("status", "message", "has_none"),
    [
        (404, "Not Found", True),
        (405, "Method Not Allowed", True),
        (400, "Invalid value for purpose", True),
        (400, "File is empty.", False),
        (413, "Too large", False),
        (429, "Too many uploads", False),
        (500, "Oh", False),
    ],
)
def test_missing_files_api_is_told_from_one_that_refuses_a_file(status, message, has_none):
    assert has_no_files_api(refused(status, error(message))) == has_none


def test_types_are_told_by_the_end_of_a_name():
    assert type_of("Tide.PDF") == "pdf"
    assert type_of("tide") == ""
    assert {"pdf", "docx", "csv", "md"} <= TYPES
    assert not {"png", "ods", "zip", ""} & TYPES
    assert FILES not in TYPES
