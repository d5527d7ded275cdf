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

/**
 * The name of a key press, its keys, whether it sends if Enter sends, and whether it does if Enter breaks the line.
 *
 * @type {[string, object, boolean, boolean][]}
 */
const PRESSES = [
  ["Enter", {}, true, false],
  ["Shift+Enter", { shiftKey: true }, false, false],
  ["Ctrl+Enter", { ctrlKey: true }, true, true],
  ["⌘+Enter", { metaKey: true }, true, true],
  ["Alt+Enter", { altKey: true }, false, false],
  ["An Enter that ends a composition", { isComposing: true }, false, false],
  ["An Enter that ends a composition in Safari", { keyCode: 229 }, false, false],
  ["Ctrl+Enter within a composition", { ctrlKey: true, isComposing: true }, false, false],
  ["A letter", { key: "e", keyCode: 69 }, false, false],
];

for (const [name, keys, ifEnterSends, ifEnterBreaks] of PRESSES) {
  test(`${name} ${ifEnterSends ? "sends" : "does not send"} if Enter sends`, () =>
    assert.equal(isSendKey(press(keys), true), ifEnterSends));
  test(`${name} ${ifEnterBreaks ? "sends" : "does not send"} if Enter breaks the line`, () =>
    assert.equal(isSendKey(press(keys), false), ifEnterBreaks));
}

/** @type {[string, string, string][]} */
const LENGTHS = [
  ["an empty text", "", ""],
  ["a text at the limit", "a".repeat(1000), ""],
  ["emoji, which are two code units each", "🌊".repeat(1000), ""],
  ["a text that is one character too long", "a".repeat(1001), "longer than 1,000 characters: it has 1,001"],
  ["too many emoji", "🌊".repeat(1234), "longer than 1,000 characters: it has 1,234"],
  ["a megabyte of text", "tide ".repeat(200_000), "it has 1,000,000"],
];

for (const [name, text, problem] of LENGTHS) {
  test(`${problem ? "Refuses" : "Allows"} ${name}`, () => {
    const said = lengthProblem(text, 1000);
    assert.ok(problem ? said.includes(problem) : said === "", said);
  });
}
