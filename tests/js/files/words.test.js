import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";

const { detailsOf, readableSize, splitName, tokensInWords } = await import("chat/files/words");

Object.assign(globalThis, { document: { documentElement: { lang: "en" } } });

test("sizes are read in the unit that fits", () => {
  assert.deepEqual([1, 999, 70_000, 30_000_000, 5e9].map(readableSize), [
    "1 byte",
    "999 bytes",
    "70 kB",
    "30 MB",
    "5 GB",
  ]);
});

test("a file's length is told in the words of its kind", () => {
  const details = [
    { kind: "pdf", pages: 1, size: 1_234_567 },
    { kind: "presentation", pages: 1800 },
    { kind: "spreadsheet", pages: 3, rows: 12_000 },
    { kind: "csv", rows: 1_000_000, size: 2_000 },
    { kind: "text", size: 12 },
    {},
  ].map(detailsOf);
  assert.deepEqual(details, ["1 page · 1.23 MB", "1,800 slides", "3 sheets", "1,000,000 rows · 2 kB", "12 bytes", ""]);
});

test("the end of a name is kept whole, whatever its characters", () => {
  assert.deepEqual(splitName("quarterly-report.pdf"), ["quarterly-r", "eport.pdf"]);
  assert.deepEqual(splitName("a.md"), ["", "a.md"]);
  assert.deepEqual(splitName(`${"🌊".repeat(12)}.txt`), ["🌊".repeat(7), "🌊🌊🌊🌊🌊.txt"]);
});

test("the tokens of a message's files are told roughly, and not at all if they aren't known", () => {
  assert.equal(tokensInWords([{ tokens: 12_345 }, { tokens: 60 }, {}]), "About 12,400 tokens");
  assert.equal(tokensInWords([{ tokens: 87 }]), "About 90 tokens");
  assert.equal(tokensInWords([{ tokens: null }]), "");
  assert.equal(
    tokensInWords([{ tokens: 200_000 }], 128_000),
    "About 200,000 tokens. The model reads at most 128,000 at once.",
  );
});
