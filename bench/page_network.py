"""The part of `python -m bench.page` that loads the page over a slow network, which Chromium emulates.

See docs/performance.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import BrowserContext, Page, Request, WebSocket

from bench.page_trace import missed

BITS_PER_SECOND = 10_000_000
RUNS = 5
MAX_REQUESTS = 20
MAX_KILOBYTES = 140
MAX_COLD_MS = {50: 600, 150: 1200}
"""The milliseconds there and back -> those until a first load is usable."""
MAX_WARM_MS = 300

# Usable means that what is written can be sent, and that the last answer is drawn, if there is one.
AWAIT_USABLE = """(isAnswered) => new Promise((resolve) => {
    const look = () => {
        const field = document.querySelector("chat-composer textarea");
        if (field && !field.value) field.value = "How high is it now?";
        field?.dispatchEvent(new Event("input", { bubbles: true }));
        const isDrawn = !isAnswered || document.querySelector("chat-response:last-of-type markdown-text figure");
        const send = document.querySelector("chat-composer .send");
        if (isDrawn && send?.disabled === false && !send.hidden) resolve(performance.now());
        else requestAnimationFrame(look);
    };
    look();
})"""


@dataclass
class Load:
    """One load of a page."""

    usable: float
    """The milliseconds from the navigation until the page is usable."""
    requests: int
    """Those of the page and of its workers, and the socket."""
    transferred: int
    """The bytes of their responses, headers included."""


def measure(context: BrowserContext, origin: str, conversation: str) -> Iterator[str]:
    """Measure and print loads of the home page and of a conversation; yield each missed target."""
    print(f"\n{'loaded over a network':<28}{'requests':>10}{'kB':>8}{'cold, ms':>12}{'warm, ms':>12}")
    for name, path in (("home", "/"), ("a conversation", conversation)):
        # The server's own first time isn't the network's.
        context.request.get(origin + path)
        for latency, most_ms in MAX_COLD_MS.items():
            title = f"{name}, {latency} ms"
            cold, warm = load_repeatedly(context, origin + path, latency)
            requests = max(each.requests for each in cold)
            kilobytes = max(each.transferred for each in cold) / 1000
            first, later = (median(each.usable for each in loads) for loads in (cold, warm))
            print(f"{title:<28}{requests:>10}{kilobytes:>8.1f}{first:>12.0f}{later:>12.0f}", flush=True)
            yield from missed(f"{title}: requests of a first load", requests, MAX_REQUESTS)
            yield from missed(f"{title}: kilobytes of a first load", kilobytes, MAX_KILOBYTES)
            yield from missed(f"{title}: milliseconds until a first load is usable", first, most_ms)
            yield from missed(f"{title}: milliseconds until a later load is usable", later, MAX_WARM_MS)


def load_repeatedly(context: BrowserContext, address: str, latency: int) -> tuple[list[Load], list[Load]]:
    """Return first loads, each in a browser that has nothing of the site but the cookie, and second loads."""
    assert context.browser is not None
    cold, warm = [], []
    for _ in range(RUNS):
        fresh = context.browser.new_context(storage_state=context.storage_state())
        page = fresh.new_page()
        emulate_network(page, latency)
        cold.append(load(page, address))
        warm.append(load(page, address))
        fresh.close()
    return cold, warm


def emulate_network(page: Page, latency: int) -> None:
    """Slow down what the page requests: so many milliseconds there and back, and a limited bandwidth."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    speed = {"downloadThroughput": BITS_PER_SECOND / 8, "uploadThroughput": BITS_PER_SECOND / 8}
    session.send("Network.emulateNetworkConditions", {"offline": False, "latency": latency, **speed})


def load(page: Page, address: str) -> Load:
    """Load a page until it is usable and requests nothing more."""
    requests: list[Request] = []
    sockets: list[WebSocket] = []

    def note_request(request: Request) -> None:
        requests.append(request)

    def note_socket(socket: WebSocket) -> None:
        sockets.append(socket)

    page.on("request", note_request)
    page.on("websocket", note_socket)
    page.goto(address, wait_until="commit")
    usable = page.evaluate(AWAIT_USABLE, "/conversations/" in address)
    page.wait_for_load_state("networkidle")
    page.remove_listener("request", note_request)
    page.remove_listener("websocket", note_socket)
    return Load(usable, len(requests) + len(sockets), sum(map(bytes_of, requests)))


def bytes_of(request: Request) -> int:
    """Return the bytes of a response by its headers, because Playwright counts no body of what a worker loads."""
    response = request.response()
    assert response is not None
    return int(response.headers.get("content-length", 0)) + int(request.sizes()["responseHeadersSize"])
