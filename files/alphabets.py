"""Old encodings of single bytes, told by the letters of the languages that are written in them.

Most of these encodings have a letter for each byte, so that any text can be read in any of them. Which one is meant
shows in the letters: no language has all of those that another one's words turn into.
"""

# ruff: noqa: RUF001

import re
from collections.abc import Iterable

SAMPLE_BYTES = 50_000
WESTERN = ("äöüßé", "àâæçéèêëîïôœùûü", "áéíóúüñãõâêôçàºª", "àèéìíîòóùú", "åäöæøéü", "ëïéèöüç", "áðéíóúýþæö")
ALPHABETS = (
    ("cp1252", WESTERN),
    ("cp1250", ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţ")),
    ("cp1254", ("çğıiöşüâîû",)),
    ("cp1257", ("ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž")),
    # Several of these languages in one text.
    ("cp1252", ("".join(WESTERN),)),
)
"""By encoding, the letters beyond ASCII of languages. The more common encodings come first."""
SIGNS = set("“”„‘’‚–—…€£§°«»·•¿¡±²³µ½¼×©®™†‡‰¶\u00a0\u00ad´¨")
WITHIN_WORD = re.compile(r"[^\W\d_]([^\w\s’´·\u00ad.-])[^\W\d_]")
KANA = re.compile(r"[\u3041-\u3093\u30a1-\u30f6]")
MIN_KANA_SHARE = 0.2


def encoding_by_letters(data: bytes) -> str | None:
    """Return the encoding in which a text has the letters of one language; None if there is none for sure."""
    sample = data[:SAMPLE_BYTES]
    for encoding in ("cp932", "euc_jp"):
        if _is_japanese(sample, encoding):
            return encoding
    return next((encoding for encoding, alphabets in ALPHABETS if _is_written(sample, encoding, alphabets)), None)


def _is_written(sample: bytes, encoding: str, alphabets: Iterable[str]) -> bool:
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return False
    letters = [letter for letter in text.lower() if letter.isalpha()]
    special = [letter for letter in letters if not letter.isascii()]
    signs = {sign for sign in text if not sign.isascii() and not sign.isalpha()}
    # Words in these alphabets have letters of ASCII, too: "łódź" has the fewest.
    if len(special) > 1 + 3 * (len(letters) - len(special)) or not signs <= SIGNS:
        return False
    if any(not found[1].isascii() for found in WITHIN_WORD.finditer(text)):
        return False
    # What "İ" is in lower case has a dot of its own.
    return any(set(special) - {"\u0307"} <= set(alphabet) for alphabet in alphabets)


def _is_japanese(sample: bytes, encoding: str) -> bool:
    """Return whether a text in an encoding of Japanese has kana, as every Japanese text has."""
    # The sample may end within a sign.
    text = sample.decode(encoding, "replace")
    special = len(text) - len(text.encode("ascii", "ignore"))
    return text.count("\ufffd") <= 1 and len(KANA.findall(text)) > special * MIN_KANA_SHARE
