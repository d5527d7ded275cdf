"""What a client needs to know of a provider to reach it."""

from dataclasses import dataclass, field

from providers.failures import keep_secret

OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True)
class Endpoint:
    """A provider's address, with what is sent along in the headers. What is secret in it never reaches a log.

    `id` is the provider's primary key as text. The time-outs are in seconds: how long the provider may stay silent, and
    how long a connection may take.
    """

    id: str
    dialect: str = "responses"
    base_url: str = OPENAI
    key: str = field(default="none", repr=False)
    organization: str | None = None
    project: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    timeout: float = 300.0
    connect_timeout: float = 10.0

    def __post_init__(self) -> None:
        keep_secret(self.key, *(value for _, value in self.headers))
