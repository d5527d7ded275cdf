"""A collection, and the processes that keep a copy of it at a provider."""

import asyncio
from datetime import timedelta

import pytest

from knowledge import stored, stores
from knowledge.models import Collection, Store
from providers import catalog
from providers.environment import store_environment
from providers.models import Model
from providers.registry import Clients
from tests.support.knowledge import make_collection


@pytest.fixture
def harbour(transactional_db, ada, provider, monkeypatch) -> Collection:
    """Return a collection of which the provider keeps a copy."""
    store_environment()
    Model.objects.update(hosted_tools=["file_search"])
    catalog.refresh()
    monkeypatch.setattr(stores, "POLL_AGAIN", timedelta())
    monkeypatch.setattr(stored, "MIN_PAUSE", timedelta())
    return make_collection(ada, is_at_providers=True)


@pytest.fixture
async def processes(provider):
    """Yield the clients of two processes."""
    both = [Clients(), Clients()]
    yield both
    for clients in both:
        await clients.of(None).close()


@pytest.fixture
def clients(processes):
    return processes[0]


@pytest.fixture
def step(clients):
    """Look at the stores until they are in step."""

    async def step(until=(Store.State.READY,), most: int = 40) -> Store | None:
        for _number in range(most):
            await stores.keep_in_step(clients)
            store = await Store.objects.order_by("pk").afirst()
            if store is None or store.state in until:
                return store
            await asyncio.sleep(0.01)
        raise AssertionError(f"it is {store.state}: {store.problem}")

    return step


@pytest.fixture
def there(provider):
    """Ask the provider what it has."""
    return lambda path: provider.get(f"/v1/{path}")
