"""What an exported file is called."""

import re

from conversations.models import Conversation

# What one file system or another does not take, and marks that turn the reading direction, so hide a name's ending.
UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+')
LONGEST = 80


def file_name(conversation: Conversation, suffix: str) -> str:
    """The title, as far as it can be a file's name on any machine."""
    name = " ".join(UNSAFE.sub(" ", conversation.title).split())[:LONGEST].strip(". ")
    return f"{name or 'conversation'}.{suffix}"
