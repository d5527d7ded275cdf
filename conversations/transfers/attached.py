"""The files of conversations that come from elsewhere: from a file, or from one that is shared."""

from collections.abc import Mapping
from typing import Any

from common.text import map_texts
from conversations.models import Attachment, Item
from conversations.representations import MISSING_FILE, MISSING_IMAGE
from providers.items import Part, replace_parts


def with_attachments(item: Item, attachments: Mapping[str, Attachment]) -> Item:
    """Return a message with our attachments, by the `file_id` that it has, and a text for what there isn't.

    What is attached may turn out to be no image, or to be one.
    """

    def attached(part: Part) -> Part:
        if "file_id" not in part:
            return part
        is_file = part.get("type") == "input_file"
        if (attachment := attachments.get(str(part["file_id"]))) is None:
            return {"type": "input_text", "text": MISSING_FILE if is_file else MISSING_IMAGE}
        if not attachment.is_image:
            return {"type": "input_file", "file_id": str(attachment.pk)}
        return {"type": "input_image", "detail": part.get("detail", "auto"), "file_id": str(attachment.pk)}

    return replace_parts(item, attached)


def with_files(put_out: Any, attachments: Mapping[str, Attachment]) -> Any:
    """Return what a model or a tool put out with our attachments, by the `file_id`s that it has."""

    def replaced(text: str) -> str:
        attachment = attachments.get(text)
        return text if attachment is None else str(attachment.pk)

    return map_texts(put_out, replaced) if attachments else put_out
