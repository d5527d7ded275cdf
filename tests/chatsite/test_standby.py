"""A database that fails over: what answers stands by for a while, which is to read and not to write."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.support.site import Site, receive_until, started_site
from tests.support.socket import question


@pytest.mark.process
async def test_an_answer_waits_until_it_can_be_stored(provider, tmp_path):
    provider.script(match="tide", text="High tide at noon", deltas=2, at={"5": {"wait": "go"}})
    with started_site(tmp_path, "test_of_standing_by", OPENAI_BASE_URL=provider.base_url) as site:
        site.sign_in()
        async with site.tab() as tab:
            await tab.send_json(question("Rising tide"))
            await receive_until(tab, "response.output_text.delta")
            async with standing_by(site):
                provider.release("go")
                async with asyncio.timeout(15):
                    while "the database does not answer; trying again" not in site.log.read_text():  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
            await receive_until(tab, "response.completed")
            assert site.stored() == ("completed", None, "High tide at noon")
            await tab.send_json(question("Still there?"))
            await receive_until(tab, "response.completed")


@asynccontextmanager
async def standing_by(site: Site) -> AsyncIterator[None]:
    """New connections only read, also after this, and there are only new ones."""
    # From another database, where one may write.
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        alter = sql.SQL("ALTER DATABASE {}").format(sql.Identifier(urlsplit(site.environment["DATABASE_URL"]).path[1:]))
        connection.execute(alter + sql.SQL(" SET default_transaction_read_only = on"))
        site.cut_database_connections()
        yield
        connection.execute(alter + sql.SQL(" RESET default_transaction_read_only"))
