"""Fixtures of tests of answers that call tools."""

from collections.abc import Iterator

import pytest

from tests.support import tools


@pytest.fixture
def functions(settings) -> Iterator[None]:
    """Offer the functions of the tests, and forget what was called."""
    settings.TOOL_MODULES = ["tests.support.tools"]
    settings.DEFAULT_TOOLS = tools.ON
    tools.ran.clear()
    tools.gates.clear()
    yield
    tools.gates.clear()
