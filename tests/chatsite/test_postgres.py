"""The embedded PostgreSQL: who can reach it, what it knows and keeps, and when it ends."""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest

from chatsite.environment import BASE_DIR
from chatsite.postgres import MAX_SOCKET_BYTES, EmbeddedPostgres
from tests.support.postgres import Postgres, is_running, pid_of
from tests.support.site import new_database, wait_for

pytestmark = pytest.mark.process

USE = """
import sys, pathlib
from chatsite.postgres import EmbeddedPostgres
postgres = EmbeddedPostgres(pathlib.Path(sys.argv[1]))
postgres.start()
print("started", flush=True)
sys.stdin.readline()
postgres.release()
"""
"""Use the embedded PostgreSQL until a line comes."""


@pytest.fixture(scope="module")
def postgres() -> Iterator[EmbeddedPostgres]:
    """Start one in a folder whose path is too long, and too odd, for a socket."""
    with new_folder() as folder, pytest.MonkeyPatch.context() as environment:
        environment.setenv("OPENAI_API_KEY", "sk-seen-by-nobody")
        with started(folder / "a long, 'odd' näme" / ("x" * MAX_SOCKET_BYTES)) as postgres:
            yield postgres


@contextmanager
def new_folder() -> Iterator[Path]:
    """Make a folder; if the tests run as root, PostgreSQL runs as another user, who must reach it."""
    with tempfile.TemporaryDirectory(prefix="chatsite-tests-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def started(folder: Path) -> Iterator[EmbeddedPostgres]:
    postgres = EmbeddedPostgres(folder)
    postgres.start()
    try:
        yield postgres
    finally:
        postgres.release()


@contextmanager
def using(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process use the embedded PostgreSQL while the block runs, or until it is killed in the block."""
    command = [sys.executable, "-c", USE, str(folder)]
    with subprocess.Popen(command, cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        yield process
        process.communicate("\n" if process.poll() is None else None)


def test_others_can_not_reach_it(postgres):
    with psycopg.connect(postgres.superuser_url) as connection:
        ((socket_folder, addresses, permissions),) = connection.execute(
            "SELECT current_setting('unix_socket_directories'), current_setting('listen_addresses'),"
            " current_setting('unix_socket_permissions')"
        ).fetchall()
        rules = connection.execute("SELECT type, auth_method FROM pg_hba_file_rules").fetchall()
    assert Path(socket_folder).stat().st_mode & 0o777 == 0o700
    assert (addresses, permissions, rules) == ("", "0700", [("local", "peer")])


def test_database_asks_the_kernel_who_connects(postgres):
    """The map names one account of the machine, so that even one who reaches the socket stays out."""
    with psycopg.connect(postgres.superuser_url) as connection:
        mapped = connection.execute("SELECT DISTINCT sys_name FROM pg_ident_file_mappings").fetchall()
    assert mapped == [(pwd.getpwuid(os.geteuid()).pw_name,)]


def test_queries_of_the_site_have_no_power_over_the_machine(postgres):
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchall() == [(False,)]
        connection.execute("CREATE TEMPORARY TABLE said (line text)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("COPY said FROM PROGRAM 'env'")


def test_processes_of_the_database_do_not_know_the_key(postgres):
    server = psutil.Process(pid_of(postgres.data_dir))
    assert "sk-seen-by-nobody" not in server.environ().values()
    for process in server.children():
        # Some of them come and go.
        with suppress(psutil.NoSuchProcess):
            assert "sk-seen-by-nobody" not in process.environ().values()


def test_log_keeps_no_words_of_a_statement(postgres):
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE notes (text text UNIQUE CHECK (text <> 'secret check'))")
        connection.execute("INSERT INTO notes VALUES ('secret row')")
        for statement in (
            "INSERT INTO notes VALUES ('secret row')",
            "INSERT INTO notes VALUES ('secret check')",
            "SELECT 'secret division', 1/0",
            "SELECT 'secret syntax' FROM",
            "DO $$ BEGIN PERFORM 'secret body', 1/0; END $$",
            "SET statement_timeout = 10; SELECT 'secret timeout', pg_sleep(5)",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement)
    (log,) = (postgres.folder / "logs").iterdir()
    wait_for(lambda: "due to statement timeout" in log.read_text())
    assert "division by zero" in log.read_text()
    assert "secret" not in log.read_text()


def test_it_runs_until_its_last_user_leaves(postgres):
    pid = pid_of(postgres.data_dir)
    with using(postgres.data_dir):
        assert pid_of(postgres.data_dir) == pid
    assert pid_of(postgres.data_dir) == pid
    assert is_running(pid)


def test_it_ends_if_its_last_user_is_killed():
    with new_folder() as folder:
        with using(folder) as process:
            pid = pid_of(folder)
            process.kill()
            wait_for(lambda: not is_running(pid))
        assert pid_of(folder) is None


def test_it_ends_with_the_next_user_if_everything_else_was_killed():
    with new_folder() as folder:
        with using(folder) as process:
            left_over = pid_of(folder)
            (guard,) = psutil.Process(process.pid).children()
            guard.kill()
            process.kill()
            process.wait()
        assert is_running(left_over)
        with using(folder):
            assert pid_of(folder) not in {None, left_over}
            assert not is_running(left_over)
        assert pid_of(folder) is None


def test_process_that_got_its_id_meanwhile_is_left_alone():
    """After a restart of the machine, or of a container."""
    with new_folder() as folder, subprocess.Popen(["sleep", "60"], start_new_session=True) as other:
        with started(folder) as postgres:
            lines = (postgres.folder / "postmaster.pid").read_text().splitlines()
        (postgres.folder / "postmaster.pid").write_text("\n".join([str(other.pid), *lines[1:]]))
        if os.geteuid() == 0:
            shutil.chown(postgres.folder / "postmaster.pid", "pgserver")
        with started(folder) as postgres, psycopg.connect(postgres.url) as connection:
            assert connection.execute("SELECT 1").fetchall() == [(1,)]
        assert other.poll() is None
        other.kill()


def test_folder_of_an_earlier_release_goes_on_working():
    """There, a superuser without a password owned everything, and the log had statements in it."""
    with new_folder() as folder:
        earlier = Postgres(folder)
        with psycopg.connect(earlier.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text)")
            connection.execute("CREATE FUNCTION doubled(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n'")
            connection.execute("INSERT INTO kept (text) VALUES ('still here')")
        # It is left running, as an earlier release did after a hard death.
        (folder / "postgres" / ".handle_pids.json").write_text("[4194303]")
        with started(folder) as postgres, psycopg.connect(postgres.url, autocommit=True) as connection:
            connection.execute("INSERT INTO kept (text) VALUES ('and more')")
            connection.execute("ALTER TABLE kept ADD COLUMN since date")
            connection.execute("CREATE OR REPLACE FUNCTION doubled(n int) RETURNS int LANGUAGE sql AS 'SELECT n + n'")
            assert connection.execute("SELECT id, text, doubled(id) FROM kept ORDER BY id").fetchall() == [
                (1, "still here", 2),
                (2, "and more", 4),
            ]
        assert not (folder / "postgres" / "log").exists()
        assert pid_of(folder) is None


def test_content_can_be_moved_to_a_database_of_ones_own(postgres, tmp_path):
    """By the commands of docs/deploying.md."""
    page = (BASE_DIR / "docs" / "deploying.md").read_text()
    (commands,) = re.findall(r"\n    umask 077\n(.*?)    rm chat.sql", page, re.DOTALL)
    with psycopg.connect(postgres.url) as connection:
        connection.execute("CREATE TABLE moved (text text)")
        connection.execute("INSERT INTO moved VALUES ('to another database')")
    with new_database("test_of_moving") as url:
        script = commands.replace(".venv/bin/python", sys.executable).replace(
            "postgresql://chat:…@127.0.0.1/chat", f"'{url}'"
        )
        script = script.replace("chat.sql", str(tmp_path / "chat.sql"))
        environment = os.environ | {"DATA_DIR": str(postgres.data_dir), "DATABASE_URL": ""}
        subprocess.run(["bash", "-ec", script], cwd=BASE_DIR, env=environment, check=True)
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT text FROM moved").fetchall() == [("to another database",)]
