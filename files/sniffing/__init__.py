"""What a file is, told by its content alone: by signatures, by what is packed in it, or as a text."""

from typing import BinaryIO

from files.encodings import decoded, encoding_of
from files.sniffing import compound, signatures, texts, zips
from files.sniffing.sniffed import Sniffed
from files.unreadable import Unreadable

HEAD_BYTES = 4096

__all__ = ["HEAD_BYTES", "Sniffed", "is_image", "sniff"]


def sniff(file: BinaryIO) -> Sniffed:
    """Return what a file is. Raise `Unreadable` if it isn't of a kind that is read.

    What is hostile may need time and memory without end: call it in a process of its own (files/reading/).
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head:
        raise Unreadable("empty")
    if signatures.is_pdf(head):
        return Sniffed("pdf", "application/pdf")
    if signatures.is_zip(head):
        return zips.sniff(file)
    if signatures.is_compound(head):
        return compound.sniff(file)
    if code := signatures.refused(head):
        raise Unreadable(code)
    file.seek(0)
    data = file.read()
    encoding = encoding_of(data)
    if encoding is None:
        raise Unreadable("unknown_type")
    text = decoded(data, encoding)
    if not text.replace("\0", "").strip():
        raise Unreadable("empty")
    return texts.sniff(text, encoding)


def is_image(head: bytes) -> bool:
    """Return whether a file that begins so is an image of a kind that is shown. It may still be a broken one."""
    return signatures.is_shown_image(head)
