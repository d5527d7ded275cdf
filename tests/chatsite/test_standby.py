"""A database that fails over to a standby, which is read-only for a while."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.support.site import Site, receive_until, signed_in_site
from tests.support.socket import question


@pytest.mark.process
async def test_answer_waits_until_the_database_is_writable(provider, tmp_path):
    provider.script(match="tide", text="High tide at noon", deltas=2, at={"5": {"wait": "go"}})
    with signed_in_site(tmp_path, "test_of_standing_by", OPENAI_BASE_URL=provider.base_url) as site:
        async with site.tab() as tab:
            await tab.send_json(question("Rising tide"))
            await receive_until(tab, "response.output_text.delta")
            async with read_only_database(site):
                provider.release("go")
                async with asyncio.timeout(60):
                    while "the database does not answer; trying again" not in site.log.read_text():  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
            await receive_until(tab, "response.completed")
            assert site.stored() == ("completed", None, "High tide at noon")
            await tab.send_json(question("Still there?"))
            await receive_until(tab, "response.completed")


@asynccontextmanager
async def read_only_database(site: Site) -> AsyncIterator[None]:
    """Close all connections and make the database read-only for new ones, while the block runs.

    Connections that were opened in the block stay read-only after it.
    """
    # Over a connection to another database, which is writable.
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        alter = sql.SQL("ALTER DATABASE {}").format(sql.Identifier(urlsplit(site.environment["DATABASE_URL"]).path[1:]))
        connection.execute(alter + sql.SQL(" SET default_transaction_read_only = on"))
        site.cut_database_connections()
        yield
        connection.execute(alter + sql.SQL(" RESET default_transaction_read_only"))
