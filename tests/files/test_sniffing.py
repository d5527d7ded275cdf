"""What a file is, told by its content: refused with a reason, or read although it is odd."""

# ruff: noqa: RUF001

import codecs
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from files.encodings import decoded, encoding_of
from files.passages import MAX_PASSAGE_CHARACTERS, Block, cut
from files.refusals import SENTENCES, refusal
from files.sniffing import is_image, sniff
from files.tables import delimiter_of
from files.unreadable import Unreadable
from tests.support import documents, documents_hostile
from tests.support.documents_old import binary_spreadsheet, old_spreadsheet
from tests.support.reading import read_here, text_here

REFUSED = documents_hostile.refused()
ODD = documents_hostile.odd()
GERMAN = "Die Größe der Häfen: für 12 € müssen Schiffe über die Flüsse.\n" * 3
RUSSIAN = "Гавань открывается в семь часов утра и закрывается вечером.\n" * 3
JAPANESE = "港は朝七時に開きます。船は夕方に戻ります。カタカナも少し。\n" * 3
DAMAGE = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8)
CHINESE = "港口早上七点开放，船只傍晚返回。这里有很多船。\n" * 3


@pytest.mark.parametrize("name", REFUSED)
def test_file_is_refused_with_its_reason(name):
    content, code = REFUSED[name]
    with pytest.raises(Unreadable) as caught:
        read_here(content)
    assert caught.value.code == code


def test_each_reason_has_a_sentence():
    for code in (*SENTENCES, "too_large", "too_many_pages", *(code for _, code in REFUSED.values())):
        refused = refusal(code)
        assert refused.code == code
        assert refused.message.endswith(".")
        assert code in SENTENCES or code.startswith("too_")


@pytest.mark.parametrize("name", ODD)
def test_odd_file_is_read_as_what_stands_in_it(name):
    content, words = ODD[name]
    assert words in text_here(content)


def test_file_with_too_many_parts_is_refused(monkeypatch):
    monkeypatch.setattr("files.sniffing.zips.MAX_OBJECTS", 5)
    monkeypatch.setattr("files.kinds.email.MAX_OBJECTS", 5)
    monkeypatch.setattr("files.kinds.pdf.MAX_OBJECTS", 0)
    for content in (documents.word(), documents.mail(attached=dict.fromkeys("abcdef", b"x")), documents.pdf()):
        with pytest.raises(Unreadable, match="too_many_objects"):
            read_here(content)


def test_longer_text_than_is_kept_is_cut_and_said(monkeypatch):
    monkeypatch.setattr("files.reading.worker.MAX_CHARACTERS", 3000)
    summary, passages = read_here(b"word " * 2000)
    assert (summary.is_truncated, summary.characters, len(passages)) == (True, 2000, 1)
    monkeypatch.setattr("files.reading.worker.MAX_PASSAGES", 2)
    summary, passages = read_here(documents.pdf(*"abc"))
    assert (summary.is_truncated, summary.pages, len(passages)) == (True, 3, 2)


def test_file_with_too_many_pages_is_refused():
    for content in (
        documents.pdf(*"abc"),
        documents.presentation(*[("a", "b")] * 3),
        documents.spreadsheet({name: [[1]] for name in "abc"}),
    ):
        with pytest.raises(Unreadable, match="too_many_pages"):
            read_here(content, max_pages=2)


@pytest.mark.parametrize(
    ("make", "media_type"),
    [
        (old_spreadsheet, "application/vnd.ms-excel"),
        (binary_spreadsheet, "application/vnd.ms-excel.sheet.binary.macroEnabled.12"),
    ],
)
def test_binary_spreadsheet_is_read(make, media_type):
    summary, passages = read_here(make())
    assert (summary.kind, summary.media_type) == ("spreadsheet", media_type)
    assert (summary.pages, summary.rows, passages[0].label) == (1, 2, "Ships")
    assert passages[0].text == f"{documents.HARBOUR}\nAda\t12\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *(
            (GERMAN, encoding)
            for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252")
        ),
        *((RUSSIAN, encoding) for encoding in ("utf-8", "utf-16", "cp1251", "koi8_r")),
        *((JAPANESE, encoding) for encoding in ("utf-8", "utf-16", "shift_jis", "euc_jp")),
        *((CHINESE, encoding) for encoding in ("utf-8", "gb18030", "gbk")),
    ],
)
def test_text_is_read_in_its_encoding(text, encoding):
    assert text_here(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *(
            (text, "cp1252")
            for text in ("Größe: 12 m", "naïve façade déjà vu", "El niño comió.", "Blåbær på øen", "“It’s” – 3 €")
        ),
        ("Señor Müller mag Crème brûlée.", "cp1252"),
        *((text, "cp1250") for text in ("Zażółć gęślą jaźń", "Příliš žluťoučký kůň", "Árvíztűrő tükörfúrógép")),
        ("Güneşli bir gün, ağaç altında", "cp1254"),
        ("Название;Цена\nХлеб;30", "cp1251"),
        ("名前,年齢\n田中さん,30\n", "shift_jis"),
        ("港は朝七時に開きます。", "euc_jp"),
    ],
)
def test_short_text_is_read_in_its_encoding(text, encoding):
    data = text.encode(encoding)
    found = encoding_of(data)
    assert found is not None
    assert decoded(data, found) == text


@given(
    st.sampled_from(
        [
            ("cp1252", "Die Größe der Häfen übersteigt Süßwasser in Ämtern"),
            ("cp1252", "été où forêt français garçon naïf"),
            ("cp1250", "łódź żółw gęś książka ćma śnieg"),
            ("cp1251", "гавань утро корабль вечером открыта море"),
            ("shift_jis", "港は 朝に 開きます 船が カタカナ"),
        ]
    ),
    st.data(),
)
def test_words_of_a_language_are_read_in_its_encoding(language, data):
    encoding, words = language
    # Each of the words occurs: some of them alone are words in several encodings.
    text = " ".join(data.draw(st.permutations(words.split() * data.draw(st.integers(2, 20)))))
    content = text.encode(encoding)
    assert decoded(content, encoding_of(content) or "ascii") == text


def test_text_in_utf8_with_a_broken_letter_stays_utf8():
    cut = ("Die Größe der Häfen " * 5).encode() + "ß".encode()[:1]
    assert text_here(cut) == "Die Größe der Häfen " * 5 + "\ufffd"


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_marked_text_of_other_scripts_is_read(mark):
    encoding = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    assert text_here(mark + JAPANESE.encode(encoding)) == JAPANESE


@pytest.mark.parametrize(
    "declared", ['<meta charset="windows-1251">', '<meta http-equiv=x content="text/html; charset=windows-1251">']
)
def test_web_page_is_read_in_the_encoding_that_it_names(declared):
    content = f"<html><head>{declared}</head><body><p>Да</p></body></html>".encode("cp1251")
    assert text_here(content) == "Да\n"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\t\n"), min_size=1))
@example("a" * 5000)
def test_any_text_in_utf8_is_read_as_it_is(text):
    data = text.encode()
    assert encoding_of(data) == "utf-8"
    assert decoded(data, "utf-8") == text


@given(
    st.text(st.characters(codec="ascii", min_codepoint=32), min_size=8),
    st.sampled_from(["utf-16", "utf-16-le", "utf-16-be", "utf-32"]),
)
def test_latin_text_in_any_unicode_is_read_as_it_is(text, encoding):
    data = text.encode(encoding)
    found = encoding_of(data)
    assert found is not None
    assert decoded(data, found) == text


@given(st.binary(max_size=3000))
@example(b"PK\x03\x04")
@example(b"PK\x05\x06" + b"\0" * 18)
@example(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600)
@example(b"%PDF-")
def test_any_bytes_are_told_or_refused(data):
    try:
        read_here(data)
    except Unreadable as unreadable:
        assert unreadable.code in SENTENCES  # noqa: PT017  not each is refused


@given(st.sampled_from([documents.pdf(), documents.word(), documents.open_text(), old_spreadsheet()]), DAMAGE)
def test_damaged_file_is_read_or_refused(content, damage):
    damaged = bytearray(content)
    for place, byte in damage:
        damaged[int(place * len(damaged))] = byte
    try:
        read_here(bytes(damaged))
    except Unreadable as unreadable:
        assert unreadable.code in SENTENCES  # noqa: PT017


@given(st.text(max_size=300))
def test_any_text_may_be_a_table_or_none(text):
    assert delimiter_of(text) in {None, "\t", ";", ",", "|"}


@given(st.lists(st.text("a \n.。", max_size=6000), max_size=4))
def test_passages_are_short_and_make_up_the_whole_text(texts):
    passages = [passage.text for passage in cut(Block(text) for text in texts)]
    whole = "".join(texts)
    assert "".join(passages) == (whole if whole.strip() else "")
    assert all(len(passage) <= MAX_PASSAGE_CHARACTERS for passage in passages)


def test_passages_end_at_paragraphs_and_never_cross_a_page():
    paragraph = "word " * 200 + "\n\n"
    passages = list(cut([Block(paragraph * 3, 1), Block("x", 2), Block("\ud800\0y", 2)]))
    assert [(passage.page, len(passage.text)) for passage in passages] == [(1, 1002), (1, 1002), (1, 1002), (2, 3)]
    assert passages[-1].text == "x\ufffdy"


def test_image_is_told_by_how_it_begins():
    assert is_image(b"\x89PNG\r\n\x1a\n")
    assert is_image(b"RIFF\0\0\0\0WEBPVP8 ")
    assert not is_image(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert not is_image(b"")
    assert sniff(io.BytesIO(b"<svg/>")).kind == "text"
