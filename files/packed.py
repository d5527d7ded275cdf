"""Documents that are zips of XML: the parts of Office and OpenDocument files."""

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812

from lxml import etree

from files.unreadable import Unreadable

TOO_MUCH = {etree.ErrorTypes.ERR_NO_MEMORY, etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_ENTITY_LOOP}
"""What the parser says of XML that is too deep, too long, or made of entities of entities."""
ROOT_RELATIONS = "_rels/.rels"


@contextmanager
def unpacked(file: BinaryIO) -> Iterator[ZipFile]:
    """Open a packed document. Raise `Unreadable` if it turns out to be broken, meanwhile too."""
    try:
        with ZipFile(file) as packed:
            yield packed
    except etree.XMLSyntaxError as error:
        raise Unreadable("too_complex" if error.code in TOO_MUCH else "broken") from error
    except (BadZipFile, ZlibError, EOFError, KeyError, NotImplementedError) as error:
        raise Unreadable("broken") from error


def name_of(element: etree._Element) -> str:
    """Return an element's name without its namespace; "" for comments and the like."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: etree._Element, name: str) -> str:
    """Return an attribute, whatever its namespace; "" if there is none."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""


def root_of(packed: ZipFile, name: str) -> etree._Element | None:
    """Return the root of a part that is small; None if there is no such part."""
    if name not in packed.NameToInfo:
        return None
    with packed.open(name) as part:
        return etree.parse(part, _parser()).getroot()


def children_of(packed: ZipFile, name: str, parents: set[str]) -> Iterator[etree._Element]:
    """Yield the children of elements with these names one by one: each is forgotten when the next one is asked for."""
    if name not in packed.NameToInfo:
        return
    with packed.open(name) as part:
        for _, element in etree.iterparse(part, events=("end",), resolve_entities=False, no_network=True):
            parent = element.getparent()
            if parent is None or name_of(parent) not in parents:
                continue
            yield element
            element.clear()
            while (before := element.getprevious()) is not None:
                parent.remove(before)


def related(packed: ZipFile, name: str) -> dict[str, tuple[str, str]]:
    """Return what a part of an Office document refers to: by id, the type's last word and the name of the part.

    The name "" stands for the document.
    """
    folder, own = posixpath.split(name)
    root = root_of(packed, f"{folder}/_rels/{own}.rels" if name else ROOT_RELATIONS)
    found = {}
    for relation in root if root is not None else ():
        if relation.get("TargetMode") == "External":
            continue
        target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")
        found[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], target)
    return found


def main_part(packed: ZipFile) -> str:
    """Return the name of an Office document's main part. Raise `Unreadable` if it has none."""
    for kind, target in related(packed, "").values():
        if kind == "officeDocument" and target in packed.NameToInfo:
            return target
    raise Unreadable("broken")


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
