"""The settings: working defaults, and a message for each invalid one."""

import os
import subprocess
import sys

import pytest

from chatsite.environment import BASE_DIR, Environment, env_file_oddities, environment


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


INVALID = [
    ("PORT", "http", "must be a whole number"),
    ("PORT", "70000", "must be at most 65535"),
    ("DATABASE_URL", "mysql://user:hunter2@host/name", "must start with postgresql:// or postgres://"),
    ("REDIS_URL", "localhost:6379", "must start with redis:// or rediss:// or unix://"),
    ("PUBLIC_URL", "chat.example.org", "must start with http:// or https://"),
    ("PUBLIC_URL", "https://chat.example.org/chat", "must end after the host and the port"),
    ("OPENAI_BASE_URL", "https://", "names no host"),
    ("OPENAI_BASE_URL", "https://user:hunter2@host/v1", "must not contain a user or a password"),
    ("OPENAI_TIMEOUT", "0", "must be more than 0"),
    ("OPENAI_TIMEOUT", "soon", "must be a number"),
    ("SECRET_KEY", "hunter2", "must have at least 32 characters"),
    ("STORE", "hunter2", "must be true or false"),
    ("BACKGROUND", "sometimes", "must be 'auto', 'always' or 'never'"),
    ("MAX_IMAGES", "-1", "must be at least 0"),
    ("MAX_IMAGE_BYTES", "20 MB", "must be a whole number"),
]


@pytest.mark.parametrize(("name", "value", "problem"), INVALID)
def test_invalid_setting_is_named_without_its_value(monkeypatch, name, value, problem):
    monkeypatch.setenv(name, value)
    assert refusal() == f"Invalid settings:\n  {name}: {problem}."


@pytest.mark.parametrize(("name", "value", "problem"), INVALID)
def test_invalid_setting_of_the_env_file_is_named_with_its_line(tmp_path, name, value, problem):
    (tmp_path / ".env").write_text(f"# A comment\n\n{name}={value}\n")
    assert refusal() == f"Invalid settings:\n  {name}: {problem} (.env, line 3)."


def test_several_processes_need_redis(monkeypatch):
    monkeypatch.setenv("PROCESSES", "3")
    assert refusal().startswith("Invalid settings:\n  PROCESSES: more than one requires REDIS_URL")


WITH_A_DEFAULT = [
    name.upper() for name, field in Environment.model_fields.items() if field.default and not field.default_factory
]


@pytest.mark.parametrize("name", WITH_A_DEFAULT)
@pytest.mark.parametrize("value", ["", "  "])
def test_setting_with_a_default_is_not_set_to_nothing(monkeypatch, tmp_path, name, value):
    """It could mean the default as well as nothing."""
    (tmp_path / ".env").write_text(f"\n{name}={value}\n")
    reason = "Give it a value, or remove it to get the default."
    assert refusal() == f"Invalid settings:\n  {name}: is empty (.env, line 2). {reason}"
    (tmp_path / ".env").unlink()
    monkeypatch.setenv(name, value)
    assert refusal() == f"Invalid settings:\n  {name}: is empty. {reason}"


@pytest.mark.parametrize("line", ["MODEL gpt-5.5", "MODEL", 'MODEL="gpt-5.5'])
def test_line_that_is_no_setting_is_named(tmp_path, line):
    (tmp_path / ".env").write_text(f"PORT=9000\n\n{line}\n")
    assert refusal().startswith("Invalid settings:\n  .env, line 3: can't be read. Write NAME=value")


def test_env_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / ".env").write_bytes(b"MODEL=gpt\xff\n")
    assert refusal() == "Invalid settings:\n  .env: can't be read, because it isn't UTF-8."
    (tmp_path / ".env").unlink()
    (tmp_path / ".env").mkdir()
    environment.cache_clear()
    assert refusal() == "Invalid settings:\n  .env: can't be read: Is a directory."


def test_unknown_and_repeated_names_are_odd(tmp_path):
    (tmp_path / ".env").write_text("OPENAI_KEY=hunter2\nexport PORT=9000\nZEBRA=1\nport = 9001\n")
    assert env_file_oddities() == [
        ".env, line 1: OPENAI_KEY is not a setting. Do you mean OPENAI_API_KEY?",
        ".env, line 3: ZEBRA is not a setting. It is ignored.",
        ".env, line 4: PORT is set again; this line counts.",
    ]
    assert environment().port == 9001


def refusal() -> str:
    with pytest.raises(SystemExit) as stop:
        environment()
    assert "hunter2" not in str(stop.value)
    return str(stop.value)


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


@pytest.mark.parametrize(("public_url", "prefix"), [("https://chat.example.org", "__Host-"), ("http://127.0.0.1", "")])
def test_cookies_of_a_site_with_https_belong_to_its_host(tmp_path, public_url, prefix):
    code = "from django.conf import settings; print(settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)"
    names = subprocess.run(
        [sys.executable, "-c", code],
        cwd=BASE_DIR,
        env={
            "DATA_DIR": str(tmp_path),
            "DATABASE_URL": "postgresql:///unused",
            "DJANGO_SETTINGS_MODULE": "chatsite.settings",
            "PATH": os.environ["PATH"],
            "PUBLIC_URL": public_url,
        },
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert names == [f"{prefix}sessionid", f"{prefix}csrftoken"]
