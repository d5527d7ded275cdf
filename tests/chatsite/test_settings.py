"""The settings: working defaults, and a message for each invalid one."""

import os
import subprocess
import sys

import pytest

from chatsite.environment import BASE_DIR, Environment, environment


@pytest.fixture(autouse=True)
def default_environment(monkeypatch, tmp_path):
    """Read the settings again, without this machine's .env and the environment of the tests."""
    monkeypatch.setitem(Environment.model_config, "env_file", tmp_path / ".env")
    for name in Environment.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    environment.cache_clear()
    yield
    environment.cache_clear()


def test_no_setting_is_required():
    env = environment()
    assert env.address == "http://127.0.0.1:8000"
    assert env.uses_standin


def test_empty_setting_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "")
    assert environment().uses_standin


def test_environment_wins_over_the_env_file(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("MODEL=from-the-file\nPORT=9000\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("PORT", "9001")
    env = environment()
    assert (env.model, env.port) == ("from-the-file", 9001)


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "OPENAI_BASE_URL"])
def test_key_or_base_url_replaces_the_standin(monkeypatch, name):
    monkeypatch.setenv(name, "https://example.org/v1")
    assert not environment().uses_standin


@pytest.mark.parametrize(
    ("host", "public_url", "address"),
    [
        ("0.0.0.0", None, "http://127.0.0.1:8000"),
        ("192.0.2.7", None, "http://192.0.2.7:8000"),
        ("127.0.0.1", "https://chat.example.org/", "https://chat.example.org"),
    ],
)
def test_address_can_be_opened_by_people(monkeypatch, host, public_url, address):
    monkeypatch.setenv("HOST", host)
    if public_url:
        monkeypatch.setenv("PUBLIC_URL", public_url)
    assert environment().address == address


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("DATABASE_URL", "mysql://user:hunter2@host/name"),
        ("REDIS_URL", "localhost:6379"),
        ("PUBLIC_URL", "chat.example.org"),
        ("OPENAI_BASE_URL", "https://"),
        ("OPENAI_TIMEOUT", "0"),
        ("SECRET_KEY", "hunter2"),
        ("PROCESSES", "3"),
        ("MAX_IMAGES", "-1"),
        ("MAX_IMAGE_BYTES", "20 MB"),
    ],
)
def test_invalid_setting_is_named_without_its_value(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stop:
        environment()
    message = str(stop.value)
    assert message.startswith(f"Invalid settings:\n  {name}: ")
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("DATABASE_URL", "postgresql://user:hunter2@host/"),
        ("DATABASE_URL", "postgresql://user:hunter2@host/name?hunter2"),
    ],
)
@pytest.mark.process
def test_invalid_setting_stops_the_start(monkeypatch, tmp_path, name, value):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv(name, value)
    stopped = subprocess.run(
        [sys.executable, "-m", "chatsite"], cwd=BASE_DIR, capture_output=True, text=True, timeout=60, check=False
    )
    assert stopped.returncode == 1
    assert stopped.stderr.startswith(f"Invalid settings:\n  {name}: ")
    assert "Traceback" not in stopped.stderr
    assert "hunter2" not in stopped.stderr


def test_secret_key_is_generated_once_and_private(tmp_path):
    code = "import django; django.setup(); from django.conf import settings; print(settings.SECRET_KEY)"
    environment = {"DATA_DIR": str(tmp_path), "DATABASE_URL": "postgresql:///unused", "PATH": os.environ["PATH"]}
    environment["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
    start = [sys.executable, "-c", code]
    first, second = (
        subprocess.run(start, cwd=BASE_DIR, env=environment, check=True, capture_output=True, text=True).stdout.strip()
        for _ in range(2)
    )
    assert first == second == (tmp_path / "secret_key").read_text()
    assert len(first) > 50
    assert [(path.name, path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == [("secret_key", 0o600)]
