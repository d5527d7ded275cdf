"""A pytest plugin: a test that starts a server of its own must be marked `process` or `browser`.

`make test-quick` omits those tests, and so stays quick. A server that a session's fixture starts is shared by all tests
and needs no mark.
"""

import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

SERVERS = re.compile(r"-m (?:chatsite|standin|bench)\b|\b(?:redis-server|pg_ctl)\b")
MARKS = ("process", "browser")


class Watch:
    """A watch over the running test, which fails if it starts a server without the mark."""

    def __init__(self) -> None:
        self._test: pytest.Item | None = None
        self._is_shared = False
        sys.addaudithook(self._audit)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._test = item
        try:
            return (yield)
        finally:
            self._test = None

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        before, self._is_shared = self._is_shared, fixturedef.scope == "session"
        try:
            return (yield)
        finally:
            self._is_shared = before

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event != "subprocess.Popen" or self._test is None or self._is_shared:
            return
        command = arguments[1] if isinstance(arguments[1], str) else " ".join(map(str, arguments[1]))
        if SERVERS.search(command) and not any(map(self._test.get_closest_marker, MARKS)):
            pytest.fail(f"It starts a server of its own, so mark it with pytest.mark.process: {command}")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Watch(), "servers")
