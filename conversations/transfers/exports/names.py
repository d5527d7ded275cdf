"""The names of exported files."""

import re
from pathlib import PurePath

from conversations.models import Conversation

# Characters that some file system doesn't take, and marks that change the reading direction and so hide a suffix.
UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+')
MAX_LENGTH = 80
"""Characters of the title in a name."""

MAX_ENTRY_BYTES = 200
"""Of a file's name in a zip: file systems take 255, and its number stands before it."""


def file_name(conversation: Conversation, suffix: str) -> str:
    """Return the conversation's title, without what can't be in a file's name on every machine, with the suffix."""
    name = " ".join(UNSAFE.sub(" ", conversation.title).split())[:MAX_LENGTH].strip(". ")
    return f"{name or 'conversation'}.{suffix}"


def safe_entry(name: str) -> str:
    """Return the name of a file without what can't be in one on every machine, truncated before its suffix."""
    path = PurePath(" ".join(UNSAFE.sub(" ", name).split()).strip(". ") or "file")
    stem = path.stem.encode()[: MAX_ENTRY_BYTES - len(path.suffix.encode())].decode(errors="ignore")
    return f"{stem}{path.suffix}"
