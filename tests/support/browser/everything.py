"""A conversation that contains everything that a conversation can contain."""

import base64

from playwright.sync_api import Page, expect

from tests.support.browser.chat import answers, ask, await_answer
from tests.support.images import encoded, image
from tests.support.provider import Provider

MARKDOWN = """\
# The tides at Brest

Water rises **twice a day**; see [the tables](https://example.org/tides), the `height()` function and ~~the old~~ *new*
rules[^1].

## A table

| Day | High tide | Height |
| --- | :-: | --: |
| Monday | 06:12 | 5.20 m |
| Tuesday | 07:03 | 5.45 m |

### Code

```python
# The twelfths: how far the water has risen.
def height(hour: int) -> float:
    return sum([1, 2, 3, 3, 2, 1][:hour]) / 12 * 5.2
```

#### Lists

1. First
   - a bullet
2. Second

- [x] looked it up
- [ ] went there

> Time and tide wait for no man.

Inline $a^2 + b^2 = c^2$, and on a line of its own:

$$h(t) = \\frac{H}{2} \\cos(\\omega t)$$

```mermaid
graph LR
  Moon --> Tide
  Sun --> Tide
```

---

[^1]: They are from 1837.
"""

REASONING = [
    {"event": {"type": "response.created", "response": "$response"}},
    {
        "event": {
            "type": "response.output_item.done",
            "output_index": 0,
            "item": {
                "id": "rs_1",
                "type": "reasoning",
                "summary": [{"type": "summary_text", "text": "**Thinking of the moon**\n\nIt pulls."}],
            },
        }
    },
    {
        "event": {
            "type": "response.output_item.done",
            "output_index": 1,
            "item": {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "status": "completed",
                "content": [
                    {"type": "output_text", "text": "The moon.", "annotations": []},
                    {"type": "refusal", "refusal": "I can't say more."},
                ],
            },
        }
    },
    {
        "event": {
            "type": "response.output_item.done",
            "output_index": 2,
            "item": {
                "id": "ig_1",
                "type": "image_generation_call",
                "status": "completed",
                "result": base64.b64encode(encoded(image(640, 400))).decode(),
                "revised_prompt": "The moon above the sea",
            },
        }
    },
    {"event": {"type": "response.completed", "response": "$response"}},
]


def ask_everything(tab: Page, provider: Provider) -> None:
    """Have the conversation, and leave it open in the tab."""
    provider.script(match="everything", text=MARKDOWN)
    provider.script(match="reason", steps=REASONING)
    provider.script(match="fails", error={"status": 400, "body": {"error": {"message": "No.", "type": "x"}}})
    provider.script(match="stops", text="Half of an answer", deltas=2, at={"5": {"wait": "never"}})

    tab.locator("input[type=file]").set_input_files(
        {"name": "harbour.png", "mimeType": "image/png", "buffer": encoded(image())}
    )
    ask(tab, "Tell me everything about tides.")
    await_answer(tab)
    ask(tab, "For what reason? שלום")
    expect(answers(tab)).to_have_count(2)
    await_answer(tab)
    answers(tab).last.get_by_role("button", name="Regenerate").click()
    expect(tab.locator(".place:visible")).to_have_count(1)
    await_answer(tab)
    ask(tab, "What fails?")
    expect(answers(tab)).to_have_count(3)
    await_answer(tab)
    ask(tab, "What stops?")
    expect(answers(tab).last).to_contain_text("Half")
    tab.get_by_role("button", name="Stop").click()
    await_answer(tab)
