"""Which files a request takes as `input_file`, and what says that a provider lost one.

https://platform.openai.com/docs/guides/file-inputs
"""

import re
from pathlib import PurePath

from providers.failures import Failure

MAX_BYTES = 50_000_000
"""Of all files in a request."""
MAX_DATA_BYTES = 36_000_000
"""Of all files that a request carries as data: base64 makes four bytes of three."""
MAX_ROWS = 1000
"""Of each sheet of a spreadsheet: the API reads no further."""

_TYPES = """
pdf doc docx rtf odt ppt pptx csv tsv xls xlsx
asm awk bash bat c cc conf cpp cs css cxx diff eml ex go h hs htm html ics ini java js json jsx ksh kt less log lua m
markdown md mjs patch php pl properties proto ps1 py r rb rs rst s scala scss sh sql srt swift tex text toml ts tsx txt
vcf vtt xml yaml yml
"""
TYPES = frozenset(_TYPES.split())
"""What the names of files that the API takes end with."""
LOST = re.compile(
    r"\bno such file\b|\bfiles?\b.{0,120}\b(?:not found|no longer|expired|deleted|(?:do|does)(?: not|n't) exist)\b",
    re.IGNORECASE | re.DOTALL,
)

FILE_ID = re.compile(r"\bfile-[\w-]{4,100}")


def type_of(name: str) -> str:
    """Return what a file's name ends with, without the dot."""
    return PurePath(name).suffix.lower().removeprefix(".")


def is_lost(problem: Failure) -> bool:
    """Return whether a provider says that it doesn't know a file that it was given."""
    return problem.status in {400, 404, 410, None} and (
        problem.code == "file_not_found" or LOST.search(problem.detail) is not None
    )
