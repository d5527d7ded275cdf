"""What a host reads on the console: at the start, when something is wrong with it, and at the end."""

import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.contrib.staticfiles import finders
from django.utils.module_loading import import_string

from chatsite import static_files
from chatsite.database import wait_for_database
from chatsite.environment import BASE_DIR, environment
from chatsite.welcome import provider_lines, welcome_lines
from standin.server import WRONG_KEY
from tests.support.ports import free_port
from tests.support.postgres import is_running, pid_of
from tests.support.site import environment_of, launch, new_database


@pytest.fixture
def setting(monkeypatch) -> Iterator[Callable[..., None]]:
    """Set a setting for the test alone."""

    def change(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        environment.cache_clear()

    yield change
    monkeypatch.undo()
    environment.cache_clear()


def last_words(*command: str, **settings: str) -> str:
    """Return what a start that fails says, all of it."""
    stopped = subprocess.run(
        [sys.executable, *command],
        cwd=BASE_DIR,
        env=environment_of(Path("unused"), "postgresql://127.0.0.1:1/nowhere") | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (stopped.returncode, stopped.stdout) == (1, "")
    return stopped.stderr


def test_database_that_refuses_is_named_at_once_and_again_at_the_end(setting, capsys):
    setting(DATABASE_URL=f"postgresql://127.0.0.1:{free_port()}/nowhere")
    with pytest.raises(SystemExit) as stop:
        wait_for_database(seconds=1)
    reason = "DATABASE_URL: can't connect to the database: Connection refused."
    assert capsys.readouterr().err == f"{reason} Trying for 1 seconds …\n"
    assert str(stop.value) == "DATABASE_URL: no connection after 1 seconds: Connection refused."


@pytest.mark.process
def test_database_that_will_never_let_the_site_in_is_not_waited_for():
    said = last_words("-m", "chatsite", DATABASE_URL="postgresql://nowhere.invalid/name")
    assert said.startswith("DATABASE_URL: can't connect to the database: failed to resolve host 'nowhere.invalid'")
    assert said.count("\n") == 1


@pytest.mark.process
def test_database_that_is_missing_is_named():
    with new_database("test_of_the_missing") as url:
        said = last_words("-m", "chatsite", DATABASE_URL=url.replace("missing", "lost"))
    assert "test_of_the_lost" in said
    assert said.startswith("DATABASE_URL: can't connect to the database: database ")
    assert said.count("\n") == 1


@pytest.mark.process
def test_role_that_may_create_no_tables_is_named():
    with new_database("test_of_permissions") as url:
        with psycopg.connect(url) as connection:
            connection.execute("REVOKE CREATE ON SCHEMA public FROM pg_database_owner, PUBLIC")
        said = last_words("-m", "chatsite", DATABASE_URL=url)
    assert said.startswith("DATABASE_URL: no table can be created: ")
    assert "permission denied for schema public" in said
    assert said.count("\n") == 1


@pytest.mark.process
@pytest.mark.parametrize("command", [("-m", "chatsite"), ("manage.py", "check")], ids=" ".join)
@pytest.mark.parametrize("database", ["", "postgresql:///unused"], ids=["embedded", "own"])
def test_data_folder_that_cannot_be_used_is_named(tmp_path, command, database):
    file = tmp_path / "file"
    file.touch()
    said = last_words(*command, DATA_DIR=str(file), DATABASE_URL=database, SECRET_KEY="")
    assert said == f"DATA_DIR: {file} can't be used: it is a file. Name a folder in which this user may write.\n"


@pytest.mark.process
@pytest.mark.parametrize(("command", "target"), [("runserver", "make run"), ("test", "make test")])
def test_command_that_would_half_work_names_the_right_one(command, target):
    assert last_words("manage.py", command) == f"manage.py {command} doesn't work with this site. Use: {target}\n"


@pytest.mark.process
def test_python_without_the_packages_names_the_right_one():
    said = last_words("-S", "manage.py", "check")
    assert said == "Django is not installed for this Python. Use .venv/bin/python, which `make run` makes.\n"


def test_missing_browser_libraries_stop_the_start(settings, tmp_path, monkeypatch):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.BASE_DIR = tmp_path
    # Django's own keeps the finders that it made.
    monkeypatch.setattr(finders, "get_finder", lambda path: import_string(path)())
    with pytest.raises(SystemExit, match=r"is missing from node_modules\. Start with `make run`"):
        static_files.collect()


@contextmanager
def site_with_embedded_database() -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Start the site with nothing set up."""
    with tempfile.TemporaryDirectory(prefix="chatsite-tests-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with launch(environment_of(folder, "") | {"OPENAI_API_KEY": ""}) as process:
            yield process, folder


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_stopped_site_says_so_and_leaves_nothing_running(number):
    with site_with_embedded_database() as (process, folder):
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        assert lines[1] == "Answers: demo mode, no model is connected yet. Set OPENAI_API_KEY, or OPENAI_BASE_URL.\n"
        assert "Create the admin account: http://127.0.0.1:" in lines[2]
        database = pid_of(folder)
        assert is_running(database)
        process.send_signal(number)
        assert process.stdout.read() == "Stopped.\n"
        assert process.wait() == 0
        assert not is_running(database)


def test_public_url_is_asked_for_if_others_are_to_reach_the_site(db, setting):
    setting(HOST="0.0.0.0", PORT="8123")
    (line,) = [line for line in welcome_lines() if line.startswith("PUBLIC_URL")]
    assert "answers at http://127.0.0.1:8123 alone" in line
    assert f"such as http://{socket.gethostname()}:8123." in line
    setting(PUBLIC_URL="http://chat.example:8123")
    assert not [line for line in welcome_lines() if line.startswith("PUBLIC_URL")]


def test_redis_that_is_unavailable_is_named(db, setting):
    setting(REDIS_URL=f"redis://127.0.0.1:{free_port()}")
    assert "REDIS_URL: can't connect to Redis: Connection refused. The site keeps trying." in welcome_lines()


def test_provider_that_works_is_named(db, provider, setting, settings):
    settings.MODEL = "standin"
    setting(OPENAI_BASE_URL=provider.base_url, OPENAI_API_KEY="sk-for-the-tests-alone")
    place = provider.base_url.split("/")[2]
    assert f"Answers: standin at {place}" in welcome_lines()
    assert provider_lines() == [f"{place} accepts the key."]


def test_model_that_is_not_listed_is_named(provider, setting, settings):
    settings.MODEL = "standing"
    setting(OPENAI_BASE_URL=provider.base_url)
    (line,) = provider_lines()
    assert line.startswith("MODEL: ")
    assert "doesn't list standing. It lists standin" in line


def test_key_that_is_refused_is_named(provider, setting, settings):
    settings.OPENAI_API_KEY = WRONG_KEY
    setting(OPENAI_BASE_URL=provider.base_url, OPENAI_API_KEY=WRONG_KEY)
    place = provider.base_url.split("/")[2]
    assert provider_lines() == [f"OPENAI_API_KEY: {place} refuses it. Until that is mended, messages get no answers."]


def test_provider_that_is_unavailable_is_named(setting, settings):
    port = free_port()
    settings.OPENAI_BASE_URL = f"http://127.0.0.1:{port}/v1"
    setting(OPENAI_BASE_URL=settings.OPENAI_BASE_URL)
    (line,) = provider_lines()
    assert line.startswith(f"OPENAI_BASE_URL: 127.0.0.1:{port} can't be reached: Connection refused. Until it can, ")
