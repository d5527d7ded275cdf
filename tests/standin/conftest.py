"""One stand-in for all tests of this folder. Its scripts are cleared before and after each test."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest
from openai import AsyncOpenAI

from tests.support.wire import Script, process, sdk


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    with process("--delay", "0.001", "--parent-pid", str(os.getpid())) as (_, url):
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[AsyncOpenAI]:
    async with sdk(url) as client:
        yield client


@pytest.fixture
async def script(url: str) -> AsyncIterator[Script]:
    script = Script(url.removesuffix("/v1"))
    await script.clear()
    yield script
    await script.clear()
    await script.close()
