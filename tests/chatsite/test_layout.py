"""The size of files and classes, and what tests may import and start."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatsite.environment import BASE_DIR

SOURCES = ("*.py", "*.js", "*.css", "*.html")
MAX_LINES = 400
MAX_METHODS = 20
CLASS = re.compile(r"^(?P<indent> *)(?:[^\n/*]*\W)?class\b ?(?P<name>(?!extends)\w*)[^\n;]*\{$", re.MULTILINE)
METHOD = r"^INDENT  (?:static |async |get |set )*\*?(?:#?[\w$]+|\[.+\])\("


def tracked(*patterns: str) -> Iterator[Path]:
    """Return the repository's files whose names match."""
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=BASE_DIR, capture_output=True, check=True)
    paths = (BASE_DIR / name for name in listed.stdout.decode().split("\0") if name)
    return (path for path in paths if path.exists())


def named(path: Path) -> str:
    return str(path.relative_to(BASE_DIR))


def test_no_file_has_too_many_lines():
    lengths = {named(path): len(path.read_text().splitlines()) for path in tracked(*SOURCES)}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_no_test_imports_from_a_test():
    """Helpers that several tests need belong in tests/support/."""
    imported = {named(path): sorted(imported_from_tests(path)) for path in tracked("*.py", "*.js")}
    assert {name: modules for name, modules in imported.items() if modules} == {}


def imported_from_tests(path: Path) -> Iterator[str]:
    """Yield the modules of tests/ outside tests/support/ that a file imports."""
    if path.suffix == ".js":
        yield from re.findall(r"""(?:from|import) ?\(?\s*["']([^"']*\.test\.js)["']""", path.read_text())
        return
    for node in ast.walk(ast.parse(path.read_text())):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(path.relative_to(BASE_DIR).parts[: -node.level]) + "." if node.level else ""
            modules = [f"{package}{node.module or ''}.{alias.name}" for alias in node.names]
        yield from (name for name in modules if re.match(r"tests\.(?!support\b)", name))


def test_no_class_has_too_many_methods():
    """Properties, getters and setters count, and so do private methods; fields and nested functions don't."""
    sizes = {f"{named(path)}: {name}": size for path in tracked("*.py", "*.js") for name, size in methods_of(path)}
    assert {name: size for name, size in sizes.items() if size > MAX_METHODS} == {}


def methods_of(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the classes of a file, each with the number of its methods."""
    if path.suffix == ".js":
        yield from methods_of_script(path.read_text())
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef):
            yield node.name, sum(isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) for inner in node.body)


def methods_of_script(text: str) -> Iterator[tuple[str, int]]:
    """Count the lines that begin a method: the formatter, which `make check` runs, puts each on a line of its own."""
    for found in CLASS.finditer(text):
        body = text[found.end() :].partition(f"\n{found['indent']}}}")[0]
        yield found["name"], len(re.findall(METHOD.replace("INDENT", found["indent"]), body, re.MULTILINE))


def test_methods_of_scripts_are_counted():
    script = """\
export class Tide extends Water {
  static HIGH = () => noon();
  #low = measured(
    1,
  );

  constructor(place) {
    super(place);
    if (place) {
      this.rise();
    }
  }

  static async #of(
    place,
  ) {
    return new Tide(place);
  }

  get height() {
    return 2;
  }

  set height(metres) {}

  async *[Symbol.asyncIterator]() {}
}

const makes = (place) =>
  class extends Tide {
    rise() {}
  };
"""
    assert list(methods_of_script(script)) == [("Tide", 5), ("", 1)]


@pytest.mark.parametrize(
    "command", [[sys.executable, "-m", "standin", "--help"], ["redis-server", "--version"], "exec pg_ctl --version"]
)
def test_server_needs_the_process_marker(command):
    with (
        pytest.raises(pytest.fail.Exception, match="mark it"),
        subprocess.Popen(command, shell=isinstance(command, str)),
    ):
        pass
