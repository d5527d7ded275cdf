import assert from "node:assert/strict";
import { test } from "node:test";
import { CASES } from "#support/items.js";
import "#support/modules.js";

const { sourceOf } = await import("chat/items/citations");

for (const { annotation, source } of CASES.sources) {
  test(`The source of ${JSON.stringify(annotation)} is ${JSON.stringify(source)}`, () =>
    assert.deepEqual(sourceOf(annotation), source));
}
