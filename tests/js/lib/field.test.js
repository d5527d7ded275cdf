import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";

const { isSendKey, lengthProblem } = await import("chat/lib/field");

/** @param {object} keys */
const press = (keys) => ({
  key: "Enter",
  keyCode: 13,
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  isComposing: false,
  ...keys,
});

/** @type {[string, object, boolean, boolean][]} the press, whether it sends where Enter sends, and where it does not */
const PRESSES = [
  ["Enter", {}, true, false],
  ["Shift+Enter", { shiftKey: true }, false, false],
  ["Ctrl+Enter", { ctrlKey: true }, true, true],
  ["⌘+Enter", { metaKey: true }, true, true],
  ["Alt+Enter", { altKey: true }, false, false],
  ["the Enter that ends a composition", { isComposing: true }, false, false],
  ["the Enter that ends a composition in Safari", { keyCode: 229 }, false, false],
  ["Ctrl+Enter within a composition", { ctrlKey: true, isComposing: true }, false, false],
  ["a letter", { key: "e", keyCode: 69 }, false, false],
];

for (const [name, keys, whereEnterSends, elsewhere] of PRESSES) {
  test(`${name} ${whereEnterSends ? "sends" : "does not send"} where Enter sends`, () =>
    assert.equal(isSendKey(press(keys), true), whereEnterSends));
  test(`${name} ${elsewhere ? "sends" : "does not send"} where Enter breaks the line`, () =>
    assert.equal(isSendKey(press(keys), false), elsewhere));
}

/** @type {[string, string, string][]} */
const LENGTHS = [
  ["nothing", "", ""],
  ["as long as may be", "a".repeat(1000), ""],
  ["emoji, which are two units each", "🌊".repeat(1000), ""],
  ["too long", "a".repeat(1001), "longer than 1,000 characters: it has 1,001"],
  ["too many emoji", "🌊".repeat(1234), "longer than 1,000 characters: it has 1,234"],
  ["a megabyte", "tide ".repeat(200_000), "it has 1,000,000"],
];

for (const [name, text, problem] of LENGTHS) {
  test(`the length of ${name}`, () => {
    const said = lengthProblem(text, 1000);
    assert.ok(problem ? said.includes(problem) : said === "", said);
  });
}
