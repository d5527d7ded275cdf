import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";

const { isLongText } = await import("chat/message/fold");

/** @type {[string, string, boolean][]} */
const CASES = [
  ["a sentence", "How high is the tide?", false],
  ["twenty lines", "tide\n".repeat(20), false],
  ["twenty-one lines", "tide\n".repeat(21), true],
  ["forty lines", "tide\n".repeat(40), true],
  ["empty lines", "\n".repeat(40), true],
  ["one very long line", "tide ".repeat(400), true],
  ["five long lines", `${"tide ".repeat(60)}\n`.repeat(5), false],
  ["six long lines", `${"tide ".repeat(60)}\n`.repeat(6), true],
];

for (const [what, text, isLong] of CASES) {
  test(`A message is ${isLong ? "folded" : "shown in full"}: ${what}`, () => assert.equal(isLongText(text), isLong));
}
