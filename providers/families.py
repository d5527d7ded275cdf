"""What is known of the families of models (models.toml), by a model's name."""

import re
import tomllib
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import msgspec

FILE = Path(__file__).with_name("models.toml")

MAX_KNOWN_NAMES = 1024


class Family(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the models of a family take. The defaults are for models that nobody knows."""

    match: tuple[str, ...] = ()
    answers: bool = True
    """Whether it answers in a conversation, rather than being for speech, images, embeddings and the like."""
    context_window: int | None = None
    max_output_tokens: int | None = None
    efforts: tuple[str, ...] = ()
    default_effort: str = ""
    takes_verbosity: bool = False
    takes_summaries: bool = False
    temperature: str = "always"
    takes_images: bool = True
    takes_files: bool = False
    takes_functions: bool = False
    hosted_tools: tuple[str, ...] = ()
    output_format: str = ""
    takes_context_management: bool = False
    """Whether its provider compacts a long conversation while it answers, if a request says so."""
    takes_cache_options: bool = False
    takes_original: bool = False
    """Whether it looks at images in their own size (`detail` original)."""
    shutdown_on: date | None = None

    def fields(self) -> dict[str, Any]:
        """Return the family's values for the fields of a model's row."""
        values = msgspec.structs.asdict(self)
        for name in ("match", "answers", "takes_context_management", "takes_cache_options", "takes_original"):
            del values[name]
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


UNKNOWN = Family()


@lru_cache(MAX_KNOWN_NAMES)
def family_of(name: str) -> Family:
    """Return the family of a model: of all patterns that fit its name, that with the most characters counts.

    One of models that don't answer counts before the others: `gpt-4o-mini-tts` is no `gpt-4o`.
    """
    bare = _bare(name)
    fitting = [(not family.answers, size, family) for size, pattern, family in _patterns() if pattern.fullmatch(bare)]
    return max(fitting, key=lambda fit: fit[:2])[2] if fitting else UNKNOWN


def _bare(name: str) -> str:
    """Return the name without a gateway's prefix (`openai/gpt-5.5`) and what marks a fine-tuned model (`ft:…:…`)."""
    name = name.lower().rpartition("/")[2]
    return name.split(":")[1] if name.startswith("ft:") else name


@cache
def _patterns() -> list[tuple[int, re.Pattern[str], Family]]:
    listed = msgspec.convert(tomllib.loads(FILE.read_text())["family"], list[Family])
    return [
        (len(pattern.replace("*", "")), re.compile(".*".join(map(re.escape, pattern.split("*")))), family)
        for family in listed
        for pattern in family.match
    ]
