import assert from "node:assert/strict";
import { test } from "node:test";
import { CASES } from "#support/items.js";
import "#support/modules.js";

const { describe } = await import("chat/items/describe");

for (const { name, item, ...expected } of CASES.items) {
  test(`Describes an item: ${name}`, () => {
    const { type, isOpen, stateText, ...found } = describe(item) ?? assert.fail("nothing is shown");
    assert.deepEqual(found, expected);
    assert.equal(type, item.type ?? "unknown");
    assert.equal(stateText, expected.state === "failed" ? "Failed" : "");
    assert.equal(isOpen, type === "image_generation_call");
  });

  test(`An item isn't running after the end of the answer: ${name}`, () => {
    const found = describe(item, { isOver: true });
    assert.equal(found?.state ?? "", expected.state === "running" ? "" : expected.state);
  });
}

for (const item of CASES.nothing) {
  test(`An item without content isn't shown: ${JSON.stringify(item)}`, () => assert.equal(describe(item), null));
}

test("Reasoning says how long it took if the page saw it run", () => {
  const item = { type: "reasoning", summary: [{ text: "Looking." }], status: "completed" };
  assert.equal(describe(item, { seconds: 3 })?.title, "Thought for 3 s");
  assert.equal(describe({ ...item, status: "in_progress" }, { seconds: 3 })?.title, "Thinking");
  assert.equal(describe(item)?.title, "Thought");
});

test("A malformed message is shown as JSON", () => {
  const found = describe({ type: "message", id: "msg_1", content: 6 });
  assert.equal(found?.title, "Message");
  assert.equal(found?.blocks[0].content, '{\n  "content": 6\n}');
});
