"""The elements of a page, checked for what must not be in one."""

from html.parser import HTMLParser


class PageElements(HTMLParser):
    """The elements of a page with their URLs. Fails if there is a script, style or handler that isn't ours."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str | None]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        url = attributes.get("src") or attributes.get("href")
        self.found.append((tag, url))
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        if tag == "script" and url is None:
            assert attributes["type"] == "application/json"
        elif tag in ("script", "img", "iframe", "link") and url is not None:
            assert url.startswith(("/static/", "/attachments/", "/admin/jsi18n/", "/diagram/"))
