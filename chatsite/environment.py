"""The settings that come from the environment and from .env: their names, meanings and defaults."""

import hashlib
import os
import sys
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

BASE_DIR = Path(__file__).resolve().parent.parent


def default_data_dir() -> Path:
    """Next to the code; as root under /var/lib, because the embedded PostgreSQL then runs as a user of its own.

    That user must reach its files, and a closed home folder should not be opened for it.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/chatsite") / hashlib.sha256(str(BASE_DIR).encode()).hexdigest()[:12]
    return BASE_DIR / ".data"


def _scheme(*allowed: str) -> AfterValidator:
    def check(url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in allowed:
            raise ValueError(f"it must start with {' or '.join(f'{scheme}://' for scheme in allowed)}")
        if parts.scheme.startswith("http") and not parts.hostname:
            raise ValueError("it names no host")
        return url.rstrip("/")

    return AfterValidator(check)


HttpUrl = Annotated[str, _scheme("http", "https")]


class Environment(BaseSettings):
    """Every setting is an environment variable of the same name in capitals; .env is read too."""

    model_config = SettingsConfigDict(env_file=BASE_DIR / ".env", env_ignore_empty=True, extra="ignore")

    host: str = Field("127.0.0.1", description="The address to listen on; 0.0.0.0 is every network card.")
    port: int = Field(8000, ge=1, le=65535, description="The port to listen on.")
    public_url: HttpUrl | None = Field(
        None,
        description="The address that people type, such as https://chat.example.org; with https, cookies are "
        "sent over https alone. Default: http://HOST:PORT.",
    )
    processes: int = Field(
        1, ge=1, le=64, description="How many processes serve, behind one port; more than one need REDIS_URL."
    )
    database_url: Annotated[str, _scheme("postgresql", "postgres")] | None = Field(
        None, description="PostgreSQL, as postgresql://user:password@host/name. Default: an embedded one."
    )
    redis_url: Annotated[str, _scheme("redis", "rediss", "unix")] | None = Field(
        None, description="Redis, as redis://host:6379/0, which carries running answers between server processes."
    )
    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="The folder for pictures, the generated secret key and the embedded PostgreSQL. Default: "
        ".data beside the code, as root a folder under /var/lib/chatsite.",
    )
    secret_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="Signs sessions: 32 characters or more. Default: made once, kept in DATA_DIR.",
    )
    openai_api_key: SecretStr | None = Field(
        None, description="The key for OpenAI, or for the server at OPENAI_BASE_URL."
    )
    openai_base_url: HttpUrl | None = Field(
        None,
        description="Any server that speaks the Responses API, such as http://127.0.0.1:11434/v1. Default: "
        "OpenAI with a key, the stand-in without one.",
    )
    standin_url: HttpUrl | None = Field(
        None, description="Where the stand-in runs; the start sets it, a host does not."
    )
    openai_timeout: float = Field(
        300, gt=0, description="Seconds of silence from the API before an answer is given up."
    )
    model: str = Field("gpt-5.5", min_length=1, description="The model that answers.")
    title_model: str | None = Field(
        None,
        description="The model that names conversations after their first answer. Default: the one that answered; "
        "`none` leaves them named after their first question.",
    )
    store: bool = Field(
        default=True,
        description="Whether the API may keep responses, so that a question sends only what is new; `false` sends the "
        "whole conversation each time, and nothing is answered in the background.",
    )
    background: Literal["auto", "always", "never"] = Field(
        "auto",
        description="Whether the API holds answers while it makes them, so that one that is cut can be resumed: "
        "`always`, `never`, or `auto`, for models that think for long.",
    )
    instructions: str = Field(
        "You are a helpful assistant for a team. Answer in Markdown.",
        description="What the model is told before every question.",
    )
    max_input_characters: int = Field(100_000, ge=1, description="The longest question.")
    max_images: int = Field(10, ge=0, description="The most pictures in one question.")
    max_image_bytes: int = Field(20_000_000, ge=1, description="The largest picture, in bytes.")
    max_image_pixels: int = Field(50_000_000, ge=1, description="The largest picture, in pixels.")

    @model_validator(mode="after")
    def processes_share(self) -> Self:
        if self.processes > 1 and not self.redis_url:
            raise ValueError("PROCESSES: several need REDIS_URL, through which they share running answers")
        if self.processes > 1 and ":" in self.host:
            raise ValueError("PROCESSES: several listen on an IPv4 HOST only; let a proxy speak IPv6")
        return self

    @property
    def uses_standin(self) -> bool:
        """With neither a key nor a server, answers come from the stand-in."""
        return self.openai_api_key is None and self.openai_base_url is None

    @property
    def address(self) -> str:
        """The address that people type, without a slash at its end."""
        if self.public_url:
            return self.public_url
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104
        return f"http://{host}:{self.port}"


@cache
def environment() -> Environment:
    """The settings, read once.

    Raises SystemExit with one sentence for each wrong setting, never with its value, which may be a secret.
    """
    try:
        return Environment()
    except ValidationError as invalid:
        problems = [
            ": ".join([*(str(name).upper() for name in error["loc"]), f"{error['msg'].removeprefix('Value error, ')}."])
            for error in invalid.errors(include_input=False, include_url=False)
        ]
        sys.exit("The settings are wrong. " + " ".join(problems))
