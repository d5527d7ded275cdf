"""The settings of a request that an assistant, or a person, may choose: the API's own parameters."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from assistants.formats.response_format import ResponseFormat
from providers.parameters import Effort, ServiceTier, Summary, Verbosity
from tools.tool import MAX_NAME_CHARACTERS, Options

MAX_OUTPUT_TOKENS = 10_000_000
MAX_TOOLS = 128
"""The most that a request may have."""
TOOL_LIMITS = ("max_tool_calls", "max_tool_rounds", "max_tool_minutes")
"""What one answer may do with tools at most. They are ours, and bound by the site's settings of the same names."""
MAX_TOOL_LIMIT = 10_000
MAX_COLLECTIONS = 20
"""Of files, that one answer may search."""

Penalty = Annotated[float, msgspec.Meta(ge=-2, le=2)]

ToolLimit = Annotated[int, msgspec.Meta(ge=1, le=MAX_TOOL_LIMIT)]
ToolName = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME_CHARACTERS)]


class Handoff(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """An assistant that the model may hand the conversation over to, as the model is told of it."""

    assistant: UUID
    name: str
    description: str = ""


class RequestSettings(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """What is asked of a model besides its instructions. What is None isn't sent, so that the provider decides.

    `tools` are those that are on, by name, with their options. In an assistant, None means those that the site has on.
    The last five settings exist in Chat Completions only (providers.parameters.CHAT_ONLY).
    """

    effort: Effort | None = None
    summary: Summary | None = None
    verbosity: Verbosity | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    max_output_tokens: Annotated[int, msgspec.Meta(ge=16, le=MAX_OUTPUT_TOKENS)] | None = None
    service_tier: ServiceTier | None = None
    format: ResponseFormat | None = None
    tools: Annotated[dict[ToolName, Options], msgspec.Meta(max_length=MAX_TOOLS)] | None = None
    max_tool_calls: ToolLimit | None = None
    max_tool_rounds: ToolLimit | None = None
    max_tool_minutes: Annotated[float, msgspec.Meta(gt=0, le=MAX_TOOL_LIMIT)] | None = None
    handoffs: dict[ToolName, Handoff] | None = None
    """By the names of their functions, those that there are for one answer (assistants/handoffs.py)."""
    collections: Annotated[list[UUID], msgspec.Meta(max_length=MAX_COLLECTIONS)] | None = None
    """Of files that the model may search (tools/functions/knowledge.py), those that the person may not see included."""
    memory: Literal[True] | None = None
    """That the model may remember facts about the person (tools/functions/memory.py)."""
    stop: Annotated[list[Annotated[str, msgspec.Meta(max_length=100)]], msgspec.Meta(max_length=4)] | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    tool_choice: Literal["none"] | None = None
    """That it may call none any more, because a limit of the turn is reached."""
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
    """Return the settings as parameters of `responses.create`, without the tools (tools/requests.py)."""
    flat = stored_settings(settings)
    reasoning = {name: flat.pop(name) for name in ("effort", "summary") if name in flat}
    text = {name: flat.pop(name) for name in ("verbosity",) if name in flat}
    for name in ("format", "tools", "tool_choice", "handoffs", "collections", "memory", *TOOL_LIMITS):
        flat.pop(name, None)
    if settings.format and (text_format := settings.format.as_text_format()):
        text["format"] = text_format
    return {**({"reasoning": reasoning} if reasoning else {}), **({"text": text} if text else {}), **flat}
