"""The pages' scripts and style sheets are bundled: one file for each page, the libraries apart."""

import re
from pathlib import Path

import pytest
from django.core.management import CommandError

from chatsite import bundle
from chatsite.environment import BASE_DIR

STYLES = bundle.SOURCES / "styles"
TEMPLATES = "".join(path.read_text() for path in (BASE_DIR / "templates").rglob("*.html"))
STATIC_IMPORT = re.compile(r"""(?:\bfrom|\bimport) ?["'](\./|\.\./)""")


@pytest.fixture(scope="module")
def bundled(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("bundled")
    return folder, bundle.bundle(folder)


def sheets_of(page: str) -> list[str]:
    """Return the sheets that a page's imports, with those of the other pages' that it imports as a whole."""
    imported = re.findall(r'^@import "\./([\w/-]+\.css)";$', (STYLES / page).read_text(), re.MULTILINE)
    return [sheet for each in imported for sheet in ([each] if "/" in each else sheets_of(each))]


def test_every_sheet_is_in_some_page():
    imported = {sheet for page in STYLES.glob("*.css") for sheet in sheets_of(page.name)}
    assert imported == {path.relative_to(STYLES).as_posix() for path in STYLES.glob("*/*.css")}


@pytest.mark.parametrize("page", sorted(path.name for path in STYLES.glob("*.css")))
def test_sheet_with_the_folders_name_comes_first(page):
    """The others of the folder build on it."""
    folders: dict[str, list[str]] = {}
    for sheet in sheets_of(page):
        folders.setdefault(sheet.split("/")[0], []).append(sheet)
    for folder, sheets in folders.items():
        first = f"{folder}/{folder}.css"
        assert sheets[0] == first or first not in sheets


def test_every_bundle_is_named_by_a_template_and_made():
    named = re.findall(r"{% static '((?:assistants|chat|files|styles)/[^']+)' %}", TEMPLATES)
    assert set(named) == {*bundle.SCRIPTS, *bundle.SHEETS}


def test_names_have_a_hash_and_files_a_source_map(bundled):
    folder, names = bundled
    assert set(names) == {*bundle.SCRIPTS, *bundle.SHEETS}
    for name, made in names.items():
        stem, _, kind = name.rpartition(".")
        assert re.fullmatch(rf"{stem}\.[0-9A-Z]{{8}}\.{kind}", made)
        assert f"sourceMappingURL={Path(made).name}.map" in (folder / made).read_text()
        assert (folder / f"{made}.map").exists()


@pytest.mark.parametrize("script", sorted({*bundle.SCRIPTS} - {"chat/files/pdf.js"}))
def test_script_of_a_page_is_a_single_file(bundled, script):
    """Otherwise, the browser would learn of the second one only from the first.

    No page needs pdf.js before somebody opens a PDF, and it shares code with what few PDFs need.
    """
    folder, names = bundled
    assert not STATIC_IMPORT.search((folder / names[script]).read_text())


def test_libraries_are_apart_and_keep_their_licences(bundled):
    folder, names = bundled
    (katex,) = folder.glob("chat/katex.*.js")
    assert not STATIC_IMPORT.search(katex.read_text())
    assert "KaTeX parse error" in katex.read_text()
    assert "KaTeX parse error" not in (folder / names["chat/page/page.js"]).read_text()
    licences = Path(f"{katex}.LEGAL.txt").read_text()
    assert "Khan Academy" in licences
    assert "Permission is hereby granted" in licences
    worker = folder / names["chat/markdown/render/highlight-worker.js"]
    assert "BSD-3-Clause" in Path(f"{worker}.LEGAL.txt").read_text()
    assert len(list(folder.glob("chat/haskell.min.*.js"))) == 1


def test_same_sources_give_the_same_names(bundled, tmp_path):
    assert bundle.bundle(tmp_path) == bundled[1]


def test_source_that_cannot_be_read_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(bundle, "SCRIPTS", ("chat/page/nothing.js",))
    with pytest.raises(CommandError, match=r"can't be bundled:(?s:.*)chat/page/nothing\.js"):
        bundle.bundle(tmp_path)


def test_missing_esbuild_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(bundle, "BASE_DIR", tmp_path)
    with pytest.raises(CommandError, match=r"esbuild is missing from node_modules\. Start with `make run`"):
        bundle.bundle(tmp_path)
