"""The part of `python -m bench.page` that measures a long conversation. See docs/performance.md."""

from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Page

TURNS = 1000
SCROLLED_TURNS = 200
RUNS = 5
MAX_USABLE_MS = 1000
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

# Usable means that the last turn is rendered, including its Markdown, and that a message can be sent.
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
    """What the conversation cost, in milliseconds."""

    usable: float
    longest_frame: float


def long_conversation(username: str, turns: int = TURNS) -> str:
    """Create a conversation of so many turns; return its path."""
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
    """Measure how soon the page is usable, and the longest frame while it is scrolled up."""
    return Measured(usable_after(page, address), page.evaluate(SCROLL_UP, SCROLLED_TURNS))


def usable_after(page: Page, address: str) -> float:
    """Return the milliseconds from the navigation until the page is usable, the median of some runs."""
    times = []
    for _ in range(RUNS):
        page.goto(address, wait_until="commit")
        times.append(page.wait_for_function(IS_USABLE, polling="raf").json_value())
    return sorted(times)[RUNS // 2]


def measure_long(context: BrowserContext, short: str, long: str) -> Iterator[str]:
    """Measure and print a conversation of `TURNS` turns and one of a single turn; yield a sentence if too slow."""
    page = context.new_page()
    baseline = usable_after(page, short)
    measured = measure(page, long)
    page.close()
    print(f"\n{TURNS} turns: usable after {measured.usable:.0f} ms, one turn after {baseline:.0f} ms.")
    print(f"While scrolling up through {SCROLLED_TURNS} turns, the longest frame took {measured.longest_frame:.0f} ms.")
    if measured.usable > MAX_USABLE_MS:
        yield f"{TURNS} turns: not usable within {MAX_USABLE_MS} ms"
