"""Real files of each kind that is read, made in code; the odd and the hostile ones are in documents_odd.py."""

import zlib
from collections.abc import Iterable

HARBOUR = "The harbour opens at seven."


def text(*lines: str, encoding: str = "utf-8") -> bytes:
    return "".join(f"{line}\n" for line in lines or (HARBOUR,)).encode(encoding)


def pdf(*pages: str, extra: Iterable[str] = (), catalog: str = "") -> bytes:
    """Return a PDF with a line of text on each page, in letters of Latin-1.

    `extra` are more objects, numbered from 4 on, and `catalog` is more of the catalog, such as a script.
    """
    pages = pages or (HARBOUR,)
    objects = ["", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>", *extra]
    kids = []
    for words in pages:
        shown = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        content = zlib.compress(f"BT /F1 12 Tf 72 720 Td ({shown}) Tj ET".encode("cp1252")).decode("latin-1")
        objects.append(f"<< /Length {len(content)} /Filter /FlateDecode >>\nstream\n{content}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[0] = f"<< /Type /Catalog /Pages 2 0 R {catalog} >>"
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    return assembled(objects)


def assembled(objects: Iterable[str], trailer: str = "") -> bytes:
    """Return a PDF of these objects, of which the first is the catalog."""
    made = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(made))
        made += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    start = len(made)
    made += f"xref\n0 {len(offsets) + 1}\n0000000000 65535 f \n".encode()
    made += b"".join(f"{offset:010} 00000 n \n".encode() for offset in offsets)
    made += f"trailer\n<< /Size {len(offsets) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode(
        "latin-1"
    )
    return bytes(made)
