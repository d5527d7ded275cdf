"""What a text is: a table, a page, an e-mail, or a text to be read as it is."""

import re

import msgspec

from files.sniffing.sniffed import Sniffed
from files.tables import delimiter_of

HEAD_CHARACTERS = 8192
BEFORE_PAGE = r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:[^-]|-(?!->))*-->\s*)*"
PAGE = re.compile(rf"{BEFORE_PAGE}<(?:!doctype\s+html\b|html[\s>]|head>|body[\s>])", re.IGNORECASE)
XML = re.compile(r"\s*(?:<\?xml\s|<!DOCTYPE\s|<svg[\s>])")
FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]*):")
MAIL_FIELDS = {
    *("from", "to", "subject", "date", "message-id", "mime-version", "received", "return-path", "delivered-to"),
    *("content-type", "reply-to", "cc", "dkim-signature", "x-mailer"),
}
SENDING_FIELDS = {"from", "received", "return-path", "message-id"}


def sniff(text: str, encoding: str) -> Sniffed:
    """Return what a text is."""
    head = text[:HEAD_CHARACTERS]
    if PAGE.match(head):
        return Sniffed("html", "text/html", encoding)
    if XML.match(head):
        return Sniffed("text", "application/xml", encoding)
    if _is_json(text):
        return Sniffed("text", "application/json", encoding)
    if _is_mail(head):
        return Sniffed("email", "message/rfc822", encoding)
    if (delimiter := delimiter_of(text)) is not None:
        return Sniffed("csv", "text/tab-separated-values" if delimiter == "\t" else "text/csv", encoding)
    return Sniffed("text", "text/plain", encoding)


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return False
    return True


def _is_mail(head: str) -> bool:
    """Return whether a text begins with fields of an e-mail, at least three of those that each one has."""
    lines = head.split("\n")
    fields = set()
    for line in lines[1:] if lines[0].startswith("From ") else lines:
        if not line.strip():
            break
        if line[0] in " \t":
            continue
        found = FIELD.match(line)
        if found is None:
            return False
        fields.add(found[1].lower())
    return len(fields & MAIL_FIELDS) >= 3 and bool(fields & SENDING_FIELDS)
