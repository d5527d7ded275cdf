"""Spreadsheets in binary formats, which no library that is kept up writes any more: .xls and .xlsb."""

import struct
import zlib
from base64 import b85decode

from tests.support import documents

PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET_TYPE = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"

_CONTENT = (
    "c-rk)O=uHA6#izLG(R-yrlvw$C`-YrH3;g(OWjt`o-FkT6cKb|7E)R^VN(S?Xtm}j2%Z!#g<iZ=z4(J3^yWcm(Sslei5@)(3Le_5Z(epKQ4bAh"
    "sWRU(-@LqeZ|2R;UuKt=QkD4!y;b~#eP~0?i=n+iCn&{&A3CVq^Q0K$QA(b|KZRJ72C_Yjr-@e)Ifin)tI%*i^nw`pK<N~U7%w=sv5wf!F<3&z"
    "Fib3Phcrp_a8zB)XPGxK-($;X%p<J1&OA)E6>$<v=J?QFe-@w62DmH<S??qEdB>Vv=*CMqi!a|0b=xpT-AQYDV;1y>I<Np5w=vtXU2D36G!5Va"
    "zIq1mC0MD?4W(aSy#VRIHR~h4(cjcUz%0BoJi*IIV7X0}gmE-KSuCv}!?RMRKHym1Hu9F6Eu3?WLeX|ghBaf9?DMv>le|WAR$T7Syq@)@^_<{&"
    "-a(v0C(9|WQ>Pt!<?iR#hq4pqY1Yj09$w$+x5(h&;fnMi=OmYCKX{0F2lG{~wU6aq<}`JJ^1+F2UpP3&HrKdxklNY9cw=sDkhhUs{&e_pfBB=i"
    "o#e%_>c#ZpTXP-*bn@iLUp{llh>W;>OX7(c<ig(--ZS_7vO`2Q-S3;{A7`CdMV!SHv$PQ0yJic)7LqS%agHE`-SUjoy6})+$VkH}8Ha*`f`WpA"
    "f`Wp=MuqVI&C7d7h_4>?J43|(uCq$1raqJWw>W|VJu`GMJphMt7Z+NZKbsL2L0w{vKEd}wiR09|iz#F|j;WUCFWvb>V}I7{sQ<Yo)N1>+R^t52"
    "?SBWr$HkN"
)


def binary_spreadsheet() -> bytes:
    """Return the same as a .xlsb: records of binary numbers, packed as a .xlsx is."""
    book = [
        (131, b""),
        (143, b""),
        (156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Ships")),
        (144, b""),
        (132, b""),
    ]
    sheet = [(129, b""), (148, struct.pack("<IIII", 0, 1, 0, 1)), (145, b""), _row(0), _words(0, documents.HARBOUR)]
    sheet += [_row(1), _words(0, "Ada"), (5, struct.pack("<IId", 1, 0, 12)), (146, b""), (130, b"")]
    types = f'<Default Extension="bin" ContentType="{SHEET_TYPE}"/><Default Extension="rels" ContentType="x/rels"/>'
    return documents.packed(
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">{types}</Types>',
            "_rels/.rels": _relation("officeDocument", "xl/workbook.bin"),
            "xl/_rels/workbook.bin.rels": _relation("worksheet", "worksheets/sheet1.bin"),
            "xl/workbook.bin": b"".join(_record(*each) for each in book),
            "xl/worksheets/sheet1.bin": b"".join(_record(*each) for each in sheet),
        }
    )


def _relation(kind: str, target: str) -> str:
    relation = f'<Relationship Id="rId1" Type="{OFFICE}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{PACKAGE}/relationships">{relation}</Relationships>'


def _record(kind: int, content: bytes) -> bytes:
    """Return a record: its kind and its length in seven bits a byte, and its content, which is short here."""
    number = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    return number + bytes([len(content)]) + content


def _row(number: int) -> tuple[int, bytes]:
    return 0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0)


def _words(column: int, words: str) -> tuple[int, bytes]:
    return 6, struct.pack("<II", column, 0) + _wide(words)


def _wide(words: str) -> bytes:
    return struct.pack("<I", len(words)) + words.encode("utf-16-le")


def old_spreadsheet() -> bytes:
    """Return a file with a sheet "Ships", in which stands `documents.HARBOUR` above "Ada" and 12."""
    return zlib.decompress(b85decode(_CONTENT))


def old_macro_sheet() -> bytes:
    """Return the same file with its sheet as one of Excel 4.0's macros."""
    content = bytearray(old_spreadsheet())
    # The record BOUNDSHEET, before the sheet's name: where it is, whether it is hidden, and what it is.
    content[content.index(b"\x05\0Ships") - 1] = 1
    return bytes(content)
