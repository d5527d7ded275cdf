"""The example in docs/tools.md works as it stands there."""

import importlib
import re
import sys

from chatsite.environment import BASE_DIR
from tools import registry

MAX_EXAMPLE_LINES = 30
PAGE = (BASE_DIR / "docs/tools.md").read_text()


def test_example_is_a_tool_with_its_test(tmp_path, monkeypatch, settings):
    example, test = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(f"{example}{test}".splitlines()) < MAX_EXAMPLE_LINES
    (tmp_path / "tides.py").write_text(example)
    (tmp_path / "tides_tested.py").write_text(test)
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("tides", "tides_tested"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    importlib.import_module("tides_tested").test_height_is_that_of_the_port()
    settings.TOOL_MODULES = [*settings.TOOL_MODULES, "tides"]
    assert registry.tools()["high_tide"] is importlib.import_module("tides").high_tide
    for name in ("tides", "tides_tested"):
        monkeypatch.delitem(sys.modules, name)


def test_every_tool_is_described():
    described = set(re.findall(r"^\| `(\w+)` \| .* \| (?:yes|no) \|$", PAGE, re.MULTILINE))
    assert described == registry.tools().keys()
