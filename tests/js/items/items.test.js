import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import "#support/modules.js";

const { shown, sourceOf } = await import("chat/items/registry");

/** What providers/sources.py makes of stored items, the browser makes of those that stream. */
const CASES = JSON.parse(readFileSync(new URL("../../support/items.json", import.meta.url), "utf8"));

for (const { name, item, ...expected } of CASES.items) {
  test(`${name} is shown as what it is`, () => {
    const { type, isOpen, ...found } = shown(item) ?? assert.fail("nothing is shown");
    assert.deepEqual(found, expected);
    assert.equal(type, item.type ?? "unknown");
    assert.equal(isOpen, type === "image_generation_call");
  });
}

for (const { name, item, state } of CASES.items) {
  test(`${name} does not run where the answer is over`, () => {
    assert.equal(shown(item, { isOver: true })?.state ?? "", state === "running" ? "" : state);
  });
}

for (const item of CASES.nothing) {
  test(`${JSON.stringify(item)} shows nothing`, () => assert.equal(shown(item), null));
}

for (const { annotation, source } of CASES.sources) {
  test(`${JSON.stringify(annotation)} is a source, or none`, () => assert.deepEqual(sourceOf(annotation), source));
}
