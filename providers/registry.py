"""The dialects that providers speak, and the clients of one server process."""

from collections.abc import AsyncGenerator, Callable, Collection
from typing import Any, Protocol
from uuid import UUID

from common.ticker import Ticker
from providers import catalog
from providers.chat_completions import client as chat_completions
from providers.endpoint import Endpoint
from providers.failures import failure
from providers.items import Item
from providers.reading import TICK_SECONDS
from providers.responses_api import client as responses_api
from providers.responses_api.events import Event, Take, take_none
from providers.responses_api.vector_stores import VectorStores

CHECK_SECONDS = 5.0
"""How often clients that were replaced are closed."""


class Client(Protocol):
    """What a dialect can do. All of it raises `Failure`. What a provider can't do raises one, too."""

    @property
    def endpoint(self) -> Endpoint:
        """The provider's address."""

    @property
    def provider(self) -> str:
        """The provider's id."""

    @property
    def is_idle(self) -> bool:
        """Whether nobody reads an answer."""

    @property
    def unsupported(self) -> frozenset[str]:
        """The parts of a request that the dialect can't say."""

    @property
    def said_in_words(self) -> frozenset[str]:
        """The parts of a request that are said in the instructions if they can't be sent."""

    def parts(self, body: dict[str, Any], omitted: Collection[str] = ()) -> set[str]:
        """Return the parts of the request, less those in `omitted`, without which the same can be asked."""

    def create(
        self, body: dict[str, Any], omitted: Collection[str] = (), take: Take = take_none
    ) -> AsyncGenerator[list[Event], None]:
        """Create a response and yield what `take` leaves of its events, in the batches in which they arrive.

        The body is one of `responses.create` in every dialect. Its parts in `omitted` (providers/refusals.py) aren't
        sent.
        """

    async def complete(self, body: dict[str, Any], omitted: Collection[str] = ()) -> dict[str, Any]:
        """Create a response and return it when it has ended."""

    def resume(self, response_id: str, after: int, take: Take = take_none) -> AsyncGenerator[list[Event], None]:
        """Yield what `take` leaves of the events of a background response after that number."""

    async def retrieve(self, response_id: str) -> dict[str, Any]:
        """Return a stored response as it is now."""

    async def cancel(self, response_id: str) -> None:
        """Cancel a background response."""

    async def compact(self, body: dict[str, Any], omitted: Collection[str] = ()) -> tuple[list[Item], Any]:
        """Return items that stand for all that a request would tell the model, and the usage."""

    async def count(self, body: dict[str, Any], omitted: Collection[str] = ()) -> int:
        """Return how many tokens a request would tell the model."""

    async def container_files(self, container_id: str) -> list[dict[str, Any]]:
        """Return the newest files in a container of the code interpreter, as the provider describes them."""

    async def container_file(self, container_id: str, file_id: str, max_bytes: int) -> bytes:
        """Return what is in a file in a container, if it has no more bytes."""

    async def upload(self, name: str, content: bytes, media_type: str, seconds: int | None = None) -> str:
        """Upload a file that people gave, and return its id. It expires after so many seconds, if that is said."""

    async def delete_file(self, file_id: str) -> None:
        """Delete an uploaded file."""

    async def models(self) -> list[str]:
        """Return the names of the models that the provider lists."""

    async def listed(self) -> list[dict[str, Any]]:
        """Return the models that the provider lists, as it describes them."""

    async def close(self) -> None:
        """Close the connections to the provider."""


DIALECTS: dict[str, Callable[[Endpoint, Ticker], Client]] = {
    "chat_completions": chat_completions.Client,
    "responses": responses_api.Client,
}
"""The client of each dialect, one line for each."""


def connect(endpoint: Endpoint, ticker: Ticker | None = None) -> Client:
    """Return a new client for the provider. It belongs to the event loop that uses it first."""
    return DIALECTS[endpoint.dialect](endpoint, ticker or Ticker(TICK_SECONDS))


def vector_stores_of(client: Client) -> VectorStores | None:
    """Return the vector stores of a client's provider; None if its dialect has none."""
    return VectorStores(client) if isinstance(client, responses_api.Client) else None


class Clients:
    """The clients of this process, one for each provider, made anew when the provider has changed."""

    def __init__(self) -> None:
        self._ticker = Ticker(TICK_SECONDS)
        self._clients: dict[str, Client] = {}
        self._replaced: list[Client] = []

    def of(self, provider_id: UUID | None) -> Client:
        """Return the client for one request to the provider; None is the provider of the settings.

        Raise `Failure` if there is none, or its key can't be read.
        It isn't to be kept: the next request may need another key.
        """
        provider = catalog.provider(provider_id)
        if provider.problem:
            raise failure(provider.problem)
        endpoint = provider.endpoint
        client = self._clients.get(endpoint.id)
        if client is None or client.endpoint != endpoint:
            if client is not None:
                self._replaced.append(client)
            client = self._clients[endpoint.id] = connect(endpoint, self._ticker)
        return client

    async def close_replaced(self) -> None:
        """Close the clients that were replaced, as soon as nobody reads an answer from them."""
        for client in [client for client in self._replaced if client.is_idle]:
            self._replaced.remove(client)
            await client.close()

    async def close(self) -> None:
        """Close all connections to providers."""
        clients = [*self._clients.values(), *self._replaced]
        self._clients, self._replaced = {}, []
        for client in clients:
            await client.close()
