"""The settings that come from the environment and from .env: names, types, defaults and help."""

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, NoReturn, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from chatsite import env_file
from common.destinations import Allowed

BASE_DIR = Path(__file__).resolve().parent.parent


def default_data_dir() -> Path:
    """Return `.data` beside the code, or for root a folder in /var/lib/chatsite that belongs to this copy of the code.

    As root, the embedded PostgreSQL runs as a user of its own. That user must reach its files, and can't in a home
    folder that is closed to others.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/chatsite") / hashlib.sha256(str(BASE_DIR).encode()).hexdigest()[:12]
    return BASE_DIR / ".data"


def _scheme(*allowed: str) -> AfterValidator:
    def check(url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in allowed:
            raise ValueError(f"must start with {' or '.join(f'{scheme}://' for scheme in allowed)}")
        if parts.scheme.startswith("http") and not parts.hostname:
            raise ValueError("names no host")
        if parts.scheme.startswith("http") and "@" in parts.netloc:
            raise ValueError("must not contain a user or a password")
        return url.rstrip("/")

    return AfterValidator(check)


def _check_origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.path or parts.query or parts.fragment:
        raise ValueError("must end after the host and the port")
    return url


def _check_private_address(text: str) -> str:
    Allowed.parse(text)
    return text


def _split(text: object) -> object:
    """Return the parts of a list that is written as one line."""
    return [part.strip() for part in text.split(",") if part.strip()] if isinstance(text, str) else text


def _split_names(text: object) -> object:
    """Return the names of a list that is written as one line; an empty list for `none`."""
    return [] if text == "none" else _split(text)


HttpUrl = Annotated[str, _scheme("http", "https")]
Origin = Annotated[HttpUrl, AfterValidator(_check_origin)]


@dataclass(frozen=True)
class Help:
    """How docs/settings.md and .env.example present a setting; settings_docs.py writes both."""

    group: str
    """The heading under which it stands; the settings of a group follow each other."""
    text: str
    default: str = ""
    """What it is if it isn't set, in words; only for a default that is computed."""
    example: str = ""


INTERNAL = {"STANDIN_URL"}
"""What the start sets for itself. No host needs to know of it."""

WORDS = {
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be true or false",
    "literal_error": "must be {expected}",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have at least {min_length} characters",
    "string_too_short": "must have at least {min_length} characters",
}
"""What is wrong, by pydantic's type of error."""

PROVIDER = "Provider and model"
SERVER = "Server"
STORAGE = "Storage"
TOOLS = "Tools"
LIMITS = "Limits"


class McpCommand(BaseModel):
    """A command that speaks the Model Context Protocol over its standard streams."""

    model_config = ConfigDict(extra="forbid")

    command: Annotated[list[str], Field(min_length=1)]
    """Its name and arguments."""
    environment: list[str] = []
    """The names of the environment variables that it gets, beside those that every program needs."""


class Environment(BaseSettings):
    """The settings: each is an environment variable of the same name in capitals, or a line of .env."""

    model_config = SettingsConfigDict(env_file=BASE_DIR / ".env", env_ignore_empty=True, extra="ignore")

    openai_api_key: Annotated[
        SecretStr | None, Help(PROVIDER, "The API key for OpenAI, or for the server at `OPENAI_BASE_URL`.")
    ] = None
    openai_base_url: Annotated[
        HttpUrl | None,
        Help(
            PROVIDER,
            "The base URL of any server that speaks the API of `OPENAI_DIALECT`.",
            default="OpenAI with an API key, otherwise the stand-in",
            example="http://127.0.0.1:11434/v1",
        ),
    ] = None
    openai_dialect: Annotated[
        Literal["responses", "chat_completions"],
        Help(
            PROVIDER, "The API that the server speaks: `responses`, or `chat_completions` if it has no Responses API."
        ),
    ] = "responses"
    openai_timeout: Annotated[
        float, Help(PROVIDER, "How many seconds the provider may stay silent before an answer fails."), Field(gt=0)
    ] = 300
    model: Annotated[str, Help(PROVIDER, "The model that answers."), Field(min_length=1)] = "gpt-5.5"
    title_model: Annotated[
        str | None,
        Help(
            PROVIDER,
            "The model that gives a conversation its title after the first answer. With `none`, the title stays the "
            "beginning of the first message.",
            default="the model that answered",
        ),
    ] = None
    instructions: Annotated[str, Help(PROVIDER, "The instructions that the model gets with every message.")] = (
        "You are a helpful assistant for a team. Answer in Markdown."
    )
    store: Annotated[
        bool,
        Help(
            PROVIDER,
            "Whether the provider may store responses. If it may, a request carries only the new message. With "
            "`false`, every request carries the whole conversation, and no response runs in the background.",
        ),
    ] = True
    background: Annotated[
        Literal["auto", "always", "never"],
        Help(
            PROVIDER,
            "Whether responses run in the background at the provider, so that one whose connection breaks can be "
            "resumed: `always`, `never`, or `auto`, which means for reasoning models only.",
        ),
    ] = "auto"

    host: Annotated[
        str,
        Help(
            SERVER,
            "The IP address to listen on; `0.0.0.0` listens on every network interface. For others to open the site, "
            "set `PUBLIC_URL`, too.",
        ),
    ] = "127.0.0.1"
    port: Annotated[int, Help(SERVER, "The port to listen on."), Field(ge=1, le=65535)] = 8000
    processes: Annotated[
        int,
        Help(SERVER, "How many server processes share the port. More than one requires `REDIS_URL`."),
        Field(ge=1, le=64),
    ] = 1
    redis_url: Annotated[
        Annotated[str, _scheme("redis", "rediss", "unix")] | None,
        Help(
            SERVER,
            "The Redis server through which several processes share the answers in progress. One process needs none.",
            example="redis://host:6379/0",
        ),
    ] = None
    public_url: Annotated[
        Origin | None,
        Help(
            SERVER,
            "The address that people open in the browser. With `https`, the site redirects to HTTPS and sends its "
            "cookies over HTTPS only.",
            default="`http://HOST:PORT`",
            example="https://chat.example.org",
        ),
    ] = None

    database_url: Annotated[
        Annotated[str, _scheme("postgresql", "postgres")] | None,
        Help(
            STORAGE,
            "The PostgreSQL database.",
            default="an embedded PostgreSQL",
            example="postgresql://user:password@host/name",
        ),
    ] = None
    data_dir: Annotated[
        Path,
        Help(
            STORAGE,
            "The folder for images, the generated secret key and the embedded PostgreSQL.",
            default="`.data` beside the code; for root, a folder in `/var/lib/chatsite`",
        ),
    ] = Field(default_factory=default_data_dir)
    secret_key: Annotated[
        SecretStr | None,
        Help(
            STORAGE,
            "The key that signs sessions: at least 32 characters.",
            default="generated once and kept in `DATA_DIR`",
        ),
        Field(min_length=32),
    ] = None
    secret_key_fallbacks: Annotated[
        list[Annotated[SecretStr, Field(min_length=32)]],
        NoDecode,
        BeforeValidator(_split),
        Help(
            STORAGE,
            "Earlier values of `SECRET_KEY`, separated by commas. What was signed or encrypted with them stays valid; "
            "`manage.py rotate_keys` encrypts keys and tokens anew.",
        ),
    ] = Field(default_factory=list)

    tool_modules: Annotated[
        list[str],
        NoDecode,
        BeforeValidator(_split_names),
        Help(
            TOOLS,
            "The Python modules whose functions the model can call, separated by commas, or `none`.",
        ),
    ] = ["tools.functions.builtin", "conversations.tools"]
    default_tools: Annotated[
        list[str],
        NoDecode,
        BeforeValidator(_split_names),
        Help(
            TOOLS,
            "The tools that are on unless an assistant or a person chooses others, separated by commas, or `none`.",
        ),
    ] = ["current_time", "calculate"]
    mcp_commands: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,30}$")], McpCommand],
        Help(
            TOOLS,
            "MCP servers that this server starts as commands, as JSON: by a short name, the command with its arguments "
            "and the names of the environment variables that it gets. Each is started anew for each call.",
            default="none",
            example='{"notes": {"command": ["notes-server", "--read-only"], "environment": ["NOTES_TOKEN"]}}',
        ),
    ] = Field(default_factory=dict)
    max_tool_calls: Annotated[
        int,
        Help(TOOLS, "How many calls of tools one answer may make. The model is then told to do without."),
        Field(ge=0),
    ] = 50
    max_tool_rounds: Annotated[
        int, Help(TOOLS, "How many times one answer may go on after calls of tools."), Field(ge=0)
    ] = 25
    max_tool_minutes: Annotated[
        float, Help(TOOLS, "For how many minutes one answer may go on calling tools."), Field(gt=0)
    ] = 30

    allowed_private_addresses: Annotated[
        list[Annotated[str, AfterValidator(_check_private_address)]],
        NoDecode,
        BeforeValidator(_split_names),
        Help(
            TOOLS,
            "Addresses inside your network that MCP servers may have: networks, addresses and hosts, each with a port "
            "if only that one is meant, separated by commas. No other private address is ever connected to.",
            example="10.1.0.0/16,tools.internal:8080",
        ),
    ] = Field(default_factory=list)

    max_made_files: Annotated[
        int, Help(TOOLS, "How many files that a model makes are kept of one response."), Field(ge=0)
    ] = 20
    max_made_file_bytes: Annotated[
        int, Help(TOOLS, "The largest file that a model makes and that is kept, in bytes."), Field(ge=1)
    ] = 30_000_000

    max_input_characters: Annotated[
        int, Help(LIMITS, "The longest message that a person may send, in characters."), Field(ge=1)
    ] = 100_000
    max_images: Annotated[int, Help(LIMITS, "How many images one message may have."), Field(ge=0)] = 10
    max_image_bytes: Annotated[int, Help(LIMITS, "The largest image file, in bytes."), Field(ge=1)] = 20_000_000
    max_image_pixels: Annotated[int, Help(LIMITS, "The largest image, in pixels."), Field(ge=1)] = 50_000_000
    max_files: Annotated[int, Help(LIMITS, "How many other files one message may have."), Field(ge=0)] = 10
    max_file_bytes: Annotated[int, Help(LIMITS, "The largest other file, in bytes."), Field(ge=1)] = 50_000_000
    max_file_pages: Annotated[int, Help(LIMITS, "The most pages, slides or sheets of a file."), Field(ge=1)] = 2000

    standin_url: HttpUrl | None = None
    """The address of the stand-in. The start sets it for the processes that it starts; a host never does."""

    @model_validator(mode="after")
    def check_processes(self) -> Self:
        if self.processes > 1 and not self.redis_url:
            raise ValueError(
                "PROCESSES: more than one requires REDIS_URL, through which they share the answers in progress"
            )
        if self.processes > 1 and ":" in self.host:
            raise ValueError("PROCESSES: more than one requires an IPv4 HOST; use a proxy for IPv6")
        return self

    @property
    def uses_standin(self) -> bool:
        """Whether answers come from the stand-in, because there is neither an API key nor a provider."""
        return self.openai_api_key is None and self.openai_base_url is None

    @property
    def address(self) -> str:
        """The address that people open, without a slash at its end."""
        if self.public_url:
            return self.public_url
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104
        return f"http://{host}:{self.port}"


@cache
def environment() -> Environment:
    """Return the settings, which are read once.

    Exit with a line for each invalid setting. The line never contains the value, which may be a secret.
    """
    lines = env_file.lines(_env_file())
    if problems := [*lines.problems, *_empty(lines)]:
        exit_as_invalid(problems)
    try:
        return Environment()
    except ValidationError as invalid:
        exit_as_invalid(_problem(error, lines) for error in invalid.errors(include_input=False, include_url=False))


def env_file_oddities() -> list[str]:
    """Return what is odd in .env and yet no reason not to start."""
    return env_file.lines(_env_file()).oddities({name.upper() for name in Environment.model_fields} - INTERNAL)


def _env_file() -> Path:
    return Path(str(Environment.model_config["env_file"]))


def _empty(lines: env_file.Lines) -> Iterator[str]:
    """Find the settings with a default of their own that are set to nothing, which could mean two things."""
    for field, about in Environment.model_fields.items():
        name = field.upper()
        value = os.environ.get(name, lines.values.get(name))
        if about.default is not None and about.default_factory is None and value is not None and not value.strip():
            yield f"{name}: is empty{_place(name, lines)}. Give it a value, or remove it to get the default."


def _problem(error: ErrorDetails, lines: env_file.Lines) -> str:
    """Return what is wrong with a setting, in words for whoever hosts the site."""
    words = error["msg"].removeprefix("Value error, ")
    if error["type"] in WORDS:
        words = WORDS[error["type"]].format_map(error.get("ctx", {}))
    name = str(error["loc"][0]).upper() if error["loc"] else ""
    return f"{name}: {words}{_place(name, lines)}." if name else f"{words}."


def _place(name: str, lines: env_file.Lines) -> str:
    is_from_file = not os.environ.get(name) and name in lines.numbers
    return f" ({lines.name}, line {lines.numbers[name]})" if is_from_file else ""


def exit_as_invalid(problems: Iterable[str]) -> NoReturn:
    """Exit with a list of problems, each of which begins with the name of a setting, or with a line of .env."""
    sys.exit("\n  ".join(["Invalid settings:", *problems]))
