"""The part of `python -m bench.page` that measures a long list of conversations. See docs/performance.md."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from playwright.sync_api import BrowserContext, Page

from bench.page_answers import script
from bench.page_trace import MAX_GROWTH, MAX_TASK_MS, MAX_USABLE_MS, heap_and_nodes, missed, traced, usable_after

CONVERSATIONS = 10_000
WORDS = "tides of place 77"

# A script adds the headings when it has taken over the list.
AWAIT_LISTED = """() => new Promise((resolve) => {
    const isReady = () => document.querySelector("conversation-list .day") !== null;
    const look = () => isReady() ? resolve(performance.now()) : requestAnimationFrame(look);
    look();
})"""

SCROLL_DOWN = """async () => {
    const [listed, older] = document.querySelectorAll(".listed, .older");
    performance.mark("begun");
    while (!older.hidden) {
        listed.scrollTop = listed.scrollHeight;
        await new Promise(requestAnimationFrame);
    }
    performance.mark("ended");
}"""

COUNT = "() => document.querySelectorAll('conversation-list li.entry').length"
# The page looks for what is clicked. Playwright would search the whole page, which costs the page.
PLACE_IN_ENTRY = """([at, selector]) => {
    const part = document.querySelectorAll("conversation-list li.entry")[at].querySelector(selector);
    part.scrollIntoView({ block: "center" });
    const { x, y, width, height } = part.getBoundingClientRect();
    return [x + width / 2, y + height / 2];
}"""
AWAIT_TITLE = """(title) => new Promise((resolve) => {
    const isThere = () => document.querySelector("conversation-list li.entry .label").title === title;
    const look = () => isThere() ? resolve() : requestAnimationFrame(look);
    look();
})"""


def conversations(username: str) -> list[str]:
    """Create `CONVERSATIONS` conversations of one turn; return the paths of the newest and of one in the middle."""
    from django.utils import timezone

    from accounts.models import User
    from conversations.models import Conversation, Response

    user = User.objects.get(username=username)
    now = timezone.now()
    made = [
        Conversation(user=user, title=f"The tides of place {number}", updated_at=now - timedelta(minutes=67 * number))
        for number in range(CONVERSATIONS)
    ]
    Conversation.objects.bulk_create(made, batch_size=1000)
    Response.objects.bulk_create(
        [
            Response(
                conversation=conversation,
                user=user,
                model="bench",
                input=[_message("user", "input_text", "How high is the tide there?")],
                output=[_message("assistant", "output_text", "Six metres, about noon.")],
                status=Response.Status.COMPLETED,
                completed_at=now,
            )
            for conversation in made
        ],
        batch_size=1000,
    )
    return [made[at].get_absolute_url() for at in (0, CONVERSATIONS // 2)]


def _message(role: str, type_: str, text: str) -> dict[str, object]:
    return {"type": "message", "role": role, "content": [{"type": type_, "text": text}]}


def measure(context: BrowserContext, upstream: str, paths: list[str]) -> Iterator[str]:
    """Measure and print a list of `CONVERSATIONS`, all of which are shown; yield a sentence for each missed target."""
    tab = context.new_page()
    usable = usable_after(tab, paths[1], AWAIT_LISTED)
    print(f"\nA list of {CONVERSATIONS} conversations: usable after {usable:.0f} ms")
    yield from missed(f"{CONVERSATIONS} conversations: milliseconds until usable", usable, MAX_USABLE_MS)

    with traced(tab) as tasks:
        tab.evaluate(SCROLL_DOWN)
    first, last = tasks.tenths("begun", "ended")
    heap, nodes = heap_and_nodes(tab)
    print(
        f"Scrolled to the end: longest task {tasks.longest():.1f} ms, a frame {first:.1f} to {last:.1f} ms, "
        f"{tab.evaluate(COUNT)} entries, {heap:.1f} MB, {nodes} nodes"
    )
    yield from missed("Scrolling the list: milliseconds of the longest task", tasks.longest(), MAX_TASK_MS)
    yield from missed("Scrolling the list: cost of the last frames beside the first", last / first, MAX_GROWTH)

    for name, act in _actions(tab, upstream).items():
        with traced(tab) as tasks:
            act()
            tab.wait_for_timeout(500)
        print(f"{name}: longest task {tasks.longest():.1f} ms", flush=True)
        yield from missed(f"{name}: milliseconds of the longest task", tasks.longest(), MAX_TASK_MS)
    tab.close()


def _actions(tab: Page, upstream: str) -> dict[str, Callable[[], None]]:
    """Return what a person does with the list when it shows everything."""

    def click(at: int, selector: str) -> None:
        tab.mouse.click(*tab.evaluate(PLACE_IN_ENTRY, [at, selector]))

    def search() -> None:
        tab.keyboard.press("/")
        tab.keyboard.type(WORDS, delay=60)
        tab.wait_for_timeout(1000)
        tab.keyboard.press("Escape")

    def rename() -> None:
        click(CONVERSATIONS // 2, ".options")
        tab.wait_for_timeout(200)
        # The first choice of the menu has the focus.
        tab.keyboard.press("Enter")
        tab.keyboard.type("Spring tides")
        tab.keyboard.press("Enter")

    def keyboard() -> None:
        tab.evaluate("document.querySelector('conversation-list .entry .label').focus()")
        for _ in range(10):
            tab.keyboard.press("Tab")

    def open_another() -> None:
        click(30, ".label")

    def arrive() -> None:
        script(upstream, text="Six metres.")
        other = tab.context.new_page()
        other.goto("/")
        other.get_by_role("textbox", name="Message", exact=True).fill("Neap tides?")
        other.get_by_role("button", name="Send").click()
        tab.evaluate(AWAIT_TITLE, "Neap tides?")
        other.close()

    return {
        "Searching as one types": search,
        "Renaming in the middle": rename,
        "Going through entries by Tab": keyboard,
        "Opening another one": open_another,
        "A new one arriving": arrive,
    }
