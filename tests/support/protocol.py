"""The names of docs/protocol.md, of the server's code and of the page's code."""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, get_args

import msgspec

from chatsite.environment import BASE_DIR
from conversations.live.commands import Command

DOCUMENT = (BASE_DIR / "docs" / "protocol.md").read_text()
EXPORT_DOCUMENT = (BASE_DIR / "docs" / "export.md").read_text()
PAGE = "\n".join(path.read_text() for path in (BASE_DIR / "static" / "chat").rglob("*.js"))
WORDS_OF_PAGE = (BASE_DIR / "static" / "chat" / "live" / "protocol.js").read_text().replace("\n *", "\n")
SERVER = [
    ast.parse(path.read_text())
    for room in ("accounts", "assistants", "chatsite", "common", "conversations", "files")
    for path in (BASE_DIR / room).rglob("*.py")
]
TYPE = r"(?:response|conversation|tool_call)\.[a-z_.]*[a-z]"
"""The type of a command or an event."""


def section(title: str) -> str:
    """Return what stands under this heading of the document, with the headings below it."""
    found = re.search(rf"^(#+) {re.escape(title)}$", DOCUMENT, re.MULTILINE)
    assert found, f"docs/protocol.md has no section {title!r}"
    return re.split(rf"^#{{1,{len(found[1])}}} ", DOCUMENT[found.end() :], maxsplit=1, flags=re.MULTILINE)[0]


def examples(text: str) -> Iterator[Any]:
    """Yield the objects that stand as JSON in a part of the document, and those in them."""
    for pair in re.findall(r"```json\n(.*?)```|`(\{[^`]*\})`", text, re.DOTALL):
        try:
            yield from _objects(json.loads("".join(pair)))
        except json.JSONDecodeError:
            # It names the fields alone.
            continue


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _objects(inner)


def fields_in_document(text: str) -> dict[str, set[str]]:
    """Return the fields that the examples in a part of the document have, by type."""
    fields: defaultdict[str, set[str]] = defaultdict(set)
    for example in examples(text):
        fields[example.get("type", "")] |= example.keys()
    return fields


def names_in_document(document: str = DOCUMENT) -> set[str]:
    """Return all names in a document's code."""
    return {name for code in re.findall(r"```.*?```|`[^`]+`", document, re.DOTALL) for name in re.findall(r"\w+", code)}


def codes_in_document() -> set[str]:
    """Return the codes of refusals: the first column of the tables of codes."""
    tables = re.findall(r"^\| code \|.*\n\|[ |-]+\n((?:\|.*\n)+)", DOCUMENT, re.MULTILINE)
    return {code for rows in tables for code in re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)}


def types_in_server() -> set[str]:
    """Return the types of messages that the server's code names."""
    texts = {text for tree in SERVER for text in _texts(tree)}
    return {text for text in texts if re.fullmatch(TYPE, text)}


def _texts(tree: ast.AST) -> Iterator[str]:
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield node.value


def codes_in_server() -> set[str]:
    """Return the codes with which requests and commands are refused."""
    return {code for tree in SERVER for node in ast.walk(tree) for code in _codes(node)}


def _codes(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name("Refused"), args=[ast.Constant(str(code)), *_]):
            yield code
        case ast.Call(func=ast.Name("invalid_request"), keywords=[ast.keyword("code", ast.Constant(str(code)))]):
            yield code
        case ast.FunctionDef("invalid_request", args=ast.arguments(kw_defaults=[ast.Constant(str(code))])):
            yield code
        case ast.Call(func=ast.Name("_error"), args=[ast.Constant(str(code)), *_]):
            # A line of an import's answer.
            yield code


def fields_of_commands() -> dict[str, set[str]]:
    """Return the fields that the server takes in a command, and in what is in it, by type."""
    _, schemas = msgspec.json.schema_components(get_args(Command))
    properties = [schema["properties"] for schema in schemas.values()]
    return {fields["type"]["enum"][0]: set(fields) for fields in properties if "type" in fields}


def fields_of_views() -> set[str]:
    """Return the fields of the JSON that requests carry and get, and of exports."""
    room = BASE_DIR / "conversations"
    views = [
        ast.parse(path.read_text())
        for path in [*(room / "views").glob("*.py"), *(room / "representations").glob("*.py")]
    ]
    return {name for view in views for node in ast.walk(view) for name in _fields(node)}


def _fields(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.ClassDef(bases=[ast.Attribute(attr="Struct")]):
            yield from (ast.unparse(field.target) for field in node.body if isinstance(field, ast.AnnAssign))
        case (
            ast.Call(func=ast.Name("JsonResponse"))
            | ast.FunctionDef(returns=ast.Subscript(slice=ast.Tuple([_, ast.Name("Any")])))
        ):
            # The headers of a file, which are no JSON, are texts alone.
            dicts = (inner for inner in ast.walk(node) if isinstance(inner, ast.Dict))
            yield from (str(key.value) for inner in dicts for key in inner.keys if isinstance(key, ast.Constant))


def fields_in_page(name: str) -> set[str]:
    """Return the fields of the object that the page's code describes under this name."""
    (body,) = re.findall(rf"@typedef \{{\{{((?:(?!\}}\}}).)*)\}}\}} {name}\b", WORDS_OF_PAGE, re.DOTALL)
    while body != (flat := re.sub(r"\{[^{}]*\}", "", body)):
        body = flat
    return set(re.findall(r"(\w+)\??:", flat))


def commands_in_page() -> dict[str, set[str]]:
    """Return the fields of the commands that the page's code describes, by type."""
    described = re.findall(rf'type: "({TYPE})"(?:(?!\}}\}}).)*\}}\}} (\w+Command)\b', WORDS_OF_PAGE, re.DOTALL)
    return {kind: fields_in_page(name) for kind, name in described}


def codes_in_page() -> set[str]:
    """Return the codes of refusals that the page's code treats in a way of its own."""
    return set(re.findall(r'^export const [A-Z_]+ = "(\w+)";$', WORDS_OF_PAGE, re.MULTILINE)) - {"error"}
