import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";

const { isLongText } = await import("chat/question/fold");

/** @type {[string, string, boolean][]} */
const CASES = [
  ["a sentence", "How high is the tide?", false],
  ["twenty lines", "tide\n".repeat(20), false],
  ["one line more", "tide\n".repeat(21), true],
  ["many lines", "tide\n".repeat(40), true],
  ["empty lines", "\n".repeat(40), true],
  ["one endless line", "tide ".repeat(400), true],
  ["a few long lines", `${"tide ".repeat(60)}\n`.repeat(5), false],
  ["some more long lines", `${"tide ".repeat(60)}\n`.repeat(6), true],
];

for (const [what, text, isLong] of CASES) {
  test(`${isLong ? "Too long" : "Short enough"}: ${what}`, () => assert.equal(isLongText(text), isLong));
}
