"""The images of messages that come from another conversation: a file, or a shared one."""

from collections.abc import Mapping

from conversations.models import Attachment, Item
from conversations.representations import MISSING_IMAGE
from providers.items import Part, replace_parts


def with_attachments(item: Item, attachments: Mapping[str, Attachment]) -> Item:
    """Return a message with our attachments, by the `file_id` that it has, and a text for an image that there isn't."""

    def attached(part: Part) -> Part:
        if "file_id" not in part:
            return part
        if attachment := attachments.get(str(part["file_id"])):
            return {**part, "file_id": str(attachment.pk)}
        return {"type": "input_text", "text": MISSING_IMAGE}

    return replace_parts(item, attached)
