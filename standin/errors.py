"""The errors of the API, in its own words."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """The refusal of a request: an HTTP status and the body with the `error`."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        param: str | None = None,
        code: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: Json = {"message": message, "type": kind, "param": param, "code": code}

    @property
    def body(self) -> Json:
        return {"error": self.error}


def missing_key() -> ApiError:
    return ApiError(
        "You didn't provide an API key. You need to provide your API key in an Authorization header using "
        "Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
        status=401,
        code="invalid_api_key",
    )


def incorrect_key(key: str) -> ApiError:
    shown = key[:3] + "*" * (len(key) - 3) if len(key) < 12 else f"{key[:3]}{'*' * (len(key) - 7)}{key[-4:]}"
    return ApiError(
        f"Incorrect API key provided: {shown}. "
        "You can find your API key at https://platform.openai.com/account/api-keys.",
        status=401,
        code="invalid_api_key",
    )


def not_json() -> ApiError:
    return ApiError("We could not parse the JSON body of your request.")


def unknown_parameter(param: str) -> ApiError:
    return ApiError(f"Unknown parameter: '{param}'.", param=param, code="unknown_parameter")


def missing_parameter(param: str) -> ApiError:
    return ApiError(f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")


def invalid_value(param: str, value: object, supported: str) -> ApiError:
    return ApiError(f"Invalid value: {value!r}. Supported values are: {supported}.", param=param, code="invalid_value")


def invalid_type(param: str, expected: str) -> ApiError:
    return ApiError(f"Invalid type for '{param}': {expected}.", param=param, code="invalid_type")


def response_not_found(response_id: str) -> ApiError:
    return ApiError(f"Response with id '{response_id}' not found.", status=404)


def previous_response_not_found(response_id: str) -> ApiError:
    return ApiError(
        f"Previous response with id '{response_id}' not found.",
        param="previous_response_id",
        code="previous_response_not_found",
    )


def model_not_found(model: str) -> ApiError:
    return ApiError(
        f"The model '{model}' does not exist or you do not have access to it.",
        status=404,
        param="model",
        code="model_not_found",
    )


def not_streamable(missing: str) -> ApiError:
    return ApiError(
        f"This response cannot be streamed because it was not created with {missing}=true.",
        param="stream",
        code="invalid_request_error",
    )


def no_longer_streamable() -> ApiError:
    return ApiError("This response can no longer be streamed because it is more than 5 minutes old", param="stream")


def not_cancellable() -> ApiError:
    return ApiError("Cannot cancel a synchronous response.")


def context_length_exceeded() -> ApiError:
    return ApiError(
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        param="input",
        code="context_length_exceeded",
    )
