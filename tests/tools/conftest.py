"""Fixtures of the tests of tools."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.support.mcp_signing_in import Tracker, running_tracker


@pytest.fixture(scope="session")
def tracker_process() -> Iterator[Tracker]:
    with running_tracker() as tracker:
        yield tracker


@pytest.fixture
def tracker(tracker_process, settings) -> Tracker:
    settings.ALLOWED_PRIVATE_ADDRESSES = [urlsplit(tracker_process.address).netloc]
    return tracker_process
