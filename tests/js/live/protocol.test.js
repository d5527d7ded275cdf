import assert from "node:assert/strict";
import { test } from "node:test";
import "#support/modules.js";
import { numbers } from "#support/texts.js";

const { readableParts } = await import("chat/live/protocol");
const { annotationsOf } = await import("chat/items/citations");

const SAID = { type: "output_text", text: "High", annotations: [{ type: "url_citation" }] };

test("The texts of an output have their places in it", () => {
  const output = [{ type: "reasoning" }, { type: "message", content: [{ type: "refusal", refusal: "No" }, SAID] }];
  assert.deepEqual(readableParts(output), [
    { type: "refusal", text: "No", outputIndex: 1, contentIndex: 0 },
    { type: "output_text", text: "High", outputIndex: 1, contentIndex: 1 },
  ]);
});

test("The content of a message may be a string", () => {
  const parts = readableParts([{ type: "message", content: "High" }]);
  assert.deepEqual(parts, [{ type: "output_text", text: "High", outputIndex: 0, contentIndex: 0 }]);
});

test("An output of any shape has only texts", () => {
  const VALUES = [null, undefined, 7, true, "text", [], {}, [null], ["x"], SAID, [SAID], [{ type: "output_text" }]];
  for (const random of numbers(2000)) {
    const any = () => VALUES[random(VALUES.length)];
    const part = { type: "output_text", text: any(), annotations: any() };
    const message = { type: "message", content: [any, () => [any(), part]][random(2)]() };
    for (const output of [any(), [any(), message]]) {
      for (const { text } of readableParts(output)) assert.equal(typeof text, "string");
      assert.ok(Array.isArray(annotationsOf(output)));
    }
  }
});
