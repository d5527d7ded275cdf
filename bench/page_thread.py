"""What a long conversation costs its reader: `python -m bench.page_thread`. See docs/performance.md."""

import sys
from dataclasses import dataclass

from playwright.sync_api import Page, sync_playwright

from bench import site
from bench.processes import pin
from tests.browser.chromium import ARGUMENTS, executable

TURNS = 1000
SCROLLED = 200
"""So many of them are scrolled through."""
RUNS = 5
ANSWER = """\
The tide of turn **{number}** is `{number}` cm above *chart datum*, see [the tables](https://example.org/{number}).

| Place | High | Low |
|---|---:|---:|
| Brest | {number} | 1 |
| Dover | 2 | {number} |

```python
def tide(hour: int) -> float:
    # A cosine will do, {number} times.
    return {number} * cos(hour / 6.2)
```

1. Look out of the window.
2. Measure, then wait for some twelve hours and measure again.
"""

# As soon as the last turn is drawn, its Markdown included, and the question's field takes words.
IS_USABLE = """() => {
    const last = document.querySelector("chat-response:last-of-type markdown-text figure");
    const send = document.querySelector(".send");
    const { bottom } = last?.getBoundingClientRect() ?? { bottom: Infinity };
    return last !== null && bottom < innerHeight && !send.disabled && performance.now();
}"""

SCROLL_UP = """async (turns) => {
    const log = document.querySelector(".log");
    let longest = 0;
    let before = await new Promise(requestAnimationFrame);
    while (document.querySelectorAll("chat-response").length < turns) {
        log.scrollTop -= 1000;
        const now = await new Promise(requestAnimationFrame);
        longest = Math.max(longest, now - before);
        before = now;
    }
    return longest;
}"""


@dataclass
class Measured:
    """Milliseconds."""

    usable: float
    longest_frame: float


def long_conversation(username: str, turns: int = TURNS) -> str:
    """The address of a new conversation of so many turns."""
    from accounts.models import User
    from conversations.models import Conversation, Response

    user = User.objects.get(username=username)
    conversation = Conversation.objects.create(user=user, title="A thousand tides")
    previous = None
    made = []
    for number in range(turns):
        question = {"type": "input_text", "text": f"How high is the tide of turn {number}?"}
        answer = {"type": "output_text", "text": ANSWER.format(number=number), "annotations": []}
        previous = Response(
            conversation=conversation,
            user=user,
            previous=previous,
            model="bench",
            input=[{"type": "message", "role": "user", "content": [question]}],
            output=[{"type": "message", "role": "assistant", "status": "completed", "content": [answer]}],
            status=Response.Status.COMPLETED,
            completed_at=conversation.created_at,
        )
        made.append(previous)
    Response.objects.bulk_create(made)
    return conversation.get_absolute_url()


def measure(page: Page, address: str) -> Measured:
    """From the navigation until the newest turns are drawn and can be answered; then up."""
    return Measured(usable_after(page, address), page.evaluate(SCROLL_UP, SCROLLED))


def usable_after(page: Page, address: str) -> float:
    """The median of some navigations."""
    times = []
    for _ in range(RUNS):
        page.goto(address, wait_until="commit")
        times.append(page.wait_for_function(IS_USABLE, polling="raf").json_value())
    return sorted(times)[RUNS // 2]


def main() -> None:
    core = pin()
    site.prepare("http://127.0.0.1:9/v1")
    # Before Playwright's loop, beside which the ORM won't work.
    [cookie] = site.sign_in(1)
    short, long = long_conversation("person0", turns=1), long_conversation("person0")
    with site.running_site(core) as (_, port), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        context = browser.new_context()
        origin = f"http://127.0.0.1:{port}"
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": origin}])
        page = context.new_page()
        beside = usable_after(page, origin + short)
        measured = measure(page, origin + long)
        browser.close()
    print(f"{TURNS} turns: usable after {measured.usable:.0f} ms, one turn after {beside:.0f} ms")
    print(f"Upwards through {SCROLLED} of them the longest frame took {measured.longest_frame:.0f} ms.")
    sys.exit(measured.usable > 1000)


if __name__ == "__main__":
    main()
