"""Fixtures of all tests. Of the people, ada owns, grace is a team mate, mallory is an outsider, hopper is the admin."""

import signal
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import hypothesis
import pytest
from django.db import connection
from django.utils.translation import override

from accounts.models import User
from conversations.live.process import Process, this_process
from providers import catalog
from tests.support.mcp import running_mcp_server
from tests.support.provider import Provider, running_provider
from tests.support.redis_server import running_redis
from tools.mcp import catalog as mcp_catalog

# How long an example takes depends on the machine's load.
hypothesis.settings.register_profile("of the house", deadline=None)
hypothesis.settings.load_profile("of the house")


# In the background of a shell, or under nohup, they are ignored, and all that the tests start would inherit that.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    """End what is still at a statement when all tests are over: a database in use can't be removed."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """Hash passwords fast: the real hasher is slow on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Activate English: a request leaves its language behind in its thread."""
    with override("en"):
        yield


@pytest.fixture(autouse=True)
def no_catalog() -> Iterator[None]:
    """Let no test know the providers, models and MCP servers of another one."""
    yield
    catalog.forget()
    mcp_catalog.forget()


@pytest.fixture(autouse=True)
def server_process() -> Process:
    """Make the objects of the server process anew for each test, because each has an event loop of its own."""
    this_process.cache_clear()
    return this_process()


@pytest.fixture
def ada(db) -> User:
    return User.objects.create_user("ada", password="analytical engine")


@pytest.fixture
def grace(db) -> User:
    return User.objects.create_user("grace", password="nanoseconds of wire")


@pytest.fixture
def mallory(db) -> User:
    return User.objects.create_user("mallory", password="let me in please")


@pytest.fixture
def hopper(db) -> User:
    return User.objects.create_superuser("hopper", password="first actual bug")


@pytest.fixture(scope="session")
def provider_process() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture(scope="session")
def mcp_process() -> Iterator[str]:
    with running_mcp_server() as url:
        yield url


@pytest.fixture
def mcp_url(mcp_process, settings) -> str:
    """Return the address of the MCP server, which is allowed although it is inside."""
    settings.ALLOWED_PRIVATE_ADDRESSES = [urlsplit(mcp_process).netloc]
    return mcp_process


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory) -> Iterator[str]:
    with running_redis(tmp_path_factory.mktemp("redis")) as (_, url):
        yield url


@pytest.fixture
def provider(provider_process, settings) -> Provider:
    """Make the stand-in the site's provider, without the scripts and requests of other tests."""
    provider_process.forget()
    settings.OPENAI_BASE_URL = provider_process.base_url
    settings.OPENAI_API_KEY = "sk-for-the-tests-alone"
    return provider_process


@pytest.fixture
async def site(transactional_db, provider, server_process, monkeypatch) -> AsyncIterator[Provider]:
    """Stop what the site's process runs when the test ends; yield the provider that it talks to."""
    monkeypatch.setattr("conversations.answering.attempt.RETRY_SECONDS", 0.01)
    yield provider
    await server_process.compactions.stop()
    await server_process.runner.stop()
