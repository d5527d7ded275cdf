"""The site as an installable app: its manifest, and the hosts that its pages make requests to."""

import json
from urllib.parse import urlsplit

from tests.support.browser.everything import ask_everything


def test_browser_can_install_the_site_as_an_app(ada):
    session = ada.context.new_cdp_session(ada)
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # The tests' tabs are incognito, where nothing can be installed.
    assert [error["errorId"] for error in errors] == ["in-incognito"]
    found = session.send("Page.getAppManifest")
    assert found["errors"] == []
    manifest = json.loads(found["data"])
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    for icon in manifest["icons"]:
        width = ada.evaluate(
            "src => new Promise((seen) => Object.assign(new Image(), {src, onload() { seen(this.naturalWidth) }}))",
            icon["src"],
        )
        assert icon["sizes"] in {"any", f"{width}x{width}"}


def test_whole_session_requests_nothing_from_other_hosts(open_tab, provider):
    tab = open_tab("ada")
    asked = []
    tab.context.on("request", lambda request: asked.append(request.url))
    ask_everything(tab, provider)
    tab.reload()
    here = urlsplit(tab.url).netloc
    assert len(asked) > 10
    assert {urlsplit(url).netloc for url in asked if urlsplit(url).scheme not in {"blob", "data"}} == {here}
