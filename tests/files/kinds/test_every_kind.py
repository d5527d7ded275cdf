"""Each kind of file: told by its content, and read."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from files.registry import KINDS, name_for
from tests.support import documents, documents_hostile
from tests.support.documents import HARBOUR
from tests.support.reading import read_here, text_here

EVERY = documents.every()
KIND = {suffix: kind.name for kind in KINDS.values() for suffix in kind.suffixes.values()}


@pytest.mark.parametrize("name", EVERY)
def test_file_is_told_by_its_content_and_read(name):
    summary, passages = read_here(EVERY[name])
    suffix = name.removeprefix("harbour")
    assert summary.kind == KIND.get(suffix, "text")
    assert any(HARBOUR in passage.text for passage in passages)
    assert summary.characters == sum(len(passage.text) for passage in passages)
    assert name_for(name, summary.kind, summary.media_type) == name


@pytest.mark.parametrize("name", EVERY)
def test_provider_gets_a_suffix_that_tells_the_kind(name):
    summary, _ = read_here(EVERY[name])
    told = name_for("harbour", summary.kind, summary.media_type)
    assert told.removeprefix("harbour") in KINDS[summary.kind].suffixes.values()


def test_word_document_has_headings_tables_and_lists():
    content = documents.word("It is old.", heading="Harbour", table=documents.TABLE)
    _, passages = read_here(content)
    assert {passage.label for passage in passages} == {"Harbour"}
    text = text_here(content)
    assert "# Harbour\n\nIt is old.\n" in text
    assert "| Ship | Length |\n| --- | --- |\n| Ada | 12 |\n| Grace | 30 |\n" in text


def test_word_document_reads_as_if_its_changes_were_accepted():
    content = documents.word("CHANGED")
    namespace = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    changed = (
        f'<w:r {namespace}><w:t xml:space="preserve">It opens at </w:t></w:r>'
        f'<w:del {namespace} w:id="1"><w:r><w:delText>six</w:delText></w:r></w:del>'
        f'<w:ins {namespace} w:id="2"><w:r><w:t>seven</w:t></w:r></w:ins>'
        f'<w:moveFrom {namespace} w:id="3"><w:r><w:t>elsewhere</w:t></w:r></w:moveFrom>'
        f'<w:r {namespace}><w:footnoteReference w:id="2"/></w:r>'
    )
    document = documents.part(content, "word/document.xml").replace("<w:r><w:t>CHANGED</w:t></w:r>", changed)
    relations = documents.part(content, "word/_rels/document.xml.rels").replace(
        "</Relationships>",
        '<Relationship Id="rIdNotes" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'footnotes" Target="footnotes.xml"/></Relationships>',
    )
    notes = (
        f'<w:footnotes {namespace}><w:footnote w:id="-1"><w:p/></w:footnote>'
        '<w:footnote w:id="2"><w:p><w:r><w:t>In winter.</w:t></w:r></w:p></w:footnote></w:footnotes>'
    )
    parts = {"word/document.xml": document, "word/_rels/document.xml.rels": relations, "word/footnotes.xml": notes}
    text = text_here(documents.repacked(content, parts))
    assert text == "It opens at seven[^2]\n[^2]: In winter.\n"


def test_word_document_has_what_stands_in_boxes_controls_and_links():
    names = (
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
        'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    )
    box = "<w:txbxContent><w:p><w:r><w:t>in a box</w:t></w:r></w:p></w:txbxContent>"
    body = (
        f"<w:p><w:r><w:t>Seen</w:t></w:r><w:r><mc:AlternateContent><mc:Choice><wps:txbx>{box}</wps:txbx></mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
        "<w:sdt><w:sdtPr/><w:sdtContent><w:p><w:r><w:t>a control</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        "<w:p><w:hyperlink><w:r><w:t>a link</w:t></w:r></w:hyperlink><w:r><w:tab/><w:t>and</w:t><w:br/><w:t>more</w:t>"
        "</w:r><w:r><w:instrText>PAGE</w:instrText></w:r><m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath></w:p>"
    )
    document = f"<w:document {names}><w:body>{body}</w:body></w:document>"
    text = text_here(documents.repacked(documents.word(), {"word/document.xml": document}))
    assert text == "Seen\nin a box\na control\na link\tand\nmorex=1\n"


def test_presentation_has_titles_tables_and_notes():
    content = documents.presentation(("Harbour", "old"), ("Ships", "many"), notes="Smile.", table=documents.TABLE)
    summary, passages = read_here(content)
    assert summary.pages == 2
    assert [(passage.page, passage.label) for passage in passages] == [(1, "Harbour"), (2, "Ships")]
    assert passages[0].text.startswith("# Harbour\nold\n| Ship | Length |\n")
    assert passages[0].text.endswith("[Notes]\nSmile.\n")


def test_spreadsheet_has_values_of_formulas_dates_and_hidden_sheets():
    def change(book):
        sheet = book.get_worksheet_by_name("Ships")
        sheet.write_formula("C1", "=A1*2", value=6)
        sheet.merge_range("A3:B3", "merged")
        book.get_worksheet_by_name("More").hide()

    opens = [[3, "x"], [date(2026, 11, 30), datetime(2026, 11, 30, 7, 30, tzinfo=UTC), 0.5, True]]
    content = documents.spreadsheet({"Ships": opens, "More": [["hidden", "tab\tand\nline"]]}, change=change)
    summary, passages = read_here(content)
    assert (summary.pages, summary.rows) == (2, 3)
    assert [(passage.page, passage.label) for passage in passages] == [(1, "Ships"), (2, "More")]
    assert passages[0].text == "3\tx\t6\n2026-11-30\t2026-11-30 07:30:00\t0.5\tTRUE\nmerged\n"
    assert passages[1].text == "hidden\ttab and line\n"


def test_spreadsheet_of_libreoffice_ends_where_its_content_does():
    content = documents.open_spreadsheet()
    empty = '<table:table-cell table:number-columns-repeated="16384"/>'
    values = ('float" office:value="3', 'date" office:date-value="2026-11-30', 'percentage" office:value="0.5')
    cells = "".join(
        f'<table:table-cell office:value-type="{value}"><text:p>shown</text:p></table:table-cell>' for value in values
    )
    rows = (
        f'<table:table-row>{cells}</table:table-row><table:table-row table:number-rows-repeated="1048571">{empty}'
        "</table:table-row></table:table>"
    )
    xml = documents.part(content, "content.xml").replace("</table:table>", rows)
    summary, passages = read_here(documents.repacked(content, {"content.xml": xml}))
    assert summary.rows == 5
    assert passages[0].text.endswith("Grace\t30\n3\t2026-11-30\t0.5\n")


def test_numbers_of_a_spreadsheet_read_as_people_write_them():
    rows: list[list[Any]] = [[1, 1.5, -0.0, 4012888888881881, 1e20, "0012"], ["", None, "c"], []]
    assert text_here(documents.spreadsheet({"A": rows})) == "1\t1.5\t0\t4012888888881881\t1e+20\t0012\n\t\tc\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_table_is_read_whatever_stands_between_its_cells(delimiter):
    rows = [["Ship", "Notes"], ["Ada", f'"two\nlines{delimiter} and ""quotes"""'], ["Grace", ""], ["", "x"]]
    content = documents.table(rows, delimiter)
    summary, passages = read_here(content)
    assert (summary.kind, summary.rows) == ("csv", 4)
    expected = f'Ship\tNotes\nAda\ttwo lines{delimiter} and "quotes"\nGrace\n\tx\n'
    assert passages[0].text == expected.replace("lines\t", "lines")


@pytest.mark.parametrize(
    "text",
    [
        "Hello, world\nDear, you\n",
        "| a | b |\n| --- | --- |\n| 1 | 2 |\n",
        '{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n{"a": 5, "b": 6}\n',
        "import os, sys\n\ndef main(a, b):\n    return a, b\n",
        "one\ntwo\nthree\n",
        "a = f(1, 2);\nb = g(3, 4);\nc = h(5, 6);\n",
    ],
)
def test_text_with_commas_is_no_table(text):
    summary, passages = read_here(text.encode())
    assert summary.kind == "text"
    assert "".join(passage.text for passage in passages) == text


def test_web_page_reads_without_its_scripts():
    content = documents.page(
        "<h2>Ships</h2><p>Ada  is\n12&nbsp;m <b>long</b>.</p><script>alert('x')</script><style>p{}</style>"
        "<ul><li>one<li>two</ul><table><tr><th>a<th>b<tr><td>1<td>2</table><pre>x\n  y</pre><img src=http://x.invalid/>"
    )
    assert text_here(content) == ("\n# Ships\n\n\n## Ships\n\nAda is 12 m long.\n- one\n- two\na | b\n1 | 2\nx\n  y\n")


def test_email_has_what_is_attached_and_what_is_in_that():
    inner = documents.mail("Inner words.", subject="Größe")
    content = documents.mail(attached={"hours.pdf": documents.pdf("It opens."), "app.exe": b"MZ" + b"\0" * 100})
    text = text_here(content)
    assert text.startswith("From: Ada <ada@example.org>\nTo: grace@example.org\n")
    assert "[Attached: hours.pdf]\nIt opens.\n" in text
    assert "[Attached: app.exe]\n" in text
    damaged = documents.mail(attached={"hours.docx": documents_hostile.with_body("<w:p>" * 5000)})
    assert "[Attached: hours.docx]\n" in text_here(damaged)
    forwarded = (
        b"From: a@example.org\nTo: b@example.org\nSubject: Fwd\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/plain; charset=unheard-of\n\nSee.\n'
        b"--x\nContent-Type: message/rfc822\n\n" + inner + b"\n--x--\n"
    )
    text = text_here(forwarded)
    assert "See." in text
    assert "Subject: Größe\n\nInner words." in text


def test_email_in_html_reads_as_text():
    content = (
        b"From: a@example.org\nTo: b@example.org\nSubject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\nMIME-Version: 1.0\n"
        b"Content-Type: text/html; charset=windows-1251\nContent-Transfer-Encoding: quoted-printable\n\n"
        b"<p>=CF=F0=E8=E2=E5=F2</p><script>x</script>\n"
    )
    assert text_here(content) == "From: a@example.org\nTo: b@example.org\nSubject: Größe\n\nПривет\n"  # noqa: RUF001


def test_opendocument_text_has_headings_tables_notes_and_no_deleted_words():
    content = documents.open_text(
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes><text:h text:outline-level='2'>Harbour</text:h>"
        "<text:p>It<text:s text:c='2'/>opens<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>In winter.</text:p></text:note-body></text:note>.</text:p><text:list><text:list-item><text:p>one"
        "</text:p></text:list-item></text:list><table:table><table:table-row><table:table-cell><text:p>a</text:p>"
        "</table:table-cell><table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table>"
    )
    _, passages = read_here(content)
    assert passages[0].label == "Harbour"
    assert text_here(content) == ("\n## Harbour\n\nIt  opens [In winter.\n].\n- one\n| a | b |\n| --- | --- |\n\n")


def test_opendocument_presentation_has_notes():
    summary, passages = read_here(documents.open_presentation(notes="Smile."))
    assert (summary.pages, passages[0].page, passages[0].label) == (1, 1, "Harbour")
    assert passages[0].text == f"# Harbour\n{HARBOUR}\n\n[Notes]\nSmile.\n"


def pdf_of(content: str, *more: str, page: str = "", catalog: str = "") -> bytes:
    font = "/Resources << /Font << /F1 3 0 R >> >>"
    return documents.assembled(
        [
            f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
            "<< /Type /Pages /Kids [5 0 R] /Count 1 >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R {font} {page} >>",
            *more,
        ]
    )


def test_divided_word_of_a_pdf_is_whole():
    lines = "(Ships are measured in cen-) Tj 0 -14 Td (timetres, from A-) Tj 0 -14 Td (Z.) Tj"
    assert text_here(pdf_of(f"BT /F1 12 Tf 72 720 Td {lines} ET")) == "Ships are measured in centimetres, from A-Z.\n"


def test_form_has_what_was_filled_in():
    shown = "BT /F1 12 Tf 2 5 Td (Ada Lovelace) Tj ET"
    field = (
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Ada Lovelace) /F 4 /DA (/F1 12 Tf) "
        "/Rect [120 715 300 735] /AP << /N 7 0 R >> >>"
    )
    appearance = (
        "<< /Type /XObject /Subtype /Form /BBox [0 0 180 20] /Resources << /Font << /F1 3 0 R >> >> "
        f"/Length {len(shown)} >>\nstream\n{shown}\nendstream"
    )
    form = "/AcroForm << /Fields [6 0 R] >>"
    name = "BT /F1 12 Tf 72 720 Td (Name:) Tj ET"
    content = pdf_of(name, field, appearance, page="/Annots [6 0 R]", catalog=form)
    assert text_here(content) == "Name:\nAda Lovelace\n"
