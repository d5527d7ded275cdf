"""The kinds of files that are read: what they are called, and what their files are called at a provider.

Each has a module in files/kinds/ with its `read`.
"""

from dataclasses import dataclass
from pathlib import PurePath

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from files.languages import LANGUAGES


@dataclass(frozen=True)
class Kind:
    """A kind of file. `name` is what a document has, `title` is for people."""

    name: str
    title: str | Promise
    suffixes: dict[str, str]
    """By media type, what a name ends with."""
    unit: str = "Page"
    """What its pages are called where models read it."""
    is_table: bool = False
    """Whether its text has a row in each line, with tabs between the cells."""


OPEN_XML = "application/vnd.openxmlformats-officedocument"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
KINDS = {
    kind.name: kind
    for kind in (
        Kind("pdf", _("PDF"), {"application/pdf": ".pdf"}),
        Kind("word", _("Word document"), {f"{OPEN_XML}.wordprocessingml.document": ".docx"}),
        Kind("presentation", _("Presentation"), {f"{OPEN_XML}.presentationml.presentation": ".pptx"}, "Slide"),
        Kind(
            "spreadsheet",
            _("Spreadsheet"),
            {
                f"{OPEN_XML}.spreadsheetml.sheet": ".xlsx",
                "application/vnd.ms-excel": ".xls",
                "application/vnd.ms-excel.sheet.binary.macroEnabled.12": ".xlsb",
                f"{OPEN_DOCUMENT}.spreadsheet": ".ods",
            },
            "Sheet",
            is_table=True,
        ),
        Kind(
            "opendocument",
            _("OpenDocument file"),
            {f"{OPEN_DOCUMENT}.text": ".odt", f"{OPEN_DOCUMENT}.presentation": ".odp"},
            "Slide",
        ),
        Kind("csv", _("Table"), {"text/csv": ".csv", "text/tab-separated-values": ".tsv"}, is_table=True),
        Kind("html", _("Web page"), {"text/html": ".html"}),
        Kind("email", _("E-mail"), {"message/rfc822": ".eml"}),
        Kind("text", _("Text"), {"text/plain": ".txt", "application/json": ".json", "application/xml": ".xml"}),
    )
}


def name_for(name: str, kind: str, media_type: str) -> str:
    """Return the name under which a provider gets a file: with the suffix that tells what it is.

    Providers go by the suffix. A text keeps the one of its language.
    """
    suffix = KINDS[kind].suffixes[media_type]
    own = PurePath(name).suffix.lower()
    if own == suffix or (kind == "text" and own in LANGUAGES) or (own == ".htm" and suffix == ".html"):
        return name
    return f"{name}{suffix}"
