"""Hashing passwords: few at a time, and without a connection to the database."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from urllib.parse import urlencode

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection, connections

from common.pools import PASSWORDS
from tests.support.raw import connection as connection_to
from tests.support.raw import watched
from tests.support.site import signed_in_site

SIGN_IN = {"username": "ada", "password": "wrong"}


class SlowHash:
    """Django's hash, which takes until it is released."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.release = threading.Semaphore(0)
        self.connections: list[object] = []

    def __call__(self, _hasher: PBKDF2PasswordHasher, _password: str, salt: str, _iterations: int | None = None) -> str:
        self.connections.append(connection.connection)
        self.begun.release()
        self.release.acquire()
        return f"pbkdf2_sha256$1${salt}$hash"


@pytest.fixture
def slow_hash(settings, monkeypatch) -> SlowHash:
    settings.PASSWORD_HASHERS = ["accounts.hashers.PasswordHasher"]
    slow = SlowHash()
    # A function, because only functions become methods.
    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", lambda *args: slow(*args))
    return slow


def try_to_sign_in() -> None:
    try:
        authenticate(None, **SIGN_IN)
    finally:
        connections.close_all()


def test_two_passwords_are_hashed_at_a_time_without_a_connection(transactional_db, ada, slow_hash):
    with ThreadPoolExecutor(6) as threads:
        attempts = [threads.submit(try_to_sign_in) for _ in range(6)]
        for _ in range(3):
            assert slow_hash.begun.acquire(timeout=60)
            assert slow_hash.begun.acquire(timeout=60)
            assert not slow_hash.begun.acquire(timeout=0.05)
            slow_hash.release.release(2)
        for attempt in attempts:
            attempt.result(timeout=60)
    assert slow_hash.connections == [None] * 6


def test_attempt_that_waits_too_long_gets_a_sentence(client, db, settings, monkeypatch):
    settings.PASSWORD_HASHERS = ["accounts.hashers.PasswordHasher"]
    monkeypatch.setattr(PASSWORDS, "seconds", 0)
    with PASSWORDS.turn("somebody"), PASSWORDS.turn("another"):
        answer = client.post("/sign-in/", SIGN_IN, headers={"accept": "text/html"})
    assert answer.status_code == 503
    assert "Try again in a moment" in answer.text


@pytest.mark.process
async def test_many_attempts_at_once_delay_nobody(tmp_path):
    token = "c" * 32
    form = urlencode(SIGN_IN | {"csrfmiddlewaretoken": token}).encode()
    with signed_in_site(tmp_path, "test_of_the_hashers") as site:
        async with watched(site) as watch, AsyncExitStack() as lines:
            for _ in range(60):
                line = await lines.enter_async_context(connection_to(site))
                await line.head(
                    "POST",
                    "/sign-in/",
                    Host="127.0.0.1",
                    Cookie=f"csrftoken={token}",
                    Content_Type="application/x-www-form-urlencoded",
                    Content_Length=str(len(form)),
                )
                await line.send(form)
            end = watch.pages + 10
            while watch.pages < end:
                await watch.next_page()
    assert not watch.waits_too_long, watch.longest_wait
