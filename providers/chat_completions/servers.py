"""What is known of the servers that speak Chat Completions, by their addresses and models' names."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

OPENAI_HOSTS = re.compile(r"(.+\.)?(api\.openai\.com|openai\.azure\.com|services\.ai\.azure\.com)")
DEEPSEEK = re.compile(r"\bdeepseek\b|^deepseek", re.IGNORECASE)
QWEN = re.compile(r"\bqwen", re.IGNORECASE)


@dataclass(frozen=True)
class Server:
    """A server, as far as it differs from others. One that nothing is known of gets what nearly all take."""

    is_openai: bool = False
    """Whether it takes OpenAI's own parameters. Others refuse many of them."""
    is_deepseek: bool = False


def server_at(base_url: str) -> Server:
    """Return what is known of the server at the address."""
    host = urlsplit(base_url).hostname or ""
    return Server(
        is_openai=OPENAI_HOSTS.fullmatch(host) is not None, is_deepseek=host.split(".")[-2:] == ["deepseek", "com"]
    )
