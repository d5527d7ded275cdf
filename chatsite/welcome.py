"""What the console says once the site is running: where, what answers, and what will not work as it is."""

import asyncio
import difflib
import socket
from urllib.parse import urlsplit

from chatsite.database import retry_until_available
from chatsite.environment import environment
from chatsite.logs import reason

EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104
KEY_REFUSED = 401
UNREACHABLE = {"connection_error", "timeout"}


def welcome_lines() -> list[str]:
    from accounts.first_run import first_run_path

    env = environment()
    lines = [f"The chat site is running at {env.address}", f"Answers: {_answers()}"]
    if env.host in EVERYWHERE and not env.public_url:
        lines.append(
            f"PUBLIC_URL: not set, so the site answers at {env.address} alone, on this machine. "
            f"Set it to the address that people open, such as http://{socket.gethostname()}:{env.port}."
        )
    if env.processes > 1:
        lines.append(f"PROCESSES: {env.processes} server processes share the port.")
    if env.redis_url and (problem := _redis_problem(env.redis_url)):
        lines.append(f"REDIS_URL: can't connect to Redis: {problem}. The site keeps trying.")
    if path := retry_until_available(first_run_path):
        lines.append(f"Nobody has an account yet. Create the admin account: {env.address}{path}")
    return lines


def provider_lines() -> list[str]:
    """Ask the provider for its models; return what that says of the settings."""
    from django.conf import settings

    from providers.environment import environment_endpoint
    from providers.failures import Failure
    from providers.registry import connect

    async def listed() -> list[str]:
        client = connect(environment_endpoint())
        try:
            return await client.models()
        finally:
            await client.close()

    if environment().uses_standin:
        return []
    place, has_key = _place(), environment().openai_api_key is not None
    try:
        models = asyncio.run(listed())
    except Failure as problem:
        if problem.status == KEY_REFUSED:
            said = "refuses it" if has_key else "requires one, and it is not set"
            return [f"OPENAI_API_KEY: {place} {said}. Until that is mended, messages get no answers."]
        if problem.meaning in UNREACHABLE:
            return [
                f"OPENAI_BASE_URL: {place} can't be reached: {reason(problem)}. Until it can, messages get no answers."
            ]
        # Not every server lists its models, nor to every key.
        return []
    # Ollama's models have a tag, which is this one by default.
    if not models or {settings.MODEL, f"{settings.MODEL}:latest"} & set(models):
        return [f"{place} accepts the key." if has_key else f"{place} can be reached."]
    similar = difflib.get_close_matches(settings.MODEL, models, n=3, cutoff=0.3) or models[:3]
    return [f"MODEL: {place} doesn't list {settings.MODEL}. It lists {', '.join(similar)}" + _more(models, similar)]


def _more(models: list[str], named: list[str]) -> str:
    return f" and {len(models) - len(named)} more." if len(models) > len(named) else "."


def _answers() -> str:
    from django.conf import settings

    if environment().uses_standin:
        return "demo mode, no model is connected yet. Set OPENAI_API_KEY, or OPENAI_BASE_URL."
    return f"{settings.MODEL} at {_place()}"


def _place() -> str:
    """Return the provider's host and port."""
    from providers.environment import environment_endpoint

    return urlsplit(environment_endpoint().base_url).netloc


def _redis_problem(url: str) -> str | None:
    from redis import Redis, RedisError

    try:
        Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2).ping()
    except RedisError as error:
        return reason(error)
    return None
