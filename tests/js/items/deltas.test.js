import assert from "node:assert/strict";
import { test } from "node:test";
import "#support/modules.js";

const { deltaOf, describe, createNoteOf } = await import("chat/items/describe");

/** @type {[string, object, object][]} the event's name, its other fields, and an item with the same content */
const DELTAS = [
  ["reasoning_summary_text", { summary_index: 1 }, { type: "reasoning", summary: [{ text: "a" }, { text: "6" }] }],
  ["reasoning_text", { content_index: 0 }, { type: "reasoning", content: [{ text: "6" }] }],
  ["function_call_arguments", {}, { type: "function_call", arguments: "6" }],
  ["mcp_call_arguments", {}, { type: "mcp_call", arguments: "6" }],
  ["custom_tool_call_input", {}, { type: "custom_tool_call", input: "6" }],
  ["code_interpreter_call_code", {}, { type: "code_interpreter_call", code: "6" }],
];

for (const [name, fields, item] of DELTAS) {
  test(`A delta of ${name} goes into the block of the complete item`, () => {
    const added = deltaOf({ type: `response.${name}.delta`, delta: "6", ...fields });
    assert.equal(added?.type, item.type);
    assert.deepEqual(describe(item)?.blocks.at(-1), added?.block);
  });
}

test("A partial image is shown while the image is generated", () => {
  const type = "response.image_generation_call.partial_image";
  const file = { file_id: "0198c2f0-1111-7000-8000-000000000001", width: 640, height: 480 };
  const item = { type: "image_generation_call", status: "generating", ...file };
  assert.deepEqual(deltaOf({ type, ...file }), { type: item.type, block: describe(item)?.blocks[0] });
  assert.match(deltaOf({ type, size: "320x192" })?.block.content ?? "", /"id":"","width":320,"height":192/);
});

test("An event that is no delta of an item adds nothing", () => {
  for (const type of ["response.output_text.delta", "response.future_call.delta", "toString"]) {
    assert.equal(deltaOf({ type, delta: "6" }), undefined);
  }
});

test("The note of reasoning is its latest heading", () => {
  const noteOf = createNoteOf("reasoning") ?? assert.fail();
  const notes = [
    ["summary-0", "**Reading the "],
    ["summary-0", "tables**\n\nBrest"],
    ["summary-0", ", then Dover."],
    ["summary-1", "**Comp"],
    ["summary-1", "aring**\nthem."],
  ].map(([name, content]) => noteOf({ name, format: "markdown", content, label: "" }));
  assert.deepEqual(notes, ["", "Reading the tables", "Reading the tables", "Reading the tables", "Comparing"]);
  assert.equal(createNoteOf("function_call"), undefined);
});
