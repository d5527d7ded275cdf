"""The people: ada owns, grace is a team mate, mallory is an outsider, and hopper is the admin."""

import pytest

from accounts.models import User


@pytest.fixture
def ada(db) -> User:
    return User.objects.create_user("ada", password="analytical engine")


@pytest.fixture
def grace(db) -> User:
    return User.objects.create_user("grace", password="nanoseconds of wire")


@pytest.fixture
def mallory(db) -> User:
    return User.objects.create_user("mallory", password="let me in please")


@pytest.fixture
def hopper(db) -> User:
    return User.objects.create_superuser("hopper", password="first actual bug")
