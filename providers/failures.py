"""What goes wrong with an answer, as a sentence for the person and as what the admin wants to know."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop as _

MAX_DETAIL = 2000
"""Characters; some servers answer with a whole page."""
NOT_IMPLEMENTED = 501


class Failure(Exception):
    """An answer that did not come: `message` tells the person what to do, `detail` the admin what happened.

    `retry_after` is the seconds after which the same request makes sense again, None where it does not: it was refused
    for good, or may have been answered, and billed, unseen.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        detail: str = "",
        status: int | None = None,
        param: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{code} {status or ''} {detail}".strip())
        self.code = code
        self.message = message
        self.detail = detail
        self.status = status
        self.param = param
        self.retry_after = retry_after

    def as_error(self) -> dict[str, Any]:
        """The API's `error` object, with what is for the admin beside it."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.detail:
            error["detail"] = self.detail
        if self.status:
            error["status"] = self.status
        return error

    @property
    def chain_is_lost(self) -> bool:
        """Whether the provider does not know the response that we continued; the whole conversation can be sent."""
        words = self.detail.lower()
        return self.code == "previous_response_not_found" or (
            self.status in {400, 404}
            and (("response" in words and ("previous" in words or "not found" in words)) or "no tool output" in words)
        )

    @property
    def refuses_reasoning(self) -> bool:
        """Whether the provider does not take its own reasoning back; the same can be asked without it."""
        return self.code == "invalid_encrypted_content" or (
            self.status in {400, 422} and "reasoning" in self.detail.lower()
        )

    @property
    def may_pass(self) -> bool:
        """Whether a lookup that failed so may succeed later: nobody answered it, or a server that is in trouble."""
        is_trouble = self.status in {408, 409, 429} or (self.status or 0) >= 500
        return self.status is None or (is_trouble and self.status != NOT_IMPLEMENTED)

    @property
    def refused_parameter(self) -> str | None:
        """The request parameter that the server doesn't take with this model; None if it refuses something else.

        The same can be asked without it. Servers that name no parameter say in words that they can't answer in the
        background.
        """
        if self.status not in {400, 422}:
            return None
        if self.param and self.code in {"unsupported_parameter", "unknown_parameter"}:
            return self.param.partition(".")[0]
        return "background" if "background" in self.detail.lower() else None


# By HTTP status, or by code where that says more. They are stored and sent as they are, and translated where they are
# shown: many read the same answer, each in their own language.
SENTENCES: dict[int | str, str] = {
    400: _("The model did not accept this question. Please tell your admin."),
    401: _("The model's server refused the site's key. Please tell your admin."),
    403: _("The model's server does not allow this site to use the model. Please tell your admin."),
    404: _("The model's server does not have what the site asked for. Please tell your admin."),
    413: _("The question with its pictures is too large for the model. Please send less at once."),
    429: _("The model is busy. Please ask again in a moment."),
    500: _("The model's server had an error. Please ask again."),
    503: _("The model's server is overloaded. Please ask again in a moment."),
    "insufficient_quota": _("The site's credit with the model's provider is used up. Please tell your admin."),
    "context_length_exceeded": _("This conversation is too long for the model. Please start a new one."),
    "image_too_large": _("A picture is too large for the model. Please send a smaller one."),
    "invalid_image": _("The model could not read a picture. Please send it in another format."),
    "invalid_image_url": _("The model could not fetch the picture's address. Please attach the picture itself."),
    "connection_error": _("The model's server can't be reached. Please ask again in a moment, or tell your admin."),
    "timeout": _("The model's server did not answer in time. Please ask again."),
    "stream_cut": _("The connection to the model broke before the answer was complete. Please ask again."),
    "interrupted": _("The server was stopped before the answer was complete. Please ask again."),
}
ALIKE: dict[int | str, tuple[int | str, ...]] = {
    400: (
        422,
        "bio_policy",
        "data_residency_mismatch",
        "image_content_policy_violation",
        "image_file_not_found",
        "image_too_small",
        "invalid_prompt",
        "misalignment_policy_violation",
    ),
    429: ("rate_limit_exceeded",),
    500: ("server_error",),
    "image_too_large": ("image_file_too_large",),
    "invalid_image": (
        "empty_image_file",
        "image_parse_error",
        "invalid_base64_image",
        "invalid_image_format",
        "invalid_image_mode",
        "unsupported_image_media_type",
    ),
    "invalid_image_url": ("failed_to_download_image",),
    "timeout": (408, 504),
    "stream_cut": ("connection_lost",),
}
SENTENCES |= {code: SENTENCES[like] for like, codes in ALIKE.items() for code in codes}


def failure(
    code: str | None,
    *,
    detail: str = "",
    status: int | None = None,
    param: str | None = None,
    retry_after: float | None = None,
) -> Failure:
    """A failure with the sentence that its code, else its status, calls for."""
    code = one_line(str(code)) if code else None
    if code in SENTENCES:
        message = SENTENCES[code]
    else:
        message = SENTENCES.get(status or 500) or SENTENCES[400 if status and status < 500 else 500]
    return Failure(
        code or (f"http_{status}" if status else "server_error"),
        message,
        detail=one_line(redact(detail)),
        status=status,
        param=param,
        retry_after=retry_after,
    )


def redact(text: str) -> str:
    """The text without the key, should the provider repeat it."""
    key = settings.OPENAI_API_KEY
    return text.replace(key, "[key]") if len(key) > 8 else text


def one_line(text: str) -> str:
    """The words as they may be stored and logged: what a stranger says begins no line of a log and fills none.

    JSON may hold what is no text at all, such as half a character, which no database stores.
    """
    words = " ".join(text[: 2 * MAX_DETAIL].split())[:MAX_DETAIL]
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in words)


def is_error(event: dict[str, Any]) -> bool:
    """Whether it says that the answer fails: the API's `error` event, or what servers send without that type."""
    kind = event.get("type")
    return kind == "error" or event.get("object") == "error" or (kind is None and bool(event.get("error")))


def failure_of_event(event: dict[str, Any]) -> Failure:
    """What an `error` event means, nested as servers send it or flat as the API's document says."""
    error = event.get("error")
    return failure_of_response({"message": error} if isinstance(error, str) else error or event)


def failure_of_response(error: Any) -> Failure:
    """What the `error` of a failed response means."""
    known: dict[str, Any] = error if isinstance(error, dict) else {}
    code, detail = known.get("code"), str(known.get("message") or "")
    if isinstance(code, int) and code in SENTENCES:
        # Some servers name the HTTP status that they can't send any more.
        return Failure(f"http_{code}", SENTENCES[code], detail=one_line(redact(detail)))
    return failure(str(code or "server_error"), detail=detail)
