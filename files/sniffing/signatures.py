"""What files begin with."""

import re

PDF_WITHIN = 1024
"""Bytes before a PDF's signature that readers bear."""
PDF = re.compile(rb"(?:^(?:\xef\xbb\xbf)?|[^\t -~\x80-\xff])%PDF-\d")
"""A PDF's signature, at the beginning of a line. A text that is about PDFs has it within one."""

IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
OTHER_IMAGES = re.compile(
    rb"BM.{4}\0\0\0\0|II\*\0|MM\0\*|8BPS|\0\0[\x01\x02]\0[\x01-\x20]\0|\xff\x0a|\0\0\0\x0cJXL ", re.DOTALL
)
AUDIO = re.compile(
    rb"ID3[\x02-\x04]|fLaC|OggS|RIFF.{4}WAVE|FORM.{4}AIF|MThd\0|#!AMR|\xff[\xfb\xf3\xf2\xfa\xf1\xf9]", re.DOTALL
)
VIDEO = re.compile(rb"\x1a\x45\xdf\xa3|RIFF.{4}AVI |FLV\x01|\0\0\x01[\xba\xb3]|0&\xb2u\x8ef\xcf\x11", re.DOTALL)
ARCHIVE = re.compile(
    rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|\x1f\x8b|\x1f\x9d|BZh[1-9]1AY|\xfd7zXZ\0|\x28\xb5\x2f\xfd|MSCF\0|xar!|LZIP\x01|"
    rb"!<arch>\n"
)
PROGRAM = re.compile(
    rb"MZ.{58}|\x7fELF[\x01\x02]|\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba\xbe\0|\0asm\x01|dex\n",
    re.DOTALL,
)
TAR_AT, TAR = 257, b"ustar"
RTF = re.compile(rb"\s*\{\\rtf")


def is_pdf(head: bytes) -> bool:
    return bool(PDF.search(head, 0, PDF_WITHIN + len("%PDF-1")))


def is_zip(head: bytes) -> bool:
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"))


def is_compound(head: bytes) -> bool:
    """Return whether it is a compound file, as old Office documents are and encrypted new ones."""
    return head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def is_shown_image(head: bytes) -> bool:
    is_webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    return head.startswith(IMAGES) or is_webp or _brand(head) in HEIF_BRANDS


def refused(head: bytes) -> str | None:
    """Return why a file that begins so isn't read; None if it may be a text."""
    if is_shown_image(head):
        return "image"
    if OTHER_IMAGES.match(head) or _brand(head) == b"avif":
        return "other_image"
    if AUDIO.match(head):
        return "audio"
    if VIDEO.match(head) or _brand(head):
        return "video"
    if ARCHIVE.match(head) or head[TAR_AT : TAR_AT + len(TAR)] == TAR:
        return "archive"
    if PROGRAM.match(head):
        return "program"
    return "rich_text" if RTF.match(head) else None


def _brand(head: bytes) -> bytes:
    """Return the brand of a file in boxes, as videos and images of phones are; b"" if it is none."""
    return head[8:12] if head[4:8] == b"ftyp" else b""
