"""What a long conversation costs its reader, for `python -m bench.page`. See docs/performance.md."""

from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Page

TURNS = 1000
SCROLLED = 200
"""So many of them are scrolled through."""
RUNS = 5
USABLE = 1000
"""Milliseconds."""
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


def open_long(context: BrowserContext, one: str, all_of_them: str) -> Iterator[str]:
    """Measure and print; yields a sentence where the target is missed. The addresses: of one turn, and of `TURNS`."""
    page = context.new_page()
    beside = usable_after(page, one)
    measured = measure(page, all_of_them)
    page.close()
    print(f"\n{TURNS} turns: usable after {measured.usable:.0f} ms, one turn after {beside:.0f} ms.")
    print(f"Upwards through {SCROLLED} of them the longest frame took {measured.longest_frame:.0f} ms.")
    if measured.usable > USABLE:
        yield f"{TURNS} turns: not usable within {USABLE} ms"
