"""What a viewer gets of a file that a model made."""

from typing import Any

from conversations.models import Attachment


def made_file(attachment: Attachment) -> dict[str, Any]:
    """Return a file as it stands in an item of an output: by our id, with what the page must know to show it."""
    shown = {"file_id": str(attachment.pk), "filename": attachment.name, "bytes": attachment.size}
    return {**shown, "width": attachment.width, "height": attachment.height} if attachment.is_image else shown
