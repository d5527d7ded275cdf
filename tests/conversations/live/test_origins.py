"""The pages that may open a socket: those of this site, at its own address."""

import pytest

from tests.support.socket import open_socket, row_counts


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://127.0.0.1:9000",
        "null",
        "",
        "http://127.0.0.1.evil.example",
        "http://[",
        "https://127.0.0.1:8000",
        "ftp://127.0.0.1:8000",
        "127.0.0.1:8000",
    ],
)
async def test_foreign_origin_gets_a_sentence_and_is_closed(site, ada, origin):
    tab = await open_socket(ada, origin=origin)
    assert (await tab.receive())["code"] == "foreign_origin"
    assert await tab.closed_with() == 4403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "", "127.0.0.1@evil.example"])
@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "http://{host}"])
async def test_foreign_host_gets_a_sentence_and_is_closed(site, ada, host, origin):
    tab = await open_socket(ada, origin=origin.format(host=host), host=host)
    assert (await tab.receive())["code"] == "foreign_origin"
    assert await tab.closed_with() == 4403


@pytest.mark.parametrize(
    ("origin", "host", "is_ours"),
    [
        ("https://chat.example", "chat.example", True),
        ("https://chat.example", "127.0.0.1:8000", True),
        ("https://localhost", "localhost", True),
        ("http://chat.example", "chat.example", False),
        ("http://localhost", "localhost", False),
    ],
)
async def test_site_with_https_opens_no_socket_for_a_page_without(site, ada, settings, origin, host, is_ours):
    settings.PUBLIC_URL, settings.HTTPS = "https://chat.example", True
    settings.ALLOWED_HOSTS = ["chat.example", "localhost", "127.0.0.1"]
    tab = await open_socket(ada, origin=origin, host=host)
    await tab.ask("Am I there?")
    event = await tab.receive()
    assert event.get("code") == (None if is_ours else "foreign_origin")


async def test_commands_of_a_foreign_page_are_ignored(site, ada):
    tab = await open_socket(ada, origin="https://evil.example")
    await tab.ask("Whose cookie is this?")
    assert (await tab.receive())["code"] == "foreign_origin"
    assert await tab.closed_with() == 4403
    await tab.close()

    assert await row_counts() == (0, 0)
