import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";

const { contextUse, inWords } = await import("chat/message/context-use");

const counted = { tokens: 55_000, characters: 900 };
const uncounted = { tokens: 0, characters: 40_000 };

test("what the provider counted last is used, and nothing else", () => {
  const use = contextUse([{ tokens: 30_000, characters: 9 }, uncounted, counted], 128_000);
  assert.deepEqual([use.tokens, use.isEstimate, use.isWarning], [55_000, false, false]);
  assert.equal(inWords(use, "en"), "Context: 43% used, 55,000 of 128,000 tokens.");
});

test("what wasn't counted is estimated, and is said to be", () => {
  const use = contextUse([uncounted, uncounted], 128_000);
  assert.equal(use.tokens, 20_000);
  assert.equal(inWords(use, "en"), "Context: about 16% used, 20,000 of 128,000 tokens.");
});

test("an answer without a count is estimated on top of the count before it", () => {
  const use = contextUse([counted, uncounted], 128_000);
  assert.deepEqual([use.tokens, use.isEstimate], [65_000, true]);
});

test("nothing is shown if the window isn't known, or hardly any of it is used", () => {
  for (const window of [null, undefined, 0]) assert.equal(contextUse([counted], window), null);
  assert.equal(contextUse([], 128_000), null);
  assert.equal(contextUse([{ tokens: 49, characters: 0 }], 1000), null);
  assert.notEqual(contextUse([{ tokens: 50, characters: 0 }], 1000), null);
});

test("a warning comes when a fifth of the window is left", () => {
  const isWarning = (tokens) => contextUse([{ tokens, characters: 0 }], 1000).isWarning;
  assert.deepEqual([799, 800, 1000].map(isWarning), [false, true, true]);
});

test("more than all of the window is all of it", () => {
  const use = contextUse([{ tokens: 2000, characters: 0 }], 1000);
  assert.deepEqual([use.share, use.tokens], [1, 2000]);
});
