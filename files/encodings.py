"""How the bytes of a text are read as characters."""

import codecs
import re

from charset_normalizer import from_bytes

from files.alphabets import encoding_by_letters

SAMPLE_BYTES = 200_000
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"\x84\x31\x95\x33": "gb18030",
}
"""By a byte-order mark, the encoding. The marks of UTF-32 come first: they begin with those of UTF-16."""
ENCODINGS = [
    *("cp1252", "cp1251", "cp932", "gb18030", "big5", "euc_kr", "euc_jp", "iso2022_jp", "koi8_r"),
    *("cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874", "mac_roman", "cp866", "cp850"),
]
"""What texts are written in that aren't Unicode."""
DECLARED = re.compile(rb"<\?xml[^>]*\bencoding=[\"']([\w.-]+)|<meta[^>]*\bcharset=[\"']?([\w.-]+)", re.IGNORECASE)
DECLARED_WITHIN = 4096
"""Bytes."""
CONTROLS = re.compile(r"[\x01-\x06\x0e-\x1a\x1c-\x1f]")
"""What texts don't have: they may have tabs, lines, bells, form feeds, escapes, and a NUL by accident."""
MAX_ODD_SHARE = 0.01
MIN_UTF16_SHARE = 0.3
"""Of every second byte that is NUL."""


def encoding_of(data: bytes) -> str | None:
    """Return the encoding of a text; None if the bytes are no text."""
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            return encoding if _is_text(data, encoding) else None
    sample = data[:SAMPLE_BYTES]
    if b"\0" in sample and (wide := _utf16_of(sample)):
        return wide if _is_text(data, wide) else None
    if _decodes(data, "utf-8"):
        return "utf-8" if _is_text(data, "utf-8") else None
    if sample.count(b"\0") > len(sample) * MAX_ODD_SHARE:
        return None
    if (declared := _declared(sample)) is not None and _is_text(data, declared):
        return declared
    if _is_nearly_utf8(sample):
        return "utf-8"
    if (told := encoding_by_letters(data)) is not None:
        return told
    best = from_bytes(sample, cp_isolation=ENCODINGS, preemptive_behaviour=False).best()
    return best.encoding if best is not None and _is_text(data, best.encoding) else None


def _declared(sample: bytes) -> str | None:
    """Return the encoding that a web page or XML says it is in, if there is such a one."""
    found = DECLARED.search(sample[:DECLARED_WITHIN])
    if found is None:
        return None
    return known_encoding((found[1] or found[2]).decode("ascii", "replace"))


def known_encoding(name: str) -> str | None:
    """Return Python's name for an encoding of texts; None if there is no such one."""
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    # As browsers have it: nobody means the control characters of Latin-1 and ASCII.
    encoding = {"iso8859-1": "cp1252", "ascii": "cp1252", "shift_jis": "cp932", "gb2312": "gb18030", "gbk": "gb18030"}
    # Python's own flag: others, such as "hex", don't make texts of bytes.
    return encoding.get(info.name, info.name) if info._is_text_encoding else None


def decoded(data: bytes, encoding: str) -> str:
    """Return a text with `\\n` at the ends of its lines, and U+FFFD for what the encoding doesn't know."""
    try:
        text = data.decode(encoding, "replace")
    except (LookupError, UnicodeError):
        text = data.decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _utf16_of(sample: bytes) -> str | None:
    """Return the encoding of a text in UTF-16 without a byte-order mark, whose Latin letters have a NUL each."""
    half = max(1, len(sample) // 2)
    first, second = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if second > MIN_UTF16_SHARE and first < MAX_ODD_SHARE:
        return "utf-16-le"
    if first > MIN_UTF16_SHARE and second < MAX_ODD_SHARE:
        return "utf-16-be"
    return None


def _is_nearly_utf8(sample: bytes) -> bool:
    """Return whether a text is in UTF-8 but for a few bytes, such as a log that was cut within a letter."""
    text = sample.decode("utf-8", "replace")
    odd = text.count("\ufffd")
    special = len(text) - len(text.encode("ascii", "ignore")) - odd
    return special > 4 * odd


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeError:
        return False
    return True


def _is_text(data: bytes, encoding: str) -> bool:
    """Return whether hardly any of the characters are ones that no text has."""
    text = data[:SAMPLE_BYTES].decode(encoding, "replace")
    odd = text.count("\0") + text.count("\ufffd") + len(CONTROLS.findall(text))
    # The sample may end within a character.
    return odd <= 1 + len(text) * MAX_ODD_SHARE if len(data) > SAMPLE_BYTES else odd <= len(text) * MAX_ODD_SHARE
