"""What a viewer gets of a file that a person attached or a model made."""

import re
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.utils.translation import gettext as _

from conversations.models import Attachment, Response
from conversations.models.attachment import are_loaded, attachments_of, sent_ids
from files.languages import language_of
from files.models import Document
from files.words import details
from providers import catalog
from providers.image_tokens import image_tokens
from providers.items import Part, dicts, item_parts

T = TypeVar("T")

OURS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""An id of ours. Providers have others."""
DELETED = {"code": "deleted", "message": "This file was deleted."}
PASSAGES = 100
"""That are returned at once."""


def made_file(attachment: Attachment) -> dict[str, Any]:
    """Return a file as it stands in an item of an output: by our id, with what the page must know to show it."""
    shown = {"file_id": str(attachment.pk), "filename": attachment.name, "bytes": attachment.size}
    return {**shown, "width": attachment.width, "height": attachment.height} if attachment.is_image else shown


def attached(attachment: Attachment) -> dict[str, Any]:
    """Return a file as the page that sends or shows it needs it."""
    document = attachment.document
    return {
        "id": str(attachment.pk),
        "type": "input_image" if attachment.is_image else "input_file",
        "name": attachment.name,
        "kind": attachment.kind,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "pages": document.pages if document else None,
        "rows": document.rows if document else None,
        "tokens": _tokens(attachment),
        "width": attachment.width,
        "height": attachment.height,
    }


def _tokens(attachment: Attachment) -> int | None:
    """Return about how many tokens a file costs; of an image, with the model of the settings."""
    if attachment.document:
        return attachment.document.tokens
    if not attachment.is_image:
        return None
    return image_tokens(catalog.model_of_settings(), attachment.width, attachment.height)


def sent(response: Response) -> list[dict[str, Any]]:
    """Return the files that were sent with a message, in their order; one that was deleted has only its id."""
    known = attachments_of(response)
    return [attached(known[file_id]) if file_id in known else {"id": file_id} for file_id in sent_ids(response)]


def without_deleted(shown: T, response: Response) -> T:
    """Return what is shown of a response with a word in place of files that were deleted."""
    if not are_loaded(response):
        return shown
    known = attachments_of(response)

    def replaced(value: Any) -> Any:
        if isinstance(value, list):
            return [replaced(each) for each in value]
        if not isinstance(value, dict):
            return value
        if OURS.fullmatch(str(value.get("file_id"))) and value["file_id"] not in known:
            if value.get("type") == "input_image":
                return {"type": "input_text", "text": _("This image was deleted")}
            return {name: each for name, each in value.items() if name != "file_id"} | {"error": DELETED}
        return {name: replaced(each) for name, each in value.items()}

    return cast("T", replaced(shown))


@dataclass(frozen=True)
class DrawnFile:
    """A file or an image of a message, as a page's templates show it: ours, or one at an address.

    If it was ours and was deleted, it has neither.
    """

    is_image: bool
    file: Attachment | None
    image_url: str
    details: str
    detail: str


def drawn_files(response: Response) -> list[DrawnFile]:
    """Return the files and images of a message, in their order."""
    known = attachments_of(response)
    parts = (part for item in dicts(response.input) if item.get("type") == "message" for part in item_parts(item))
    return [
        drawn_file(part, known.get(str(part.get("file_id"))))
        for part in parts
        if part.get("file_id") or part.get("image_url")
    ]


def drawn_file(part: Part, file: Attachment | None) -> DrawnFile:
    """Return a part of a message as templates show it, with the file that it names, if that is still there."""
    is_image = part.get("type") == "input_image"
    words = details(file.size, file.document) if file else ""
    return DrawnFile(is_image, file, part.get("image_url") or "", words, part.get("detail") or "auto")


def read_passages(attachment: Attachment, document: Document, start: int) -> dict[str, Any]:
    """Return a piece of what was read of a file, from the passage with this number on."""
    found = list(document.passages.filter(number__gte=start).order_by("number")[: PASSAGES + 1])
    return {
        "name": attachment.name,
        "kind": document.kind,
        "pages": document.pages,
        "language": language_of(attachment.name, document.media_type) if document.kind == "text" else "",
        "is_truncated": document.is_truncated,
        "passages": [
            {"number": each.number, "page": each.page, "label": each.label, "text": each.text}
            for each in found[:PASSAGES]
        ],
        "next": found[PASSAGES].number if len(found) > PASSAGES else None,
    }
