"""Output items other than text: each type is shown, and looks the same while it streams and after a reload."""

import json
import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from chatsite.environment import BASE_DIR
from tests.support.browser.chat import answers, ask, await_answer
from tests.support.browser.requests import hold, release
from tests.support.browser.sharing import share_link
from tests.support.browser.tabs import OpenTab

CASES: dict[str, Any] = json.loads((BASE_DIR / "tests/support/items.json").read_text())
ITEMS = [case["item"] for case in CASES["items"] if case["item"].get("type")]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CREATED: dict[str, Any] = {"event": {"type": "response.created", "response": "$response"}}
ANNOTATIONS = [case["annotation"] for case in CASES["sources"]]


def event(name: str, **fields: Any) -> dict[str, Any]:
    return {"event": {"type": f"response.{name}", "output_index": 0, **fields}}


def completed(*output: dict[str, Any]) -> dict[str, Any]:
    return {"event": {"type": "response.completed", "response": {"$response": {"output": output}}}}


def shown_items(answer: Locator) -> list[Any]:
    """Return what the page shows of each item: its attributes, its summary line, and the blocks below it."""
    return answer.locator("output-item").evaluate_all("""items => items.map((item) => [
        item.outerHTML.slice(0, item.outerHTML.indexOf(">")),
        item.querySelector("summary").textContent,
        item.querySelector("details").open,
        // PostgreSQL doesn't keep the order of an object's fields.
        [...item.querySelectorAll(".block")].map(({ outerHTML }) => outerHTML.replaceAll(",", "")
            .split(/\\n|<\\/?dl>|(?=<dt>)/).sort()),
    ])""")


def open_review(open_tab: OpenTab) -> Page:
    """Open the newest conversation in the review, as an admin."""
    hopper = open_tab("hopper", "/admin/conversations/conversation/")
    hopper.locator(".field-title_or_untitled a").first.click()
    return hopper


def test_each_type_of_item_is_shown_the_same_live_stored_shared_and_reviewed(ada, open_tab, provider):
    steps = [CREATED]
    for index, item in enumerate(ITEMS):
        steps.append(event("output_item.added", output_index=index, item=item))
        steps.append(event("output_item.done", output_index=index, item=item))
    # The next request has what its calls put out.
    provider.script(times=1, steps=[*steps, completed(*ITEMS)])
    provider.script(text="Done.")
    ask(ada, "Do all that you can")
    await_answer(ada)

    items = answers(ada).locator("output-item")
    cases = [case for case in CASES["items"] if case["item"].get("type")]
    shown = [case for case in cases if case["blocks"] or case["item"]["type"] != "reasoning"]
    expect(items.locator(".title")).to_have_text([title_of(case) for case in shown])
    expect(answers(ada).locator("strong")).to_have_text("Looking")
    live = shown_items(answers(ada))
    for tab in (reload(ada), open_tab("grace", share_link(ada))):
        expect(answers(tab).locator("output-item").first).to_be_visible()
        expect(answers(tab).locator("strong")).to_have_text("Looking")
        assert shown_items(answers(tab)) == live
    reviewed = open_review(open_tab).locator(".answer")
    expect(reviewed.locator("output-item strong")).to_have_text("Looking")
    assert shown_items(reviewed) == live


def title_of(case: dict[str, Any]) -> str:
    """Return the title of an item whose response has ended: its reasoning has, too, and its calls have been made."""
    item, title = case["item"], str(case["title"])
    if item["type"] == "mcp_approval_request":
        return f"{item['server_label']}__{item['name']}"
    if item["type"] in {"function_call", "custom_tool_call"}:
        return str(item["name"])
    for running, ended in (("Thinking", "Thought"), ("Making an image", "Image"), ("Searching", "Searched")):
        title = title.replace(running, ended)
    return title


def reload(tab: Page) -> Page:
    tab.reload()
    return tab


def test_what_a_tool_gave_is_read_as_groups_and_tables_and_what_is_left_out_is_named(ada, provider):
    wide = {f"column {number}": number for number in range(14)}
    output = {"issues": [wide, wide], "page": {"next": "Tide\u202eedit", "tags": ["a", {"b": [1, 2]}]}, "ok": True}
    call = {"type": "mcp_call", "server_label": "tracker", "name": "find", "arguments": "{}", "status": "completed"}
    done = {**call, "output": json.dumps(output)}
    provider.script(steps=[CREATED, event("output_item.done", item=done), completed(done, said("Two."))])
    ask(ada, "Find the issues")
    await_answer(ada)
    item = answers(ada).locator("output-item")
    item.locator("summary").first.click()
    expect(item.get_by_role("columnheader")).to_have_text([f"column {number}" for number in range(12)])
    expect(item.locator("caption")).to_have_text("2 more columns")
    expect(item.locator("dl dl dt")).to_have_text(["next", "tags", "b"])
    expect(item.get_by_text("Tide[U+202E]edit", exact=True)).to_be_visible()
    item.get_by_text("All as JSON").click()
    expect(item.locator("details pre").last).to_contain_text('"column 13": 13')


def said(words: str) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": words}]}


def searched(query: str) -> dict[str, Any]:
    return {"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": query}}


def test_item_keeps_its_place_between_texts(ada, open_tab, provider):
    output = [searched("tide"), said("First."), searched("Brest"), said("Then."), said("Last."), searched("Dover")]
    steps = [event("output_item.done", output_index=index, item=item) for index, item in enumerate(output)]
    provider.script(steps=[CREATED, *steps, completed(*output)])
    ask(ada, "Look here and there")
    await_answer(ada)
    searches = [f"Searched the web {query}" for query in ("tide", "Brest", "Dover")]
    expected = [searches[0], "First.", searches[1], "Then.", "Last.", searches[2]]
    for tab in (ada, reload(ada), open_tab("grace", share_link(ada))):
        expect(answers(tab).locator(".parts > *")).to_have_text(expected)
    expect(open_review(open_tab).locator(".answer .parts > *")).to_have_text(expected)


def test_drawing_items_moves_no_text(ada, open_tab, provider):
    sealed = {"type": "reasoning", "summary": [], "encrypted_content": "sealed"}
    provider.script(
        steps=[CREATED, completed(sealed, searched("tide"), said("First."), searched("Brest"), said("Then."))]
    )
    ask(ada, "Look here and there")
    await_answer(ada)
    for tab in (open_tab("grace", share_link(ada)), open_review(open_tab)):
        held = hold(tab, re.compile(r"/chat/(?:page/share-page|review/transcript)\."))
        tab.reload(wait_until="commit")
        words = tab.locator(".parts > *").filter(has_text="Then.")
        expect(words).to_be_attached()
        styled = "() => [...document.querySelectorAll('link[rel=stylesheet]')].every(({ sheet }) => sheet)"
        tab.wait_for_function(styled)
        before = words.bounding_box()
        assert tab.locator("output-item summary").count() == 0
        release(held)
        expect(tab.locator("output-item summary")).to_have_count(2)
        assert words.bounding_box() == before


def test_texts_are_readable_without_scripts(ada, open_tab, provider):
    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Six metres."}]}
    refusal = {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No more."}]}
    provider.script(steps=[CREATED, completed(ITEMS[0], message, refusal)])
    ask(ada, "Look it up")
    await_answer(ada)
    for address in (ada.url, share_link(ada)):
        tab = open_tab("ada", address, java_script_enabled=False)
        expect(tab.get_by_text("Look it up").last).to_be_visible()
        expect(answers(tab).get_by_text("Six metres.")).to_be_visible()
        expect(answers(tab).get_by_text("No more.")).to_be_visible()
        expect(answers(tab).get_by_text("Sources")).to_be_hidden()
    hopper = open_tab("hopper", "/admin/conversations/conversation/", java_script_enabled=False)
    hopper.locator(".field-title_or_untitled a").first.click()
    expect(hopper.locator(".message")).to_contain_text("Look it up")
    expect(hopper.locator(".answer")).to_contain_text("Six metres.")
    expect(hopper.locator(".answer")).to_contain_text("Refusal: No more.")


def test_reasoning_is_folded_and_names_its_topic(ada, provider):
    thought = {"item_id": "rs_1", "summary_index": 0}
    summary = [{"type": "summary_text", "text": "**Reading the tables**\n\nBrest, then Dover."}]
    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Six metres."}]}
    provider.script(
        steps=[
            CREATED,
            event("output_item.added", item={"id": "rs_1", "type": "reasoning", "summary": []}),
            event("reasoning_summary_text.delta", **thought, delta="**Reading the "),
            event("reasoning_summary_text.delta", **thought, delta="tables**\n\nBrest, "),
            event("reasoning_summary_text.delta", **thought, delta="then Dover."),
            {"wait": "thought", **event("output_item.done", item={"type": "reasoning", "summary": summary})},
            {"wait": "end", **completed({"type": "reasoning", "summary": summary}, message)},
        ]
    )
    ask(ada, "Think about it")
    item = answers(ada).locator("output-item")
    expect(item.locator("summary")).to_have_text("Thinking Reading the tables")
    expect(answers(ada).get_by_role("timer")).to_have_text(re.compile(r"^\d+:\d\d$"))
    expect(item.get_by_text("then Dover.")).to_be_hidden()
    item.locator("summary").click()
    expect(item.get_by_text("Brest, then Dover.")).to_be_visible()

    provider.release("thought")
    expect(item.locator(".title")).to_contain_text("Thought")
    provider.release("end")
    await_answer(ada)
    # An open item stays open.
    expect(item.get_by_text("Brest, then Dover.")).to_be_visible()
    expect(answers(ada)).to_contain_text("Six metres.")


def test_code_and_images_are_shown_while_they_are_generated(ada, provider):
    code = {"type": "code_interpreter_call", "id": "ci_1", "status": "in_progress", "code": "", "outputs": None}
    image_call = {"type": "image_generation_call", "id": "ig_1", "status": "in_progress", "result": None}
    done = [{**code, "status": "completed", "code": "print(6)"}, {**image_call, "status": "completed", "result": PNG}]
    partial = {"output_index": 1, "partial_image_index": 0, "partial_image_b64": PNG, "output_format": "png"}
    provider.script(
        steps=[
            CREATED,
            event("output_item.added", item=code),
            event("code_interpreter_call_code.delta", delta="print("),
            event("code_interpreter_call_code.delta", delta="6)"),
            event("code_interpreter_call.interpreting"),
            event("output_item.added", output_index=1, item=image_call),
            event("image_generation_call.partial_image", **partial),
            {"wait": "end", **completed(*done)},
        ]
    )
    ask(ada, "Paint the tide")
    items = answers(ada).locator("output-item")
    expect(items.first).to_have_attribute("data-state", "running")
    items.first.locator("summary").click()
    expect(items.first.locator("pre")).to_have_text("print(6)")
    image = answers(ada).get_by_role("img", name="Image generated by the model")
    expect(image).to_have_js_property("naturalWidth", 1)

    provider.release("end")
    await_answer(ada)
    expect(items.first).to_have_attribute("data-state", "")
    ada.reload()
    expect(image).to_have_js_property("naturalWidth", 1)


def test_sources_are_listed_below_an_answer(ada, provider):
    part = {"type": "output_text", "text": "Six metres.", "annotations": ANNOTATIONS}
    message = {"type": "message", "role": "assistant", "content": [part]}
    place = {"item_id": "msg_1", "content_index": 0}
    added = [event("output_text.annotation.added", **place, annotation=annotation) for annotation in ANNOTATIONS[:2]]
    provider.script(
        steps=[
            CREATED,
            event("output_text.delta", **place, delta="Six metres."),
            *added,
            {"wait": "end", **completed(message)},
        ]
    )
    ask(ada, "Who says so?")
    sources = answers(ada).locator("answer-sources")
    expect(sources.locator("summary")).to_have_text("Sources 2")
    provider.release("end")
    await_answer(ada)
    sources.locator("summary").click()
    expect(sources.get_by_role("link", name="Tides")).to_have_attribute("href", "https://www.example.org/tides")
    live = sources.get_by_role("list").inner_text()
    assert "javascript" not in sources.inner_html()

    ada.reload()
    sources.locator("summary").click()
    assert sources.get_by_role("list").inner_text() == live
    expect(sources.get_by_role("listitem")).to_have_count(len([c for c in CASES["sources"] if c["source"]]))
