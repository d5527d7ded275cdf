"""The part of `python -m bench.page` that measures a long conversation. See docs/performance.md."""

from collections.abc import Iterator

from playwright.sync_api import BrowserContext

from bench.page_answers import DELTA_CHARACTERS, DELTA_SECONDS, measure_streaming
from bench.page_trace import MAX_TASK_MS, MAX_USABLE_MS, heap_and_nodes, missed, traced, usable_after
from bench.texts import mixed

TURNS = 5000
SCROLLED_TURNS = (200, 600)
"""Two stretches of scrolling up: a turn of the second one must not cost more than one of the first."""
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

# Usable means that the last turn is rendered, including its Markdown, and that a message can be written and sent.
AWAIT_USABLE = """() => new Promise((resolve) => {
    const look = () => {
        const field = document.querySelector("chat-composer textarea");
        if (field && !field.value) field.value = "How high is it now?";
        field?.dispatchEvent(new Event("input", { bubbles: true }));
        const last = document.querySelector("chat-response:last-of-type markdown-text figure");
        const isReady = last && document.querySelector(".send")?.disabled === false;
        if (isReady && last.getBoundingClientRect().bottom < innerHeight) resolve(performance.now());
        else requestAnimationFrame(look);
    };
    look();
})"""

SCROLL_UP = """async (turns) => {
    const log = document.querySelector(".log");
    const responses = log.querySelector(".responses");
    while (responses.childElementCount < turns) {
        log.scrollTop -= 1000;
        await new Promise(requestAnimationFrame);
    }
}"""


def conversations(username: str) -> list[str]:
    """Create a conversation of a single turn and one of `TURNS` turns; return their paths."""
    return [conversation_of(username, turns) for turns in (1, TURNS)]


def conversation_of(username: str, turns: int) -> str:
    """Create a conversation of so many turns; return its path."""
    from accounts.models import User
    from conversations.models import Conversation, Response

    user = User.objects.get(username=username)
    conversation = Conversation.objects.create(user=user, title="Thousands of tides")
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


def measure(context: BrowserContext, upstream: str, paths: list[str]) -> Iterator[str]:
    """Measure and print a conversation of `TURNS` turns beside one of a single turn; yield each missed target."""
    tab = context.new_page()
    short, long = paths
    baseline = usable_after(tab, short, AWAIT_USABLE)
    before, _ = heap_and_nodes(tab)
    usable = usable_after(tab, long, AWAIT_USABLE)
    opened, nodes = heap_and_nodes(tab)
    print(
        f"\n{TURNS} turns: usable after {usable:.0f} ms, {opened:.1f} MB; one turn: {baseline:.0f} ms, {before:.1f} MB"
    )
    yield from missed(f"{TURNS} turns: milliseconds until usable", usable, MAX_USABLE_MS)

    for turns in SCROLLED_TURNS:
        with traced(tab) as tasks:
            tab.evaluate(SCROLL_UP, turns)
        heap, nodes = heap_and_nodes(tab)
        print(f"Scrolled up through {turns} turns: longest task {tasks.longest():.1f} ms, {heap:.1f} MB, {nodes} nodes")
        yield from missed(
            f"{TURNS} turns: milliseconds of the longest task in {turns} turns", tasks.longest(), MAX_TASK_MS
        )

    text = mixed(100_000)
    tab.goto(long)
    tab.evaluate(AWAIT_USABLE)
    asked = measure_streaming(tab, upstream, text=text, deltas=len(text) // DELTA_CHARACTERS, delay=DELTA_SECONDS)
    print(
        f"A message asked there: longest task {asked.longest:.1f} ms, a frame {asked.first:.1f} to {asked.last:.1f} ms"
    )
    yield from missed(f"{TURNS} turns: milliseconds of the longest task while it streams", asked.longest, MAX_TASK_MS)
    tab.close()
