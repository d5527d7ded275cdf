"""The settings of a request that an assistant, or a person, may choose: the API's own parameters."""

from typing import Annotated, Any

import msgspec

from assistants.formats.response_format import ResponseFormat
from providers.parameters import Effort, ServiceTier, Summary, Verbosity

MAX_OUTPUT_TOKENS = 10_000_000

Penalty = Annotated[float, msgspec.Meta(ge=-2, le=2)]


class RequestSettings(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """What is asked of a model besides its instructions. What is None isn't sent, so that the provider decides.

    The last five exist in Chat Completions only (providers.parameters.CHAT_ONLY).
    """

    effort: Effort | None = None
    summary: Summary | None = None
    verbosity: Verbosity | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    max_output_tokens: Annotated[int, msgspec.Meta(ge=16, le=MAX_OUTPUT_TOKENS)] | None = None
    service_tier: ServiceTier | None = None
    format: ResponseFormat | None = None
    stop: Annotated[list[Annotated[str, msgspec.Meta(max_length=100)]], msgspec.Meta(max_length=4)] | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    seed: Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)] | None = None
    logit_bias: Annotated[dict[str, Annotated[float, msgspec.Meta(ge=-100, le=100)]], msgspec.Meta(max_length=300)] | (
        None
    ) = None


def read_settings(stored: Any) -> RequestSettings:
    """Return settings from their JSON. Raise `msgspec.ValidationError` if they are none."""
    return msgspec.convert(stored, RequestSettings)


def stored_settings(settings: RequestSettings) -> dict[str, Any]:
    """Return the JSON of settings, without those that aren't set."""
    stored: dict[str, Any] = msgspec.to_builtins(settings)
    return stored


def parameters(settings: RequestSettings) -> dict[str, Any]:
    """Return the settings as parameters of `responses.create`."""
    flat = stored_settings(settings)
    reasoning = {name: flat.pop(name) for name in ("effort", "summary") if name in flat}
    text = {name: flat.pop(name) for name in ("verbosity",) if name in flat}
    flat.pop("format", None)
    if settings.format and (text_format := settings.format.as_text_format()):
        text["format"] = text_format
    return {**({"reasoning": reasoning} if reasoning else {}), **({"text": text} if text else {}), **flat}
