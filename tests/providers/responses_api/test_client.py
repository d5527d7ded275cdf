"""What servers say, understood."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone

from providers.environment import environment_endpoint
from providers.failures import Failure
from providers.registry import connect
from tests.support.ports import free_port


async def asked() -> Failure:
    """How asking fails."""
    client = connect(environment_endpoint())
    try:
        with pytest.raises(Failure) as failed:
            await client.complete({"model": "standin", "input": "How high is the tide?"})
        return failed.value
    finally:
        await client.close()


async def test_request_without_a_connection_may_be_retried(provider, settings):
    settings.OPENAI_BASE_URL = f"http://127.0.0.1:{free_port()}/v1"
    problem = await asked()
    assert (problem.code, problem.retry_after) == ("connection_error", 0)


@pytest.mark.parametrize("way", ["abort", "eof"])
async def test_dropped_request_may_have_been_answered(provider, way):
    provider.script(drop=way)
    problem = await asked()
    assert (problem.code, problem.retry_after) == ("connection_lost", None)


async def test_timed_out_request_is_not_retried(provider, settings):
    settings.OPENAI_TIMEOUT = 0.2
    provider.script(wait="never", text="Late")
    problem = await asked()
    assert (problem.code, problem.retry_after) == ("timeout", None)


def in_a_day() -> str:
    return format_datetime(timezone.now() + timedelta(days=1), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({}, 0, 0),
        ({"retry-after": "7"}, 7, 7),
        ({"retry-after": "0.5"}, 0.5, 0.5),
        ({"retry-after": "-7"}, 0, 0),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2, 2),
        ({"retry-after": in_a_day()}, 80_000, 86_400),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0, 0),
        ({"retry-after": "Thu, 01 Jan 2099 00:00:00 -0000"}, 3600, float("inf")),
        ({"retry-after": "nan"}, 0, 0),
        ({"retry-after": "tomorrow"}, 0, 0),
        ({"retry-after": "Thu, 01 Jan 99999999999999 00:00:00 GMT"}, 0, 0),
    ],
)
async def test_retry_after_is_read_in_three_forms(provider, headers, least, most):
    provider.script(error={"status": 429, "headers": headers, "body": {"error": {"code": "rate_limit_exceeded"}}})
    retry_after = (await asked()).retry_after
    assert retry_after is not None
    assert least <= retry_after <= most
