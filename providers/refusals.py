"""Which part of a request a provider refuses, so that the same can be asked without it.

Servers that don't take a parameter, a chain or an image say so with many statuses and in many words, and some don't
say what they refuse.
"""

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from providers.failures import CREDIT, NO_IMAGES, TOO_LONG, Failure
from providers.items import APPROVAL, CALLS, dicts, item_parts
from providers.parameters import CHAT_ONLY, EFFORT, HAVE_VALUES, INCLUDE, SETTINGS, VALUES, parameters_of, with_value
from providers.tool_parts import (
    FILE_SEARCH,
    SERVER,
    STORE,
    is_tool_part,
    named_tools,
    refused_with,
    suspected,
    tool_parts,
)

CHAIN = "previous_response_id"
IMAGES = "input_image"
INPUT_FILE = "input_file"
"""Files that go whole, rather than as text. One type of them is `input_file=csv`."""
COMPACTION = "compaction"
"""What the provider gave for the earlier turns, which only it can read."""
ENCRYPTED_REASONING = "reasoning.encrypted_content"
"""The reasoning of earlier turns, which goes along if the provider stores nothing."""
EARLIER_CALLS = "function_call"
"""The calls of tools in earlier turns, with their outputs."""
CODE = "code_interpreter_call"
HOSTED = ("web_search_call", "file_search_call", CODE, "mcp_list_tools", "mcp_call", APPROVAL)
"""The items of tools that the provider ran, or asked whether it may run, in earlier turns."""
COMPACT, COUNT, FILES = "responses.compact", "responses.input_tokens", "files"
"""Endpoints that only some providers have. They are remembered as parts of a request are."""
REFUSING = {400, 403, 404, 405, 406, 410, 413, 415, 422, 424, 500, 501}
"""The statuses of refusals. One in a stream has none."""
CONTENT_TOO_LARGE = 413
UNSENT = {"connection_error", "connection_lost", "interrupted", "stream_cut", "timeout"}
"""Codes of failures that nobody said."""
OTHERWISE = {401, 429, 503, CREDIT, TOO_LONG}
"""Meanings of failures that are no matter of a part of the request."""
IMAGE_MEANINGS = {NO_IMAGES, "image_refused", "image_too_large", "invalid_image", "invalid_image_url"}

_NAMED = (
    r"""(?:['"`\[.]|\b(?:parameters?|arguments?|fields?|propert(?:y|ies)|keys?|inputs?)(?: supplied)?:? )\s*{name}\b"""
)
_NAMED += r"""|\b{name}(?:['"`\]]|: |\[)"""
CONTAINER_GONE = r"\bcontainer\b.{0,80}\b(?:expired|not found|no longer|deleted|(?:does not|doesn't) exist)\b"
WORDS = {
    CHAIN: re.compile(
        rf"{CHAIN}|previous.?response|\bresponses?\b.{{0,80}}\bnot found|no tool output|{CONTAINER_GONE}",
        re.IGNORECASE,
    ),
    "background": re.compile(r"\bbackground\b", re.IGNORECASE),
    "include": re.compile(
        rf"{re.escape(ENCRYPTED_REASONING)}|encrypted.content.{{0,40}}\bnot (?:supported|available)|"
        + r"\b\w+_call\.[a-z_.]+|"
        + _NAMED.format(name="include"),
        re.IGNORECASE,
    ),
    "max_output_tokens": re.compile(r"max_output_tokens|\bmax_(?:completion_)?tokens\b", re.IGNORECASE),
    "metadata": re.compile(r"\bmetadata\b", re.IGNORECASE),
    EFFORT: re.compile(r"\breasoning.?effort\b|(?<!best.)\beffort\b|\bchat_template_kwargs\b", re.IGNORECASE),
    "reasoning.summary": re.compile(r"\bsummar(?:y|ies)\b", re.IGNORECASE),
    "temperature": re.compile(r"\btemperature\b", re.IGNORECASE),
    "text.format": re.compile(r"text\.format|response_format|json_schema|json_object|structured output", re.IGNORECASE),
    "text.verbosity": re.compile(r"\bverbosity\b", re.IGNORECASE),
    ENCRYPTED_REASONING: re.compile(r"\breasoning\b|encrypted.content", re.IGNORECASE),
    "developer": re.compile(r"\bdeveloper\b|\broles?\b", re.IGNORECASE),
    "json_object": re.compile(r"json_object|response_format|\bjson mode\b", re.IGNORECASE),
    "json_schema": re.compile(r"json_schema|response_format|\bstructured output", re.IGNORECASE),
    "max_completion_tokens": re.compile(r"max_completion_tokens", re.IGNORECASE),
    "max_tokens": re.compile(r"\bmax_tokens\b", re.IGNORECASE),
    "system": re.compile(r"\bsystem (?:role|message|prompt|instruction)s?\b|\broles must alternate\b", re.IGNORECASE),
    "stream_options": re.compile(r"stream_options|include_usage", re.IGNORECASE),
    **{name: re.compile(_NAMED.format(name=name), re.IGNORECASE) for name in CHAT_ONLY},
    COMPACTION: re.compile(r"\bcompaction\b|encrypted.content", re.IGNORECASE),
    EARLIER_CALLS: re.compile(
        r"\bfunction_call(?:_output)?\b|\btool_calls?\b|\btool_use\b|\btool (?:roles?|messages?|use|calling)\b"
        r"|\broles?\b.{0,30}\btool\b|\bonly\b.{0,60}\broles\b|\btools? (?:is|are) not supported|not support tools?\b",
        re.IGNORECASE,
    ),
    **{kind: re.compile(rf"\b{kind}\b", re.IGNORECASE) for kind in HOSTED},
    CODE: re.compile(rf"\b{CODE}\b|{CONTAINER_GONE}", re.IGNORECASE),
    INPUT_FILE: re.compile(
        r"\binput_?files?\b|\bcontext stuffing\b|\bfile_(?:data|id|url)\b|\bunsupported file|'file'"
        r"|\bfile[ _](?:inputs?|types?|content|uploads?|attachments?|objects?|parts?|size)\b|\bthe files? |\bPDFs?\b"
        r"|\bfiles? (?:are|is) (?:not|too)\b",
        re.IGNORECASE,
    ),
    IMAGES: re.compile(r"image|\bpictures?\b|\bvision\b|\bmultimodal\b", re.IGNORECASE),
}
FILE_TYPE = re.compile(r"\bsupported format\b.*\bbut got \.(\w{1,10})\b", re.IGNORECASE | re.DOTALL)
"""What refuses files of one type, where others are taken."""
NOT_TAKEN = re.compile(
    r"\b(?:not|n't) (?:support|accept|allow|take|a valid)|unsupported|\binvalid (?:value|type)|\bunknown"
    r"|\bunrecogni[sz]ed|\bextra inputs\b|\bexpected\b|\bshould be\b|\bmust be\b|\bonly\b",
    re.IGNORECASE,
)
"""What says that something is taken from nobody, rather than that one of it is bad."""
OF_ONE_CHAIN = re.compile(rf"no tool output|expired|{CONTAINER_GONE}", re.IGNORECASE)
"""What says nothing of other chains."""
OF_STORES = re.compile(STORE, re.IGNORECASE)
"""What says nothing of other searches in files."""
REASONING = re.compile(r"\breasoning\b", re.IGNORECASE)
OF_VALUES = {"unsupported_value", "invalid_value", "integer_above_max_value", "integer_below_min_value"}
"""Codes of refusals of a value, rather than of a parameter."""
VALUE = re.compile(
    r"\b(?:in|un)(?:valid|supported) value|\bsupported values?\b|\bat most\b|\btoo (?:large|high|big)\b|\bshould be\b",
    re.IGNORECASE,
)
ONLY_DEFAULT = re.compile(r"\bonly the default\b", re.IGNORECASE)
LISTED = re.compile(
    r"(?:(?<!un)supported values?(?: are| is)?|(?:should|must) be(?: one of)?|expected(?: one of)?|one of)\W*(.*)",
    re.IGNORECASE,
)

PLACE = re.compile(r"^include(?:\[|\.)(\d+)")

INVALID_SCHEMA = re.compile(r"\binvalid (json )?schema\b", re.IGNORECASE)

ALIASES = {
    "chat_template_kwargs": {EFFORT},
    "max_completion_tokens": {"max_output_tokens"},
    "max_tokens": {"max_output_tokens"},
    "reasoning_effort": {EFFORT},
    "response_format": {"json_object", "json_schema", "text.format"},
    "verbosity": {"text.verbosity"},
}
"""The parts that a parameter of chat completions stands for, if they have another name."""


def parts_of(body: dict[str, Any]) -> set[str]:
    """Return the parts of the request without which the same can be asked."""
    parts = {name for name, _ in parameters_of(body)} | tool_parts(dicts(body.get("tools")))
    if CHAIN in body:
        parts.add(CHAIN)
    items = list(dicts(body.get("input")))
    kinds = {str(item.get("type")) for item in items}
    if "reasoning" in kinds:
        parts.add(ENCRYPTED_REASONING)
    parts |= kinds.intersection([COMPACTION, *HOSTED])
    if not kinds.isdisjoint(CALLS.keys() - {APPROVAL}):
        parts.add(EARLIER_CALLS)
    parts.update({IMAGES, INPUT_FILE}.intersection(part.get("type") for item in items for part in item_parts(item)))
    return parts


def is_parameter(part: str) -> bool:
    """Return whether the part is a parameter, rather than something of the conversation."""
    return part not in {CHAIN, COMPACTION, IMAGES, INPUT_FILE, ENCRYPTED_REASONING, EARLIER_CALLS, *HOSTED, "system"}


def is_refusal(problem: Failure) -> bool:
    """Return whether the provider refused something, rather than being busy, unpaid or unreachable."""
    if problem.meaning in OTHERWISE or problem.code in UNSENT:
        return False
    return problem.status in REFUSING or problem.status is None


def named_parts(problem: Failure, parts: Collection[str]) -> set[str]:
    """Return those of the parts of a request that the refusal names, by its code, its parameter or its words."""
    if not is_refusal(problem):
        return set()
    param = problem.param or ""
    if problem.code == "previous_response_not_found":
        named = {CHAIN}
    elif found := _parameters_at(param, parts):
        named = named_tools(problem.detail, found) or _of_words(problem.detail, found) or suspected(found, found)
    elif tools := named_tools(problem.detail, parts):
        # A parameter, an image or a chain that is named as well is what a tool is refused with.
        named = tools
    elif problem.status == CONTENT_TOO_LARGE:
        named = {INPUT_FILE} if INPUT_FILE in parts else {IMAGES}
    elif problem.meaning in IMAGE_MEANINGS or "image" in param:
        named = {IMAGES}
    elif problem.code == "invalid_encrypted_content":
        # It may be either, and nothing can be read without a key.
        named = {ENCRYPTED_REASONING, COMPACTION}
    else:
        named = _of_words(problem.detail, parts)
    if problem.code == "invalid_json_schema" or INVALID_SCHEMA.search(problem.detail):
        # Schemas are taken, but not this one.
        named -= {"json_schema", "text.format"}
    return named & set(parts)


def _parameters_at(param: str, parts: Collection[str]) -> set[str]:
    """Return the parts at the path that a refusal names; all fields of `reasoning` or `text` if it names only that."""
    path = re.sub(r"\[.*", "", param)
    while path:
        if found := {path, *ALIASES.get(path, ())} & set(parts):
            return found
        if within := {part for part in parts if is_parameter(part) and part.startswith(f"{path}.")}:
            return within
        path = path.rpartition(".")[0]
    return set()


def _of_words(detail: str, parts: Collection[str]) -> set[str]:
    named = {
        part for part in parts if part != ENCRYPTED_REASONING and not is_tool_part(part) and _words(part).search(detail)
    }
    if {INPUT_FILE, IMAGES} <= named:
        # One of them may be listed as what is taken instead.
        left = LISTED.sub("", detail)
        named -= {part for part in (INPUT_FILE, IMAGES) if not WORDS[part].search(left)}
    if any(part.startswith("reasoning.") for part in named):
        return named
    if ENCRYPTED_REASONING in parts and WORDS[ENCRYPTED_REASONING].search(detail):
        return named | {ENCRYPTED_REASONING}
    if REASONING.search(detail):
        return named | {part for part in parts if part.startswith("reasoning.")}
    return named


@cache
def _words(part: str) -> re.Pattern[str]:
    """Return the words that name a part. A name that is also an everyday word counts only as parameters are named."""
    if part in WORDS:
        return WORDS[part]
    name = re.escape(part.rpartition(".")[2])
    return re.compile(rf"\b{name}\b" if "_" in name else _NAMED.format(name=name), re.IGNORECASE)


def refused_values(problem: Failure, part: str, values: Mapping[str, Any]) -> set[str]:
    """Return what is refused of a part that a refusal names: it, or this value of it, and others like it.

    Of a list of values, those that the words don't list are refused with it. `values` are those of the request.
    """
    if is_tool_part(part):
        return refused_with(part, problem.detail, values)
    if part == INPUT_FILE and (found := FILE_TYPE.search(problem.detail)):
        return {with_value(INPUT_FILE, found[1].lower())}
    value = values.get(part)
    if part == INCLUDE and isinstance(value, list):
        return {with_value(INCLUDE, each) for each in _entries_named(problem, value)} or {part}
    if part not in HAVE_VALUES or ONLY_DEFAULT.search(problem.detail):
        return {part}
    if problem.code not in OF_VALUES and not VALUE.search(problem.detail):
        return {part}
    refused = {with_value(part, value)}
    if listed := listed_values(problem, part):
        refused |= {with_value(part, each) for each in VALUES[part] if each not in listed}
    return refused


def _entries_named(problem: Failure, entries: list[str]) -> list[str]:
    """Return those of the entries of a list that a refusal names: by their place, or by their words."""
    if found := PLACE.search(problem.param or ""):
        return entries[int(found[1]) :][:1]
    # What is listed as supported comes after what is refused.
    words = LISTED.sub("", problem.detail).lower().replace("_", " ")
    return [each for each in entries if each.partition(".")[2].replace("_", " ") in words]


def listed_values(problem: Failure, part: str) -> list[str]:
    """Return the values that a refusal says to be supported, the lowest first; nothing if it lists none."""
    if (found := LISTED.search(problem.detail)) is None:
        return []
    words = set(re.findall(r"\w+", found[1]))
    return [value for value in VALUES.get(part, ()) if value in words]


def guessed_parts(problem: Failure, parts: Collection[str], accepted: Collection[str]) -> set[str]:
    """Return the parts that an unclear refusal may mean: those that this provider never accepted with this model.

    A chain is worth a try by itself. Parameters come next, those first that nobody chose, and then images, which are
    missed the most.
    """
    if not is_refusal(problem) or problem.is_clear:
        return set()
    unknown = set(parts) - set(accepted)
    if CHAIN in unknown:
        return {CHAIN}
    if problem.status in {400, 422, 501}:
        parameters = {part for part in unknown if is_parameter(part)} - {"store"}
        unmissed = {part for part in parameters - SETTINGS.keys() if not is_tool_part(part)}
        if guessed := unmissed or suspected(parameters, parameters):
            return guessed
    return unknown & {EARLIER_CALLS, *HOSTED} or unknown & {INPUT_FILE} or unknown & {IMAGES}


def is_lasting(problem: Failure, part: str, accepted: Collection[str]) -> bool:
    """Return whether the part would be refused in other requests, too, with this provider and model.

    One response, one image or one piece of reasoning may be refused for what it is.
    """
    if part == IMAGES:
        return problem.meaning == NO_IMAGES
    if part == INPUT_FILE:
        says_so = problem.status != CONTENT_TOO_LARGE and NOT_TAKEN.search(problem.detail) is not None
        return says_so and (INPUT_FILE not in accepted or FILE_TYPE.search(problem.detail) is not None)
    if part in {COMPACTION, ENCRYPTED_REASONING, *HOSTED}:
        return False
    if part == EARLIER_CALLS:
        # One that isn't paired with its output says nothing of others.
        return EARLIER_CALLS not in accepted and "no tool" not in problem.detail.lower()
    if part.startswith(SERVER):
        # It may be up again a moment later.
        return False
    if part == FILE_SEARCH and OF_STORES.search(problem.detail):
        # These stores may be gone, or be too many.
        return False
    if is_tool_part(part):
        # One function may have a schema that others don't have.
        return problem.code != "invalid_function_parameters" and not INVALID_SCHEMA.search(problem.detail)
    if part == CHAIN:
        is_one = problem.code == "previous_response_not_found" or OF_ONE_CHAIN.search(problem.detail)
        return not is_one and CHAIN not in accepted
    return True


def refuses_input(problem: Failure) -> bool:
    """Return whether the provider refused what was said, so that it would refuse it in later requests, too."""
    return problem.meaning == TOO_LONG or (
        is_refusal(problem) and problem.meaning in {400, CONTENT_TOO_LARGE, *IMAGE_MEANINGS}
    )
