"""The names of exported files."""

import re

from conversations.models import Conversation

# Characters that some file system doesn't take, and marks that change the reading direction and so hide a suffix.
UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+')
MAX_LENGTH = 80
"""Characters of the title in a name."""


def file_name(conversation: Conversation, suffix: str) -> str:
    """Return the conversation's title, without what can't be in a file's name on every machine, with the suffix."""
    name = " ".join(UNSAFE.sub(" ", conversation.title).split())[:MAX_LENGTH].strip(". ")
    return f"{name or 'conversation'}.{suffix}"


def safe_entry(name: str) -> str:
    """Return the name of a file without what can't be in one on every machine."""
    return " ".join(UNSAFE.sub(" ", name).split()).strip(". ") or "file"
