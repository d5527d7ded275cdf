"""What the stand-in answers: useful for a demo, and never pretending to come from a model."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator

from standin import fillers
from standin.compaction import unsealed
from standin.context import OUTPUTS, Context, asked_in, text_of, user_messages
from standin.documents import Document
from standin.drawing import DEFAULT_SIZE, TOOL, Drawing
from standin.errors import Json
from standin.events import Call, Part, Reasoning, Text
from standin.images import decode

REASONING_MODEL = "standin-reasoning"
MODELS = ("standin", REASONING_MODEL)
MAX_QUOTED_CHARACTERS = 600
MAX_LINE_CHARACTERS = 200
MIN_WORD_CHARACTERS = 4
"""Of the words by which a line of a file is found."""
DRAWN = re.compile(r"\b(draw|paint)", re.IGNORECASE)
SIZE = re.compile(r"(\d{1,4})x(\d{1,4})")
MAX_SIDE = 3840
MAX_TITLE_WORDS = 5
MAX_SUMMARIZED_LINES, MAX_SUMMARIZED_CHARACTERS = 12, 80


def answer(context: Context) -> list[Part]:
    """Return the parts of the answer to a request."""
    parts: list[Part] = []
    if context.body["model"] == REASONING_MODEL or re.search(r"\bthink", context.question, re.IGNORECASE):
        parts.append(Reasoning(reasoning(context)))
    tool = requested_tool(context)
    if image := requested_drawing(context):
        parts += [image, Text(f"The stand-in {'refused to draw' if image.is_refused else 'drew'} that.")]
    elif tool:
        arguments = fillers.fill(tool.get("parameters") or {}, context.question)
        parts.append(Call(tool["name"], json.dumps(arguments, ensure_ascii=False)))
    else:
        parts.append(Text(text(context)))
    return parts


def requested_tool(context: Context) -> Json | None:
    """Return the function that the user names, or None if there is none or the tools have just answered."""
    if is_answered_by_tools(context) or context.body.get("tool_choice") == "none":
        return None
    tools = context.body.get("tools") or []
    return next((tool for tool in tools if tool["type"] == "function" and tool["name"] in context.question), None)


def is_answered_by_tools(context: Context) -> bool:
    return bool(context.new) and context.new[-1]["type"] in OUTPUTS


def requested_drawing(context: Context) -> Drawing | None:
    """Return the image that the last message asks for; None if it asks for none, or if no tool can make one."""
    tools = [] if context.body.get("tool_choice") == "none" else context.body.get("tools") or []
    tool = next((tool for tool in tools if tool["type"] == TOOL), None)
    if tool is None or not DRAWN.search(context.question):
        return None
    size = SIZE.fullmatch(tool.get("size") or "")
    chosen = {name: tool.get(name) for name in ("quality", "background", "output_format")}
    return Drawing(
        context.question,
        (min(int(size[1]), MAX_SIDE), min(int(size[2]), MAX_SIDE)) if size else DEFAULT_SIZE,
        tool.get("partial_images") or 0,
        source=source(context),
        **{name: value for name, value in chosen.items() if value not in (None, "auto")},
    )


def source(context: Context) -> bytes | None:
    """Return the image that is to be changed: an attached one, or for "again" the last one that was made or sent."""
    found = [image for message in user_messages(context.new)[-1:] for image in attached(message)]
    if not found and re.search(r"\bagain\b", context.question, re.IGNORECASE):
        found = [image for item in context.items for image in attached(item)]
    return found[-1] if found else None


def attached(item: Json) -> Iterator[bytes]:
    if item["type"] == f"{TOOL}_call" and item.get("result"):
        yield base64.b64decode(item["result"])
    for part in item.get("content") or [] if item.get("role") == "user" else []:
        if part["type"] == "input_image" and str(part.get("image_url")).startswith("data:"):
            yield decode(part["image_url"], "input")


def text(context: Context) -> str:
    format_ = (context.body.get("text") or {}).get("format") or {}
    if format_.get("type") == "json_schema":
        return structured(format_["schema"], context.question)
    if format_.get("type") == "json_object":
        return json.dumps({"from": "the stand-in", "question": context.question}, ensure_ascii=False)
    if is_title_request(context):
        return title(context)
    if is_summary_request(context):
        return summary(context)
    return "\n\n".join(filter(None, [introduce(context), *describe_attachments(context), *sections(context)]))


def structured(schema: Json, question: str) -> str:
    """Return JSON that fits a schema, with as many entries in its lists as the question names ("40 rows")."""
    wanted = re.search(r"(\d{1,5}) (?:rows|entries)", question)
    value = fillers.fill_much(schema, question, int(wanted[1])) if wanted else fillers.fill_much(schema, question)
    return json.dumps(value, ensure_ascii=False)


def is_title_request(context: Context) -> bool:
    return "title" in (context.body.get("instructions") or "") and "<question>" in context.question


def title(context: Context) -> str:
    """Return the first words of what stands between `<question>` tags in the question."""
    tagged = re.search(r"<question>(.*?)</question>", context.question, re.DOTALL)
    words = tagged[1].split() if tagged else []
    return " ".join(words[:MAX_TITLE_WORDS]).rstrip("?!.,:;") or "Untitled"


def is_summary_request(context: Context) -> bool:
    return "summar" in (context.body.get("instructions") or "").lower() and "<conversation>" in context.question


def summary(context: Context) -> str:
    """Return the beginnings of the lines that stand between `<conversation>` tags in the question."""
    tagged = re.search(r"<conversation>\n(.*?)\n</conversation>", context.question, re.DOTALL)
    lines = [line for line in (tagged[1] if tagged else "").splitlines() if line.strip()]
    said = "\n".join(f"- {line[:MAX_SUMMARIZED_CHARACTERS]}" for line in lines[:MAX_SUMMARIZED_LINES])
    return f"Somebody talked with the stand-in:\n\n{said}"


def introduce(context: Context) -> str:
    if is_answered_by_tools(context):
        outputs = [text_of(item) for item in context.new if item["type"] in OUTPUTS]
        return "I am the stand-in, not a model. The tools answered:\n\n" + "\n\n".join(map(quote, outputs))
    lines = ["I am the **stand-in**: a small program in place of a model, so I know nothing. You asked:"]
    lines.append(quote(context.question or "(no words)"))
    lines.append(describe_turns(context))
    return "\n\n".join(lines)


def quote(question: str) -> str:
    start = question if len(question) <= MAX_QUOTED_CHARACTERS else question[:MAX_QUOTED_CHARACTERS] + " …"
    return "\n".join(f"> {line}".rstrip() for line in start.splitlines())


def describe_turns(context: Context) -> str:
    """Count the messages, which shows that the chain, or its replay, arrived."""
    if compacted := unsealed(context.items):
        began = f"of which the first {compacted.messages} were compacted"
        turn = compacted.messages + len(user_messages(context.given))
        return f"This is turn {turn}, {began}. The conversation began with “{compacted.began}”."
    asked = user_messages(context.items)
    if len(asked) < 2:
        return "This is the first turn I was given."
    chained = len(user_messages(context.chain))
    through = f"{chained} of the earlier ones through `previous_response_id`"
    began = asked_in(asked[0]).split("\n")[0][:80]
    return f"This is turn {len(asked)}, {through}. The conversation began with “{began}”."


def describe_attachments(context: Context) -> list[str]:
    parts = [part for message in user_messages(context.new) for part in message["content"]]
    described = []
    for part in parts:
        if part["type"] == "input_image" and part["image_url"] in context.images:
            described.append(f"**Image:** {context.images[part['image_url']]}.")
        elif part["type"] == "input_image":
            described.append("**Image:** it has a web address, and the stand-in fetches nothing.")
        elif part["type"] == "input_file" and part.get("file_url"):
            described.append("**File:** it has a web address, and the stand-in fetches nothing.")
    newest = [*context.files(user_messages(context.new)[-1:])]
    described += [describe_file(document, context.question) for document in newest]
    for document in context.files(context.items):
        line = fitting_line(document, context.question)
        if line and document not in newest:
            described.append(f"**In {document.name}:** “{line}”")
    return described


def describe_file(document: Document, question: str) -> str:
    """Say what a file is, with a line of it: one with words of the question, or else the first one."""
    line = fitting_line(document, question) or next(iter(document.lines), "")[:MAX_LINE_CHARACTERS]
    return f"**File:** {document}. It says: “{line}”" if line else f"**File:** {document}. It has no text."


def fitting_line(document: Document, question: str) -> str:
    """Return the line of a file that has the most words of a question; nothing if none has one."""
    words = {word for word in re.findall(r"\w+", question.lower()) if len(word) >= MIN_WORD_CHARACTERS}
    common = [(len(words.intersection(re.findall(r"\w+", line.lower()))), line) for line in document.lines]
    most = max((count for count, _ in common), default=0)
    return next(line for count, line in common if count == most)[:MAX_LINE_CHARACTERS] if most else ""


def reasoning(context: Context) -> str:
    return (
        "**Reading the question**\n\n"
        f"It has {len(context.question.split())} words. "
        "There is nothing to think about: the stand-in answers by rule."
    )


def sections(context: Context) -> list[str]:
    """Return the sections whose words occur in the question, in the order of `SECTIONS`."""
    return [section() for word, section in SECTIONS.items() if re.search(rf"\b{word}", context.question, re.IGNORECASE)]


def code() -> str:
    return '''## Code

```python
def collatz(number: int) -> list[int]:
    """The steps from a number down to one."""
    steps = [number]
    while number != 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        steps.append(number)
    return steps


print(collatz(6))  # [6, 3, 10, 5, 16, 8, 4, 2, 1]
```'''


def table() -> str:
    return """## A table

| Planet | Moons | Day in hours |
|:-------|------:|-------------:|
| Mercury | 0 | 4222.6 |
| Venus | 0 | 2802.0 |
| Earth | 1 | 24.0 |
| Mars | 2 | 24.7 |"""


def listing() -> str:
    return """## Lists

1. Weigh the flour.
2. Add water:
   - warm, not hot;
   - a little at a time.
3. Wait.

- [x] bread
- [ ] butter"""


def formula() -> str:
    return "## A formula\n\nInline, $e^{i\\pi} + 1 = 0$, and on its own:\n\n$$\\sum_{k=1}^{n} k = \\frac{n(n+1)}{2}$$"


def link() -> str:
    return "## A link\n\nThe interface is described in [OpenAI's guides](https://platform.openai.com/docs)."


def long() -> str:
    paragraph = (
        "This paragraph has no content, only length: it is here so that an answer takes its time, scrolls, can be "
        "stopped half-way, and shows whether a reader who scrolled up is left in peace. "
    )
    return "\n\n".join(f"## Part {number}\n\n{paragraph * 3}".rstrip() for number in range(1, 11))


SECTIONS: dict[str, Callable[[], str]] = {
    "code": code,
    "table": table,
    "list": listing,
    "formula": formula,
    "link": link,
    "long": long,
}
