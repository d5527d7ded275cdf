"""Our modules are served without their documentation, and are the same code on the same lines."""

import pytest

from chatsite.environment import BASE_DIR
from chatsite.storage import without_documentation

MODULES = sorted((BASE_DIR / "static" / "chat").rglob("*.js"))


@pytest.mark.parametrize(
    ("code", "served"),
    [
        ("/** Say. */\nconst a = 1;\n", "\nconst a = 1;\n"),
        ("/**\n * Say.\n *\n * @param {string} a\n */\nfunction f(a) {}\n", "\n\n\n\n\nfunction f(a) {}\n"),
        ("  /** @type {string} */ #a = '';\n", "   #a = '';\n"),
        ("const a = /** @type {string} */ (b);\n", "const a = /** @type {string} */ (b);\n"),
        ("// Why.\nconst a = '/** no comment */';\n", "// Why.\nconst a = '/** no comment */';\n"),
    ],
)
def test_only_comments_that_begin_a_line_are_removed(code, served):
    assert without_documentation(code) == served


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_module_loses_nothing_but_comments(path):
    code, served = path.read_text(), without_documentation(path.read_text())
    removed = [line for line, kept in zip(code.split("\n"), served.split("\n"), strict=True) if line != kept]
    # A comment's lines begin with its marks; what stands behind its end stays.
    assert all(line.lstrip().startswith(("/**", "*")) for line in removed)
    assert [line.partition("*/")[2] for line in removed if "*/" in line] == [
        kept.lstrip() and f" {kept.lstrip()}"
        for line, kept in zip(code.split("\n"), served.split("\n"), strict=True)
        if line != kept and "*/" in line
    ]
